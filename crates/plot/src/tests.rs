//! The charts as text, and what holds for all of them.

use super::*;

/// Numbers that look random and never change.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 7_u32;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        })
        .collect()
}

fn rows(count: usize) -> Vec<(f64, f64)> {
    let noise = noise(count * 2);
    noise
        .chunks(2)
        .map(|pair| (3000.0 + 20_000.0 * pair[0], 3400.0 + 19_000.0 * pair[0] + 1500.0 * pair[1]))
        .collect()
}

fn named(values: &[(&str, f64)]) -> Vec<(String, f64)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn curve(name: &str, floor: f64) -> Series {
    let points = (1..=20).map(|x| (f64::from(x * 5), floor + 900.0 / f64::from(x))).collect();
    Series { name: name.to_owned(), points }
}

fn line_chart(series: &[Series]) -> Svg {
    lines("test_rmse", "step", "rmse", series, Frame::wide(), Spacing::Linear).unwrap()
}

#[test]
fn a_line_with_history() {
    insta::assert_snapshot!(line_chart(&[curve("forest", 880.0)]).as_str());
}

#[test]
fn several_lines_have_a_legend() {
    let series: Vec<_> = (0..10).map(|n| curve(&format!("run {n}"), 800.0 + 40.0 * f64::from(n))).collect();
    insta::assert_snapshot!(line_chart(&series).as_str());
}

#[test]
fn a_logarithmic_line_with_a_gap() {
    let points = vec![(0.0, 100.0), (1.0, 10.0), (2.0, f64::NAN), (3.0, 0.0), (4.0, 1.0), (5.0, 0.01)];
    let series = [Series { name: "loss".to_owned(), points }];
    let chart = lines("loss", "epoch", "loss", &series, Frame::small(), Spacing::Logarithmic).unwrap();
    insta::assert_snapshot!(chart.as_str());
}

#[test]
fn no_points_and_one_point() {
    insta::assert_snapshot!("no_points", line_chart(&[]).as_str());
    let one = Series { name: "only".to_owned(), points: vec![(3.0, 0.5)] };
    insta::assert_snapshot!("one_point", line_chart(&[one]).as_str());
}

#[test]
fn dots_on_the_diagonal() {
    insta::assert_snapshot!(predicted_against_real(&rows(60), Frame::square()).unwrap().as_str());
}

#[test]
fn residuals_around_zero() {
    insta::assert_snapshot!(residuals(&rows(60), Frame::small()).unwrap().as_str());
}

#[test]
fn features_by_importance() {
    let features =
        named(&[("peso", 0.05), ("año", 0.61), ("potencia", 0.32), ("color", 0.0), ("marca", f64::NAN)]);
    insta::assert_snapshot!(importance(&features, Frame::wide()).unwrap().as_str());
}

#[test]
fn a_metric_across_runs() {
    let runs =
        named(&[("forest 100", 884.1), ("linear", -1309.5), ("broken", f64::NAN), ("forest 10", 940.0)]);
    insta::assert_snapshot!(bars("test_rmse", "rmse", &runs, Frame::for_bars(4)).unwrap().as_str());
}

fn rising() -> Vec<(f64, f64)> {
    (0..=10).map(|step| (f64::from(step) / 10.0, (f64::from(step) / 10.0).sqrt())).collect()
}

fn drivers_of_a_car(frame: Frame) -> Svg {
    let contributions = named(&[
        ("año = 2019", 5200.0),
        ("kilometraje = 120000", -2100.5),
        ("marca = Toyota", 900.0),
        ("potencia = 130", -310.0),
        ("color = Rojo", 0.2),
    ]);
    drivers("Drivers", 12_000.0, &contributions, frame).unwrap()
}

fn confusion(classes: usize) -> Svg {
    let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
    let count = |row: usize, column: usize| {
        if row == column { 40 + 3 * row as u64 } else { (row * column) as u64 % 9 }
    };
    let counts: Vec<Vec<u64>> =
        (0..classes).map(|row| (0..classes).map(|column| count(row, column)).collect()).collect();
    confusion_matrix(&names, &counts, Frame::square()).unwrap()
}

#[test]
fn curves_of_shares() {
    insta::assert_snapshot!("roc", roc(&rising(), Frame::square()).unwrap().as_str());
    let falling: Vec<_> = rising().iter().map(|(x, y)| (*x, 1.0 - 0.7 * x * y)).collect();
    insta::assert_snapshot!(
        "precision_recall",
        precision_recall(&falling, 0.3, Frame::square()).unwrap().as_str()
    );
    let held: Vec<_> =
        (0..10).map(|step| (0.5 + 0.05 * f64::from(step), 0.48 + 0.05 * f64::from(step))).collect();
    insta::assert_snapshot!("coverage", coverage(&held, Frame::square()).unwrap().as_str());
    insta::assert_snapshot!("reliability", reliability(&held, Frame::small()).unwrap().as_str());
}

