//! A fitted model as an ONNX graph that gives the same predictions.
//!
//! There is one input for each column, as MLflow hands over a table: whole numbers as `int64`, others as `double`, texts as
//! `string`, one value for each row. All arithmetic is in doubles. Texts are looked up in the list of categories; an empty
//! one counts as missing, and so do `nan`, `None` and `<NA>`, as which pandas hands over what is missing.

mod builder;
mod columns;
mod formulas;
mod trees;

use prost::Message;
use types::{ColumnKind, TargetTransform, Task};

use super::proto::{ModelProto, OperatorSetIdProto, element};
use super::signature::{ColumnType, SignatureColumn};
use crate::algorithms::{Ensemble, GradientBoosting};
use crate::model::{Classifier, Fitted, Model};
use crate::preprocess::PREDICTION_MAX;
use crate::{Error, Feature};
use builder::{Builder, Name, int};
use bytes::Bytes;
use columns::Columns;
use trees::TreeList;

/// Versions of the two operator sets; onnxruntime has known both since 1.10.
const OPERATORS: i64 = 15;
const TABULAR_OPERATORS: i64 = 3;
/// Version of the file format that goes with them.
const FORMAT: i64 = 8;

impl Model {
    /// The columns that [`to_onnx`](Self::to_onnx)'s graph takes, in the order of [`features`](Self::features).
    ///
    /// A column of whole numbers that lacked some in training takes both whole numbers and those that can be NaN.
    #[must_use]
    pub fn onnx_inputs(&self) -> Vec<SignatureColumn> {
        let input = |feature: &Feature| SignatureColumn::required(&feature.name, column_type(feature));
        self.features().iter().map(input).collect()
    }

    /// The columns that [`to_onnx`](Self::to_onnx)'s graph gives: the target; for classes their name, then the probability
    /// of each.
    #[must_use]
    pub fn onnx_outputs(&self) -> Vec<SignatureColumn> {
        let mut taken: Vec<String> = self.features().iter().map(|feature| feature.name.clone()).collect();
        let mut named = |name: String, r#type| {
            let mut name = name;
            while taken.contains(&name) {
                name.push('_');
            }
            taken.push(name.clone());
            SignatureColumn::required(&name, r#type)
        };
        let label_type =
            if self.task() == Task::Regression { ColumnType::Double } else { ColumnType::String };
        let target = named(self.target().to_owned(), label_type);
        let probabilities =
            self.classes().iter().map(|class| named(format!("probability_{class}"), ColumnType::Double));
        std::iter::once(target).chain(probabilities).collect()
    }

    /// The model as an ONNX file, whose predictions agree with [`answer`](Self::answer) to seven digits.
    ///
    /// Texts must be as tables keep them, without spaces at their ends and in Unicode's composed form.
    ///
    /// # Errors
    ///
    /// [`Error::NotOnnx`] for families that ONNX has no operators for.
    pub fn to_onnx(&self) -> Result<Vec<u8>, Error> {
        let (inputs, outputs) = (self.onnx_inputs(), self.onnx_outputs());
        let outside: Vec<String> = inputs.iter().chain(&outputs).map(|column| column.name.clone()).collect();
        let mut builder = Builder::new("cuaderno", &outside);
        let mut columns = Columns::declare(&mut builder, self.encoder(), &inputs);
        if let Fitted::Classifier(classifier) = self.fitted() {
            let probabilities = probabilities(&mut builder, &mut columns, classifier, self.classes().len())?;
            write_classes(&mut builder, self.classes(), &outputs, &probabilities);
        } else {
            let prediction = regression(&mut builder, &mut columns, self.fitted())?;
            let prediction = undone(&mut builder, self.transform(), prediction);
            let prediction = builder.reshaped(&prediction, &[-1]);
            builder.output(&outputs[0].name, element::DOUBLE, &prediction);
        }
        let opset = |domain: &str, version| OperatorSetIdProto { domain: domain.to_owned(), version };
        let file = ModelProto {
            ir_version: FORMAT,
            producer_name: "cuaderno".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: self.estimator().to_owned(),
            graph: Some(builder.finish()),
            opset_import: vec![opset("", OPERATORS), opset("ai.onnx.ml", TABULAR_OPERATORS)],
        };
        Ok(file.encode_to_vec())
    }
}

