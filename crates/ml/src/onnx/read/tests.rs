use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::onnx::proto::{AttributeProto, TensorProto, ValueInfoProto};

fn doubles(name: &str, dims: Vec<i64>, values: Vec<f64>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims,
        data_type: element::DOUBLE,
        double_data: values,
        ..TensorProto::default()
    }
}

fn node(operator: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![output.to_owned()],
        op_type: operator.to_owned(),
        attribute,
        ..NodeProto::default()
    }
}

fn value(name: &str) -> ValueInfoProto {
    let tensor_type = crate::onnx::proto::TensorTypeProto { elem_type: element::DOUBLE, shape: None };
    let r#type = Some(TypeProto { tensor_type: Some(tensor_type) });
    ValueInfoProto { name: name.to_owned(), r#type }
}

fn graph(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> GraphProto {
    GraphProto {
        node: nodes,
        name: "g".to_owned(),
        initializer,
        input: vec![value("x")],
        output: vec![value("y")],
    }
}

fn file(graph: GraphProto) -> Bytes {
    ModelProto { ir_version: 8, graph: Some(graph), ..ModelProto::default() }.encode_to_vec().into()
}

fn run(graph: GraphProto, x: &Tensor) -> Result<Tensor, Error> {
    Ok(Graph::read(file(graph))?.run(vec![x.clone()])?.swap_remove(0))
}

fn list(numbers: &[f64]) -> Tensor {
    Tensor::of_numbers(vec![numbers.len()], Element::Double, numbers.to_vec()).unwrap()
}

#[test]
fn axes_of_length_one_are_repeated() {
    let table = Tensor::of_numbers(vec![2, 3], Element::Double, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let row = doubles("b", vec![3], vec![10.0, 20.0, 30.0]);
    let sum = run(graph(vec![node("Add", &["x", "b"], "y", vec![])], vec![row]), &table).unwrap();
    assert_eq!(sum.values().unwrap(), [11.0, 22.0, 33.0, 14.0, 25.0, 36.0]);
    let column = doubles("b", vec![2, 1], vec![10.0, 20.0]);
    let sum = run(graph(vec![node("Add", &["x", "b"], "y", vec![])], vec![column]), &table).unwrap();
    assert_eq!(sum.values().unwrap(), [11.0, 12.0, 13.0, 24.0, 25.0, 26.0]);
    let bad = doubles("b", vec![2], vec![10.0, 20.0]);
    let error = run(graph(vec![node("Add", &["x", "b"], "y", vec![])], vec![bad]), &table).unwrap_err();
    assert!(error.to_string().contains("do not go together"), "{error}");
}

#[test]
fn floats_round_after_every_step() {
    let third = Tensor::of_numbers(vec![1], Element::Float, vec![1.0 / 3.0]).unwrap();
    let sum = run(graph(vec![node("Add", &["x", "x"], "y", vec![])], vec![]), &third).unwrap_err();
    // The graph takes doubles.
    assert!(sum.to_string().contains("`x` takes Double"), "{sum}");
    let mut graph = graph(vec![node("Mul", &["x", "x"], "y", vec![])], vec![]);
    graph.input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = element::FLOAT;
    let square = Graph::read(file(graph)).unwrap().run(vec![third]).unwrap();
    let expected = f64::from((1.0_f32 / 3.0) * (1.0_f32 / 3.0));
    assert_eq!(square[0].values().unwrap(), [expected]);
}

#[test]
fn files_that_are_no_graphs_are_refused_with_the_reason() {
    let told = |graph: GraphProto| Graph::read(file(graph)).unwrap_err().to_string();
    assert!(told(graph(vec![node("Loop", &["x"], "y", vec![])], vec![])).contains("`Loop`: this operator"));
    assert!(told(graph(vec![node("Add", &["x", "z"], "y", vec![])], vec![])).contains("nothing gives"));
    assert!(told(graph(vec![node("Add", &["x", "x"], "z", vec![])], vec![])).contains("the output `y`"));
    let twice = vec![node("Abs", &["x"], "y", vec![]), node("Abs", &["x"], "y", vec![])];
    assert!(told(graph(twice, vec![])).contains("twice"));
    let huge = doubles("b", vec![1 << 40, 1 << 40], vec![]);
    assert!(told(graph(vec![node("Add", &["x", "b"], "y", vec![])], vec![huge])).contains("too large"));
    assert!(Graph::read(Bytes::from_static(b"\x80\x02}q\x00")).is_err());
    assert!(Graph::read(Bytes::new()).unwrap_err().to_string().contains("no graph"));
}

#[test]
fn shapes_from_requests_take_no_memory_before_they_are_asked() {
    let nodes = vec![node("ConstantOfShape", &["x"], "y", vec![])];
    let error = run(graph(nodes, vec![]), &list(&[1e6, 1e6])).unwrap_err();
    assert!(error.to_string().contains("too large"), "{error}");
    let nodes = vec![node("Expand", &["x", "x"], "y", vec![])];
    assert!(run(graph(nodes, vec![]), &list(&[1e9, -1.0])).is_err());
}

#[test]
fn forged_lists_of_parts_are_refused_before_they_are_decoded() {
    // Nodes of two bytes each.
    let empty: Vec<u8> = [0x0a, 0x00].repeat(17 << 20);
    let mut bytes = vec![0x3a];
    prost::encoding::encode_varint(empty.len() as u64, &mut bytes);
    bytes.extend(empty);
    let error = Graph::read(bytes.into()).unwrap_err();
    assert!(error.to_string().contains("too many parts"), "{error}");
}

/// A file with most operators in it.
fn rich_file() -> Bytes {
    let table = crate::Table::from_csv(crate::sample::used_cars(120, 3).as_bytes()).unwrap();
    let algorithm = types::Algorithm::from_params(
        "gradient_boosting",
        &[("n_estimators".to_owned(), "3".to_owned())].into(),
    )
    .unwrap();
    let spec = types::TrainingSpec::new("precio", algorithm);
    let model = crate::fit(&crate::prepare(&spec, &table).unwrap(), &crate::training::Silent).unwrap().model;
    model.to_onnx().unwrap().into()
}

fn inputs_for(graph: &Graph) -> Vec<Tensor> {
    let shape = |input: &GraphInput| -> Vec<usize> {
        input.shape.iter().map(|length| length.unwrap_or(2).min(50)).collect()
    };
    let tensor = |input: &GraphInput| {
        let shape = shape(input);
        let count = shape.iter().product();
        match input.element {
            Element::Text => Tensor::of_texts(shape, vec!["Kia".into(); count]),
            element => Tensor::of_numbers(shape, element, vec![7.0; count]),
        }
        .unwrap()
    };
    graph.inputs().iter().map(tensor).collect()
}

#[test]
fn what_is_written_here_is_read_here() {
    let graph = Graph::read(rich_file()).unwrap();
    let found = graph.run(inputs_for(&graph)).unwrap();
    assert_eq!(found[0].shape(), [2]);
    assert!(found[0].values().unwrap()[0].is_finite());
}

#[test]
fn changed_files_are_refused_or_harmless() {
    let bytes = rich_file();
    for place in (0..bytes.len()).step_by(bytes.len() / 2_000 + 1) {
        for change in [0x01, 0x08, 0x80, 0xff] {
            let mut changed = bytes.to_vec();
            changed[place] ^= change;
            if let Ok(graph) = Graph::read(changed.into()) {
                let _ = graph.run(inputs_for(&graph));
            }
        }
    }
}

proptest! {
    #[test]
    fn garbage_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(graph) = Graph::read(bytes.into()) {
            let _ = graph.run(inputs_for(&graph));
        }
    }

    #[test]
    fn operators_refuse_what_does_not_fit(
        operator in proptest::sample::select(vec![
            "Add", "Reshape", "Concat", "Gather", "Slice", "Squeeze", "Unsqueeze", "Transpose", "MatMul", "Gemm", "ReduceSum",
            "ArgMax", "Softmax", "Where", "Clip", "Expand", "Flatten", "Shape", "Equal", "Min", "ConstantOfShape",
        ]),
        shapes in proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..4), 1..4),
        numbers in proptest::collection::vec(-3.0_f64..9.0, 64),
        axis in -3_i64..4,
    ) {
        let names = ["x", "b", "c"];
        let axis = AttributeProto { name: "axis".to_owned(), i: Some(axis), ..AttributeProto::default() };
        let nodes = vec![node(operator, &names[..shapes.len()], "y", vec![axis])];
        let tensor = |name: &&str, shape: &Vec<usize>| {
            let count: usize = shape.iter().product();
            let dims = shape.iter().map(|length| i64::try_from(*length).unwrap()).collect();
            doubles(name, dims, numbers[..count].to_vec())
        };
        let constants = names.iter().zip(&shapes).skip(1).map(|(name, shape)| tensor(name, shape)).collect();
        let count = shapes[0].iter().product::<usize>();
        let x = Tensor::of_numbers(shapes[0].clone(), Element::Double, numbers[..count].to_vec()).unwrap();
        let _ = run(graph(nodes, constants), &x);
    }
}
