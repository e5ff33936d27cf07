use std::collections::{BTreeMap, HashSet};

use types::{Algorithm, TrainingSpec};

use super::*;
use crate::onnx::{Cells, Element, Graph, Tensor};
use crate::training::Silent;
use crate::{Cell, Table, fit, prepare};

fn model(family: &str, target: &str) -> (Table, Model) {
    let table = Table::from_csv(crate::sample::used_cars(200, 5).as_bytes()).unwrap();
    let mut params = BTreeMap::new();
    if ["random_forest", "gradient_boosting"].contains(&family) {
        params.insert("n_estimators".to_owned(), "4".to_owned());
    }
    let spec = TrainingSpec::new(target, Algorithm::from_params(family, &params).unwrap());
    let model = fit(&prepare(&spec, &table).unwrap(), &Silent).unwrap().model;
    (table, model)
}

const FAMILIES: [&str; 6] =
    ["linear", "ridge", "elastic_net", "decision_tree", "random_forest", "gradient_boosting"];

#[test]
fn every_value_is_given_before_it_is_needed() {
    for (family, target) in FAMILIES
        .into_iter()
        .map(|family| (family, "precio"))
        .chain(["logistic", "random_forest", "gradient_boosting"].map(|family| (family, "tipo_combustible")))
    {
        let (_, model) = model(family, target);
        let file = ModelProto::decode(Bytes::from(model.to_onnx().unwrap())).unwrap();
        let graph = file.graph.unwrap();
        let mut known: HashSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
        known.extend(graph.initializer.iter().map(|tensor| tensor.name.as_str()));
        for node in &graph.node {
            for input in &node.input {
                assert!(known.contains(input.as_str()), "{family}: {input} of {}", node.name);
            }
            for output in &node.output {
                assert!(known.insert(output), "{family}: {output} twice");
            }
        }
        let names: Vec<String> = graph.input.iter().map(|input| input.name.clone()).collect();
        let features: Vec<String> = model.features().iter().map(|feature| feature.name.clone()).collect();
        assert_eq!(names, features);
        assert!(graph.output.iter().all(|output| known.contains(output.name.as_str())));
    }
}

#[test]
fn the_graph_says_what_the_model_says() {
    for family in FAMILIES {
        let (table, model) = model(family, "precio");
        let names = table.columns();
        let places: Vec<usize> = model
            .features()
            .iter()
            .map(|feature| names.iter().position(|name| *name == feature.name).unwrap())
            .collect();
        let rows = 0..table.row_count();
        let inputs = places.iter().zip(model.onnx_inputs()).map(|(column, input)| {
            let cells = rows.clone().map(|row| table.cell(row, *column).unwrap());
            let number = |cell: Cell<'_>| if let Cell::Number(number) = cell { number } else { f64::NAN };
            let text = |cell: Cell<'_>| if let Cell::Text(text) = cell { text.into() } else { "nan".into() };
            match input.r#type {
                ColumnType::String => Tensor::of_texts(vec![rows.len()], cells.map(text).collect()),
                ColumnType::Long => {
                    Tensor::of_numbers(vec![rows.len()], Element::Int64, cells.map(number).collect())
                }
                _ => Tensor::of_numbers(vec![rows.len()], Element::Double, cells.map(number).collect()),
            }
            .unwrap()
        });
        let inputs = inputs.collect();
        let graph = Graph::read(Bytes::from(model.to_onnx().unwrap())).unwrap();
        let found = graph.run(inputs).unwrap().swap_remove(0);
        let Cells::Numbers(found) = found.cells() else { panic!("{found:?}") };
        for (row, found) in found.iter().enumerate() {
            let cells: Vec<Cell<'_>> =
                places.iter().map(|column| table.cell(row, *column).unwrap()).collect();
            let expected = model.predict_row(&cells);
            assert!((found / expected - 1.0).abs() < 1e-6, "{family}, row {row}: {found} {expected}");
        }
    }
}

#[test]
fn names_of_outputs_are_their_own() {
    let table = Table::from_csv(b"y,probability_a\na,1\na,2\nb,8\nb,9\na,1\nb,7\n").unwrap();
    let algorithm = Algorithm::from_params("decision_tree", &BTreeMap::new()).unwrap();
    let model = fit(&prepare(&TrainingSpec::new("y", algorithm), &table).unwrap(), &Silent).unwrap().model;
    let names: Vec<String> = model.onnx_outputs().into_iter().map(|output| output.name).collect();
    assert_eq!(names, ["y", "probability_a_", "probability_b"]);
}