fn column_type(feature: &Feature) -> ColumnType {
    match feature.profile.kind {
        ColumnKind::Text => ColumnType::String,
        ColumnKind::Integer if feature.profile.missing == 0 => ColumnType::Long,
        // MLflow's clients turn no whole number into a decimal one.
        ColumnKind::Integer => ColumnType::Any,
        ColumnKind::Decimal => ColumnType::Double,
    }
}

/// Predictions on the scale of the target, doubles of shape `(rows, 1)`.
fn regression(builder: &mut Builder, columns: &mut Columns<'_>, fitted: &Fitted) -> Result<Name, Error> {
    Ok(match fitted {
        Fitted::Linear(linear) => formulas::write(builder, columns, &linear.formula()),
        Fitted::Penalised(penalised) => formulas::write(builder, columns, &penalised.formula()),
        Fitted::RandomForest(forest) => {
            let Ensemble { trees, .. } = forest.ensemble();
            let share = 1.0 / count(trees.len());
            let mut list = TreeList::default();
            for tree in trees {
                let amounts = |value: f64| vec![(0, value * share)];
                list.add(tree.node_count(), |place| tree.step(place), amounts, columns.layout())?;
            }
            let input = columns.complete(builder);
            list.write(builder, &input, 1)
        }
        Fitted::GradientBoosting(boosting) => {
            let mut list = TreeList::default();
            for (node_count, step) in boosting.steps() {
                list.add(node_count, step, |value| vec![(0, value)], columns.layout())?;
            }
            let first_guess = builder.number(boosting.first_guess());
            if list.is_empty() {
                // A look-up that every row answers alike gives the constant its shape.
                return Ok(columns.constant(builder, boosting.first_guess()));
            }
            let input = columns.incomplete(builder);
            let sum = list.write(builder, &input, 1);
            builder.apply("Add", &[&sum, &first_guess])
        }
        Fitted::Blend(blend) => {
            let mut parts = Vec::new();
            for member in blend.members() {
                let prediction = regression(builder, columns, &member.fitted)?;
                let prediction = undone(builder, member.transform, prediction);
                let weight = builder.number(member.weight);
                parts.push(builder.apply("Mul", &[&prediction, &weight]));
            }
            builder.sum(&parts).ok_or_else(|| not_onnx("a blend has no members"))?
        }
        Fitted::Knn(_) => return Err(neighbours()),
        Fitted::Classifier(_) => return Err(not_onnx("classes are no numbers")),
    })
}

fn neighbours() -> Error {
    not_onnx("nearest neighbours look through all training rows, and ONNX has no operator that does")
}

fn not_onnx(reason: &str) -> Error {
    Error::NotOnnx(reason.to_owned())
}

/// Predictions turned back from the scale on which the target was learnt; see [`crate::preprocess::Scale::undo`].
fn undone(builder: &mut Builder, transform: TargetTransform, prediction: Name) -> Name {
    let limited = match transform {
        TargetTransform::None => return prediction,
        TargetTransform::Log => builder.apply("Exp", &[&prediction]),
        TargetTransform::Sqrt => {
            let zero = builder.number(0.0);
            let root = builder.apply("Max", &[&prediction, &zero]);
            builder.apply("Mul", &[&root, &root])
        }
    };
    let most = builder.number(PREDICTION_MAX);
    builder.apply("Min", &[&limited, &most])
}

