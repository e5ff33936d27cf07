//! Models written as ONNX, run by onnxruntime; and those that Python's libraries write, run here.
//!
//! Both need Python with onnx, onnxruntime and converters; without it these tests say so and pass.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a test that tells its figures")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use ml::onnx::{Cells, ColumnType, Element, Graph, GraphInput, Tensor};
use ml::{Answer, Cell, Model, Table};
use serde_json::{Value, json};
use types::{Algorithm, TargetTransform, TrainingSpec};

struct Silent;

impl ml::Progress for Silent {
    fn report(&self, _: f64, _: &str) {}
}

/// Python with onnx and onnxruntime; says so if there is none.
#[expect(clippy::disallowed_methods, reason = "tests are told by variables where things are")]
fn python() -> Option<String> {
    let python = std::env::var("CUADERNO_PYTHON_MLFLOW3").ok().filter(|path| Path::new(path).exists());
    if python.is_none() {
        println!("SKIPPED: CUADERNO_PYTHON_MLFLOW3 names no Python with onnx and onnxruntime");
    }
    python
}

/// Cars, some of whose numbers and texts are missing.
fn cars() -> Table {
    let text = ml::sample::used_cars(900, 11);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (number, line) in lines.iter_mut().enumerate().skip(1) {
        let mut cells: Vec<&str> = line.split(',').collect();
        if number % 5 == 0 {
            // A brand, a distance, a displacement or a colour.
            cells[[0, 3, 6, 10][number / 5 % 4]] = "";
        }
        *line = cells.join(",");
    }
    Table::from_csv(lines.join("\n").as_bytes()).unwrap()
}

fn fitted(table: &Table, family: &str, params: &[(&str, &str)], spec: impl Fn(&mut TrainingSpec)) -> Model {
    let params: BTreeMap<String, String> =
        params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut new = TrainingSpec::new("precio", Algorithm::from_params(family, &params).unwrap());
    spec(&mut new);
    ml::fit(&ml::prepare(&new, table).unwrap(), &Silent).unwrap().model
}

