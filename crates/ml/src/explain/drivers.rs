//! What drives the prediction for one row.

use ndarray::aview1;
use types::{ColumnKind, Driver, Drivers};

use super::shapley_tree::Together;
use super::{Contributions, sampling, scale, shapley_tree};
use crate::algorithms::tree::TreeView;
use crate::model::Fitted;
use crate::preprocess::Scale;
use crate::{Cell, Feature, Model};

impl Model {
    /// The prediction for one row of cells as a sum: what the model expects of any row, and what each feature of this one
    /// adds to it, the largest first. Takes cells as [`predict_row`](Self::predict_row) does.
    ///
    /// Trees have exact Shapley values against their training rows, ridge and elastic net those of independent features,
    /// and a blend the weighted sum of its members'. Other models are asked about mixtures of the row and a
    /// typical one (medians and most frequent texts): exact for sums of terms, an estimate from seeded samples for
    /// others, and so are models of classes, whose drivers are those of a probability. On a transformed target the amounts are brought into its units by one common factor. They always add up.
    #[must_use]
    pub fn drivers(&self, cells: &[Cell<'_>]) -> Drivers {
        let row = self.encoded(cells);
        let learnt = self.contributions(self.fitted(), &row);
        let Contributions { base, amounts } = scale::rescaled(learnt, |value| self.transform().undo(value));
        let mut contributions: Vec<Driver> = self
            .features()
            .iter()
            .zip(amounts)
            .enumerate()
            .map(|(place, (feature, amount))| Driver {
                feature: feature.name.clone(),
                value: value_text(feature, cells.get(place).copied().unwrap_or(Cell::Missing)),
                amount,
            })
            .collect();
        contributions.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()));
        Drivers { base, prediction: self.predict_row(cells), contributions }
    }
}

impl Model {
    /// What each feature adds on the scale of a fitted family.
    fn contributions(&self, fitted: &Fitted, row: &[f64]) -> Contributions {
        match fitted {
            Fitted::RandomForest(forest) => {
                let trees: Vec<_> =
                    forest.ensemble().trees.iter().map(|tree| tree as &dyn TreeView).collect();
                #[expect(clippy::cast_precision_loss, reason = "a forest has at most 10,000 trees")]
                let weight = 1.0 / trees.len() as f64;
                shapley_tree::contributions(&Together { trees, base: 0.0, weight }, row)
            }
            Fitted::GradientBoosting(boosting) => {
                let trees = boosting.trees().collect();
                shapley_tree::contributions(
                    &Together { trees, base: boosting.first_guess(), weight: 1.0 },
                    row,
                )
            }
            Fitted::Penalised(penalised) => {
                let (base, amounts) = penalised.contributions(aview1(row));
                Contributions { base, amounts }
            }
            Fitted::Blend(blend) => {
                let mut sum = Contributions { base: 0.0, amounts: vec![0.0; row.len()] };
                let imputed = blend.imputed(row);
                for member in blend.members() {
                    let row = if member.fitted.takes_missing() { row } else { &imputed };
                    let own = self.contributions(&member.fitted, row);
                    let own = scale::rescaled(own, |value| member.transform.undo(value));
                    sum.base += member.weight * own.base;
                    sum.amounts
                        .iter_mut()
                        .zip(own.amounts)
                        .for_each(|(sum, own)| *sum += member.weight * own);
                }
                sum
            }
            Fitted::Linear(_) | Fitted::Knn(_) => {
                let typical = self.encoder().typical_row();
                sampling::contributions(|row| fitted.predict_row(row), row, &[typical])
            }
            Fitted::Classifier(_) => {
                let typical = self.encoder().typical_row();
                sampling::contributions(|row| self.predict_encoded(row), row, &[typical])
            }
        }
    }
}

fn value_text(feature: &Feature, cell: Cell<'_>) -> String {
    match cell {
        Cell::Number(number) if number.is_nan() => String::new(),
        // `7.269855149184484` says no more than `7.27`.
        Cell::Number(number) if feature.profile.kind == ColumnKind::Decimal && number.abs() < 1e6 => {
            let text = format!("{number:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.trim().to_owned(),
        Cell::Missing => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use types::algorithm::{DecisionTree, GradientBoosting, RandomForest, Ridge};
    use types::{Algorithm, TargetTransform, TrainingSpec};

    use super::*;
    use crate::{Progress, Table, fit, prepare};

    struct Silent;
    impl Progress for Silent {
        fn report(&self, _fraction: f64, _stage: &str) {}
    }

    fn model(algorithm: Algorithm, transform: TargetTransform) -> (Table, Model) {
        let table = Table::from_csv(crate::sample::used_cars(400, 1).as_bytes()).unwrap();
        let prepared =
            prepare(&TrainingSpec { transform, ..TrainingSpec::new("precio", algorithm) }, &table).unwrap();
        (table, fit(&prepared, &Silent).unwrap().model)
    }

    #[test]
    fn drivers_add_up_for_every_family() {
        let forest = RandomForest { n_estimators: 10, ..RandomForest::default() };
        let boosting = GradientBoosting { n_estimators: 50, ..GradientBoosting::default() };
        let families: [Algorithm; 5] = [
            Algorithm::linear(),
            Ridge { degree: 2, ..Ridge::default() }.into(),
            DecisionTree::default().into(),
            forest.into(),
            boosting.into(),
        ];
        let transforms = [TargetTransform::None, TargetTransform::Log, TargetTransform::Sqrt];
        for (algorithm, transform) in
            families.iter().flat_map(|family| transforms.map(|transform| (family.clone(), transform)))
        {
            let (table, model) = model(algorithm, transform);
            for row in 0..50 {
                let cells: Vec<Cell<'_>> = (0..14).map(|column| table.cell(row, column).unwrap()).collect();
                let drivers = model.drivers(&cells);
                assert_eq!(drivers.prediction, model.predict_row(&cells));
                let sum =
                    drivers.base + drivers.contributions.iter().map(|driver| driver.amount).sum::<f64>();
                assert!(
                    (sum - drivers.prediction).abs() <= 1e-9 * drivers.prediction.abs(),
                    "{sum} {drivers:?}"
                );
                assert_eq!(drivers.contributions.len(), 14);
                assert!(drivers.contributions.is_sorted_by(|a, b| a.amount.abs() >= b.amount.abs()));
            }
        }
    }

    #[test]
    fn values_are_told_as_they_were_given() {
        let (_, model) = model(Algorithm::linear(), TargetTransform::None);
        let drivers = model.drivers(&[Cell::Text(" Kia "), Cell::Missing, Cell::Number(2015.0)]);
        let value = |name: &str| {
            drivers.contributions.iter().find(|driver| driver.feature == name).unwrap().value.clone()
        };
        assert_eq!(["marca", "tipo_carroceria", "año", "color"].map(value), ["Kia", "", "2015", ""]);
        let year = drivers.contributions.iter().find(|driver| driver.feature == "año").unwrap();
        assert!(year.amount.is_finite());
    }
}