/// Probabilities, doubles of shape `(rows, classes)`.
fn probabilities(
    builder: &mut Builder,
    columns: &mut Columns<'_>,
    classifier: &Classifier,
    class_count: usize,
) -> Result<Name, Error> {
    Ok(match classifier {
        Classifier::Logistic(logistic) => {
            let (mut members, mut scores) = (Vec::new(), Vec::new());
            for (member, formula) in logistic.formulas() {
                members.push(member as usize);
                scores.push(formulas::write(builder, columns, &formula));
            }
            let scores = builder.joined(&scores);
            let found = builder.apply_with("Softmax", &[&scores], vec![int("axis", 1)]);
            if members.len() == class_count {
                return Ok(found);
            }
            // The others have probability 0.
            let mut spread = vec![0.0; members.len() * class_count];
            for (row, class) in members.iter().enumerate() {
                spread[row * class_count + class] = 1.0;
            }
            let spread = builder.numbers(&[members.len(), class_count], spread);
            builder.apply("MatMul", &[&found, &spread])
        }
        Classifier::Forest(forest) => {
            let Ensemble { trees, .. } = forest.ensemble();
            let share = 1.0 / count(trees.len());
            let mut list = TreeList::default();
            for (number, tree) in trees.iter().enumerate() {
                let amounts = |leaf: f64| {
                    let shares = forest.leaf_shares(number, leaf, class_count).iter().enumerate();
                    shares
                        .filter(|(_, part)| **part > 0.0)
                        .map(|(class, part)| (class, part * share))
                        .collect()
                };
                list.add(tree.node_count(), |place| tree.step(place), amounts, columns.layout())?;
            }
            let input = columns.complete(builder);
            list.write(builder, &input, class_count)
        }
        Classifier::Boosting(machines) => {
            let mut list = TreeList::default();
            for (target, machine) in machines.iter().enumerate() {
                for (node_count, step) in machine.steps() {
                    list.add(node_count, step, |value| vec![(target, value)], columns.layout())?;
                }
            }
            let guesses: Vec<f64> = machines.iter().map(GradientBoosting::first_guess).collect();
            let sums = if list.is_empty() {
                let guesses: Vec<Name> =
                    guesses.iter().map(|guess| columns.constant(builder, *guess)).collect();
                builder.joined(&guesses)
            } else {
                let guesses = builder.numbers(&[1, machines.len()], guesses);
                let input = columns.incomplete(builder);
                let sums = list.write(builder, &input, machines.len());
                builder.apply("Add", &[&sums, &guesses])
            };
            let scores = if machines.len() == 1 {
                let zero = builder.number(0.0);
                let zeros = builder.apply("Mul", &[&sums, &zero]);
                builder.joined(&[zeros, sums])
            } else {
                sums
            };
            builder.apply_with("Softmax", &[&scores], vec![int("axis", 1)])
        }
        Classifier::Knn(_) => return Err(neighbours()),
    })
}

/// The outputs of a model of classes.
fn write_classes(
    builder: &mut Builder,
    classes: &[String],
    outputs: &[SignatureColumn],
    probabilities: &str,
) {
    let attributes = vec![int("axis", 1), int("keepdims", 0)];
    let place = builder.apply_with("ArgMax", &[probabilities], attributes);
    let keys = (0..classes.len()).filter_map(|class| i64::try_from(class).ok()).collect();
    let names = classes.iter().map(|class| Bytes::copy_from_slice(class.as_bytes())).collect();
    let attributes = vec![builder::ints("keys_int64s", keys), builder::texts("values_strings", names)];
    let label = builder.apply_with("LabelEncoder", &[&place], attributes);
    builder.output(&outputs[0].name, element::STRING, &label);
    for (class, output) in outputs[1..].iter().enumerate() {
        let place = builder.place(i64::try_from(class).unwrap_or(i64::MAX));
        let column = builder.apply_with("Gather", &[probabilities, &place], vec![int("axis", 1)]);
        builder.output(&output.name, element::DOUBLE, &column);
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are at most 10,000 trees")]
fn count(trees: usize) -> f64 {
    trees as f64
}

#[cfg(test)]
mod tests;