/// Runs a script of this folder with an argument; returns what it says.
fn run(python: &str, script: &str, argument: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(python).arg(script).arg(argument).output().unwrap();
    let (told, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{complained}");
    told.into_owned()
}

/// A family with its parameters and the scale of the target, under the name of a case.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], TargetTransform);

/// Rows of the table, then rows with unknown texts, missing cells and numbers far away.
fn rows(table: &Table, model: &Model) -> Vec<Vec<Value>> {
    let names = table.columns();
    let place = |name: &str| names.iter().position(|column| *column == name).unwrap();
    let places: Vec<usize> = model.features().iter().map(|feature| place(&feature.name)).collect();
    let takes_missing: Vec<bool> =
        model.onnx_inputs().iter().map(|input| input.r#type != ColumnType::Long).collect();
    let is_text: Vec<bool> =
        model.onnx_inputs().iter().map(|input| input.r#type == ColumnType::String).collect();
    let cell = |row: usize, column: usize| match table.cell(row, column).unwrap() {
        Cell::Number(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Missing => Value::Null,
    };
    let mut rows: Vec<Vec<Value>> =
        (0..300).map(|row| places.iter().map(|column| cell(row, *column)).collect()).collect();
    for feature in 0..places.len() {
        let mut row = rows[feature].clone();
        row[feature] = if is_text[feature] { json!("nave espacial") } else { json!(123_456_789) };
        rows.push(row.clone());
        row[feature] = if is_text[feature] { json!("") } else { json!(-5) };
        rows.push(row.clone());
        if takes_missing[feature] {
            row[feature] = Value::Null;
            rows.push(row);
        }
    }
    // Whole columns of training rows without gaps take no missing number.
    for row in &mut rows {
        for (cell, takes_missing) in row.iter_mut().zip(&takes_missing) {
            if cell.is_null() && !takes_missing {
                *cell = json!(7);
            }
        }
    }
    rows
}

fn cells(row: &[Value]) -> Vec<Cell<'_>> {
    row.iter()
        .map(|value| match value {
            Value::String(text) => Cell::Text(text),
            Value::Null => Cell::Missing,
            number => Cell::Number(number.as_f64().unwrap()),
        })
        .collect()
}

/// Writes a model with what it answers.
fn write(folder: &Path, name: &str, table: &Table, model: &Model) {
    let folder = folder.join(name);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("model.onnx"), model.to_onnx().unwrap()).unwrap();
    let rows = rows(table, model);
    let answers: Vec<Answer> = rows.iter().map(|row| model.answer(&cells(row))).collect();
    let mut outputs = Vec::new();
    for (place, output) in model.onnx_outputs().into_iter().enumerate() {
        let value = |answer: &Answer| match answer {
            Answer::Number(number) => json!(number),
            Answer::Class { class, .. } if place == 0 => json!(model.classes()[*class]),
            Answer::Class { probabilities, .. } => json!(probabilities[place - 1]),
        };
        outputs.push((output.name, answers.iter().map(value).collect::<Vec<Value>>()));
    }
    let expected = json!({"rows": rows, "outputs": outputs});
    fs::write(folder.join("expected.json"), expected.to_string()).unwrap();
}

#[test]
fn onnxruntime_predicts_what_we_predict() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let table = cars();
    let numbers: [Case; 11] = [
        ("linear", "linear", &[], TargetTransform::None),
        ("linear_log", "linear", &[], TargetTransform::Log),
        ("ridge", "ridge", &[], TargetTransform::Sqrt),
        ("ridge_squares", "ridge", &[("degree", "2")], TargetTransform::Log),
        ("elastic_net", "elastic_net", &[("degree", "2"), ("alpha", "0.01")], TargetTransform::None),
        ("tree", "decision_tree", &[], TargetTransform::None),
        ("forest", "random_forest", &[("n_estimators", "20")], TargetTransform::None),
        ("forest_log", "random_forest", &[("n_estimators", "5")], TargetTransform::Log),
        ("boosting", "gradient_boosting", &[], TargetTransform::None),
        ("boosting_log", "gradient_boosting", &[("max_depth", "3")], TargetTransform::Log),
        ("boosting_small", "gradient_boosting", &[("n_estimators", "1")], TargetTransform::Sqrt),
    ];
    for (name, family, params, transform) in numbers {
        let model = fitted(&table, family, params, |spec| spec.transform = transform);
        write(folder.path(), name, &table, &model);
    }
    for family in ["logistic", "decision_tree", "random_forest", "gradient_boosting"] {
        let params: &[(&str, &str)] = if family == "random_forest" { &[("n_estimators", "10")] } else { &[] };
        for (target, name) in [("tipo_combustible", "classes"), ("transmision", "two_classes")] {
            let model = fitted(&table, family, params, |spec| {
                target.clone_into(&mut spec.target);
                spec.task = Some(types::Task::Classification);
            });
            write(folder.path(), &format!("{family}_{name}"), &table, &model);
        }
    }
    // One column is handed over as a table.
    for (name, kept) in [("one_number", "año"), ("one_text", "marca")] {
        let model = fitted(&table, "gradient_boosting", &[], |spec| {
            let columns = table.columns().into_iter();
            spec.excluded =
                columns.filter(|column| ![kept, "precio"].contains(column)).map(str::to_owned).collect();
        });
        write(folder.path(), name, &table, &model);
        let model = fitted(&table, "ridge", &[("degree", "2")], |spec| {
            let columns = table.columns().into_iter();
            spec.excluded =
                columns.filter(|column| ![kept, "precio"].contains(column)).map(str::to_owned).collect();
        });
        write(folder.path(), &format!("{name}_ridge"), &table, &model);
    }

    let told = run(&python, "check_written.py", folder.path());
    println!("{told}");
    assert!(told.contains("checked 23 models"), "{told}");
}

#[test]
fn what_onnx_cannot_say_is_refused_with_the_reason() {
    let model = fitted(&cars(), "knn", &[], |_| {});
    let error = model.to_onnx().unwrap_err();
    assert!(error.to_string().contains("cannot be written as ONNX, because nearest neighbours"), "{error}");
}

/// A tensor of the script's rows: one list for each row.
fn tensor(rows: &Value, input: &GraphInput) -> Tensor {
    let rows = rows.as_array().unwrap();
    let cells: Vec<&Value> = rows.iter().flat_map(|row| row.as_array().unwrap()).collect();
    let shape = vec![rows.len(), cells.len() / rows.len()];
    if input.element == Element::Text {
        return Tensor::of_texts(shape, cells.iter().map(|cell| cell.as_str().unwrap().into()).collect())
            .unwrap();
    }
    let number = |cell: &&Value| cell.as_f64().unwrap_or(f64::NAN);
    Tensor::of_numbers(shape, input.element, cells.iter().map(number).collect()).unwrap()
}

#[test]
fn models_of_python_answer_as_onnxruntime_does() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    run(&python, "make_read.py", folder.path());
    let (mut count, mut failures) = (0, Vec::new());
    let mut places: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    places.sort();
    for place in places {
        let name = place.file_name().unwrap().to_string_lossy().into_owned();
        let expected: Value =
            serde_json::from_slice(&fs::read(place.join("expected.json")).unwrap()).unwrap();
        count += 1;
        let graph = match Graph::read(fs::read(place.join("model.onnx")).unwrap().into()) {
            Ok(graph) => graph,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        let inputs =
            graph.inputs().iter().map(|input| tensor(&expected["inputs"][&input.name], input)).collect();
        let found = match graph.run(inputs) {
            Ok(found) => found,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        for (output, found) in graph.outputs().iter().zip(found) {
            let wanted: Vec<&Value> = expected["outputs"][output]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|row| row.as_array().unwrap())
                .collect();
            match found.cells() {
                Cells::Texts(texts) => {
                    let wrong = texts
                        .iter()
                        .zip(&wanted)
                        .filter(|(text, wanted)| Some(&***text) != wanted.as_str())
                        .count();
                    if wrong > 0 {
                        failures.push(format!("{name}: {output} differs in {wrong} of {} rows", texts.len()));
                    }
                }
                Cells::Numbers(numbers) => {
                    assert_eq!(numbers.len(), wanted.len(), "{name}: {output}");
                    let difference = |(number, wanted): (&f64, &&Value)| {
                        let wanted = wanted.as_f64().unwrap();
                        // Probabilities are compared as they are, all else by its size.
                        (number - wanted).abs() / wanted.abs().max(1.0)
                    };
                    let worst = numbers.iter().zip(&wanted).map(difference).fold(0.0, f64::max);
                    println!("{name}, {output}: {worst:.1e}");
                    if worst >= 1e-5 {
                        failures.push(format!("{name}: {output} differs by {worst:.1e}"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(count >= 33, "only {count} models were made");
}