#[test]
fn learning_and_partial_dependence() {
    let points: Vec<_> = (1..=8)
        .map(|n| (f64::from(n) * 1000.0, 300.0 + 10.0 * f64::from(n), 900.0 / f64::from(n) + 500.0))
        .collect();
    insta::assert_snapshot!(
        "learning_curve",
        learning_curve("rmse", &points, Frame::wide()).unwrap().as_str()
    );
    let numbers: Vec<f64> = (0..12).map(|n| f64::from(n) * 25_000.0).collect();
    let predictions: Vec<f64> = numbers.iter().map(|km| 14_000.0 - km / 40.0).collect();
    let chart =
        partial_dependence("kilometraje", "precio", &Values::Numbers(&numbers), &predictions, Frame::wide());
    insta::assert_snapshot!("partial_dependence_of_a_number", chart.unwrap().as_str());
    let names = ["Kia", "Toyota", "Mercedes-Benz"].map(str::to_owned);
    let categories = Values::Categories(&names);
    let chart =
        partial_dependence("marca", "precio", &categories, &[9000.0, 11_000.0, 19_500.0], Frame::for_bars(3));
    insta::assert_snapshot!("partial_dependence_of_a_text", chart.unwrap().as_str());
}

#[test]
fn drivers_from_base_to_prediction() {
    insta::assert_snapshot!(drivers_of_a_car(Frame::for_bars(7)).as_str());
    let short = drivers_of_a_car(Frame { width: 400, height: 160 });
    assert!(short.as_str().contains("+ 4") && short.as_str().contains("prediction"), "{}", short.as_str());
}

#[test]
fn classes_taken_for_others() {
    insta::assert_snapshot!(confusion(3).as_str());
    assert!(confusion(30).as_str().len() < 200_000);
}

#[test]
fn errors_by_segment() {
    let segments = [("Diésel".to_owned(), 812, 640.0), ("Gasolina".to_owned(), 1100, 590.5)];
    let chart = segment_errors("tipo_combustible", "mae", &segments, Frame::for_bars(2)).unwrap();
    insta::assert_snapshot!(chart.as_str());
}

#[test]
fn a_file_carries_its_colours() {
    let chart = residuals(&rows(3), Frame::small()).unwrap();
    insta::assert_snapshot!(chart.clone().into_file());
    assert!(!chart.as_str().contains("style"));
}

#[test]
fn every_chart_copes_with_every_number() {
    let odd =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-310, 0.0, -0.0, 1e16, 1e16 + 2.0];
    let mut inputs: Vec<Vec<(f64, f64)>> = vec![vec![], vec![(1.0, 1.0)], rows(100_000)];
    inputs.extend(odd.iter().map(|value| vec![(*value, *value)]));
    inputs.extend(odd.iter().map(|value| vec![(*value, 1.0), (1.0, *value), (2.0, 3.0)]));
    inputs.push(odd.iter().flat_map(|x| odd.iter().map(move |y| (*x, *y))).collect());

    for points in inputs {
        let bars_of: Vec<_> = points.iter().take(500).map(|(_, y)| ("name".to_owned(), *y)).collect();
        let series = [Series { name: "a".to_owned(), points: points.clone() }];
        let charts = [
            line_chart(&series),
            lines("t", "x", "y", &series, Frame { width: 0, height: 0 }, Spacing::Logarithmic).unwrap(),
            predicted_against_real(&points, Frame::square()).unwrap(),
            residuals(&points, Frame::wide()).unwrap(),
            importance(&bars_of, Frame::small()).unwrap(),
            bars("t", "y", &bars_of, Frame::for_bars(bars_of.len())).unwrap(),
            roc(&points, Frame::square()).unwrap(),
            precision_recall(&points, f64::NAN, Frame::small()).unwrap(),
            coverage(&points, Frame { width: 0, height: 0 }).unwrap(),
            drivers("t", points.first().map_or(f64::NAN, |point| point.0), &bars_of, Frame::small()).unwrap(),
            segment_errors("c", "mae", &[("a".to_owned(), u64::MAX, f64::NAN)], Frame::small()).unwrap(),
            confusion_matrix(&["a".to_owned()], &[], Frame::small()).unwrap(),
            confusion_matrix(&[], &[], Frame::small()).unwrap(),
        ];
        for chart in charts {
            assert!(chart.as_str().len() < 400_000, "{} bytes", chart.as_str().len());
            assert!(!chart.as_str().contains("=\"NaN") && !chart.as_str().contains("inf"));
        }
    }
}

#[test]
fn text_is_escaped_and_cut() {
    let hostile = "<script>alert('1')</script> & \"x\" \u{0}".repeat(20);
    let series = [curve(&hostile, 1.0), curve("</text><style>", 2.0)];
    let chart = lines(&hostile, &hostile, &hostile, &series, Frame::wide(), Spacing::Linear).unwrap();
    let bar = bars(&hostile, "<b>", &[(hostile.clone(), 1.0)], Frame::small()).unwrap();
    for text in [chart.as_str(), bar.as_str()] {
        assert!(!text.contains("<script") && !text.contains("<style") && !text.contains("<b>"));
        assert!(!text.contains('\u{0}'));
    }
}

#[test]
fn a_title_that_looks_like_a_colour_stays_text() {
    let chart = line_chart(&[curve("fill=\"#010001\"", 1.0), curve("b", 2.0)]);
    assert!(chart.as_str().contains("fill=&quot;#010001&quot;"));
}

#[test]
fn small_bars_stand_for_counts() {
    let drawn = spark_bars("a < b", &[0, 1, 1_000_000, 500_000]).unwrap().into_string();
    assert_eq!(drawn.matches("<rect").count(), 3, "{drawn}");
    assert!(drawn.contains("<title>a &lt; b</title>"), "{drawn}");
    for counts in [&[][..], &[0], &[u64::MAX, u64::MAX]] {
        spark_bars("", counts).unwrap();
    }
}
