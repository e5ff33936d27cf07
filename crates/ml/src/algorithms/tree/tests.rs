use super::walk::answers;
use super::*;

fn at_most(limit: f64) -> Question<'static> {
    Question::AtMost { limit, missing_is_yes: false }
}

/// `x0 <= 2.5`, then the category `x1` is 3; leaves 7, 1 and 2.
fn tree() -> Tree {
    let mut growing = Growing::new(10.0);
    let yes = growing.ask(0, 0, at_most(2.5));
    growing.answer(yes + 1, 7.0);
    let inner = growing.ask(yes, 1, Question::Is(3));
    growing.answer(inner, 1.0);
    growing.answer(inner + 1, 2.0);
    growing.cover(yes, 6.0);
    growing.finish()
}

fn answer(tree: &Tree, row: &[f64]) -> f64 {
    answers([tree], [row])[0]
}

#[test]
fn lanes_do_not_disturb_each_other() {
    let mut flat = Growing::new(1.0);
    flat.answer(0, 5.0);
    let (deep, flat) = (tree(), flat.finish());
    let rows: [&[f64]; 4] = [&[0.0, 3.0], &[9.0, 3.0], &[0.0, 3.0], &[0.0, 2.0]];
    assert_eq!(answers([&deep, &deep, &flat, &deep], rows), [1.0, 7.0, 5.0, 2.0]);
}

#[test]
fn questions_are_answered() {
    let tree = tree();
    assert_eq!(answer(&tree, &[2.5, 3.0]), 1.0);
    assert_eq!(answer(&tree, &[-1.0, 0.0]), 2.0);
    assert_eq!(answer(&tree, &[2.6, 3.0]), 7.0);
    assert_eq!(answer(&tree, &[f64::NAN, 3.0]), 7.0);
}

#[test]
fn missing_numbers_go_where_they_learnt_to_go() {
    let ask = |missing_is_yes| {
        let mut growing = Growing::new(2.0);
        growing.ask(0, 0, Question::AtMost { limit: 1.0, missing_is_yes });
        growing.answer(1, 1.0);
        growing.answer(2, 2.0);
        growing.finish()
    };
    assert_eq!([f64::NAN, 0.0, 5.0].map(|value| answer(&ask(true), &[value])), [1.0, 1.0, 2.0]);
    assert_eq!([f64::NAN, 0.0, 5.0].map(|value| answer(&ask(false), &[value])), [2.0, 1.0, 2.0]);
}

#[test]
fn sets_of_categories_hold_what_was_put_into_them() {
    let mut growing = Growing::new(4.0);
    let inner = growing.ask(0, 0, Question::OneOf(&[1 << 3, 1 << 1])) + 1;
    growing.ask(inner, 0, Question::OneOf(&[1]));
    growing.answer(1, 1.0);
    growing.answer(3, 2.0);
    growing.answer(4, 3.0);
    let tree = growing.finish();
    assert!(tree.is_sound(1));
    let codes = [3.0, 65.0, 0.0, 1.0, 64.0, 67.0, 1e9, f64::NAN];
    assert_eq!(codes.map(|code| answer(&tree, &[code])), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
    for code in codes {
        let mut place = 0;
        while let Step::Split { question, yes, no, .. } = tree.step(place) {
            place = if question.is_yes(code) { yes } else { no };
        }
        assert_eq!(tree.step(place), Step::Leaf { value: answer(&tree, &[code]) });
    }
}

#[test]
fn nodes_are_sorted_by_depth() {
    let mut growing = Growing::new(1.0);
    growing.ask(0, 0, at_most(0.0));
    growing.ask(2, 0, at_most(1.0));
    growing.ask(1, 0, at_most(-1.0));
    for (place, value) in [(5, 1.0), (6, 2.0), (3, 3.0), (4, 4.0)] {
        growing.answer(place, value);
        growing.cover(place, value);
    }
    let deep = growing.finish();
    assert!(deep.is_sound(1));
    assert_eq!(deep.nodes[3..].iter().map(|node| node.value).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!((3..7).map(|place| deep.cover(place)).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!([-2.0, -0.5, 0.5, 2.0].map(|value| answer(&deep, &[value])), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn steps_show_what_was_asked() {
    let tree = tree();
    assert_eq!(tree.node_count(), 5);
    assert_eq!(tree.step(0), Step::Split { feature: 0, question: at_most(2.5), yes: 1, no: 2 });
    assert_eq!(tree.step(1), Step::Split { feature: 1, question: Question::Is(3), yes: 3, no: 4 });
    assert_eq!(tree.step(2), Step::Leaf { value: 7.0 });
    assert_eq!((tree.cover(0), tree.cover(1)), (10.0, 6.0));
}

#[test]
fn trees_that_could_loop_or_reach_outside_are_found() {
    assert!(tree().is_sound(2));
    assert!(!tree().is_sound(1), "a feature outside the row");
    let ask = |value, yes| Node { value, feature: 0, yes };
    let leaf = ask(0.0, 0);
    let is_sound = |nodes: Vec<Node>| {
        let covers = vec![1.0; nodes.len()];
        Tree { nodes, covers, subsets: vec![0] }.is_sound(1)
    };
    assert!(is_sound(vec![leaf]));
    for nodes in [
        vec![],
        vec![ask(1.0, 1), leaf],
        vec![ask(1.0, 1), ask(1.0, 1), leaf],
        vec![ask(1.0, u32::MAX), leaf, leaf],
        vec![ask(f64::NAN, 0)],
        vec![Node { value: 1.0, feature: 1, yes: 0 }],
        vec![Node { value: 2.0, feature: SUBSET, yes: 1 }, leaf, leaf],
        vec![Node { value: -1.0, feature: SUBSET, yes: 1 }, leaf, leaf],
        vec![Node { value: 1e300, feature: SUBSET, yes: 1 }, leaf, leaf],
    ] {
        assert!(!is_sound(nodes));
    }
    assert!(!Tree { nodes: vec![leaf], covers: vec![], subsets: vec![] }.is_sound(1));
    assert!(!Tree { nodes: vec![leaf], covers: vec![f32::NAN], subsets: vec![] }.is_sound(1));
}

#[test]
fn a_node_takes_sixteen_bytes() {
    assert_eq!(size_of::<Node>(), 16);
}
