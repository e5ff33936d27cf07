//! How predictions answer to one feature, and whether that can be true.

use ndarray::{Array2, Axis};
use types::{
    ColumnKind, ResponseCurve, ResponseDirection, ResponseFinding, ResponseFindingKind, ResponsePoint,
    ResponseRule, ResponseValue,
};

use crate::evaluate::check_match;
use crate::random::{generator, shuffle};
use crate::{Error, Feature, Model, Prepared, Progress};

/// Training rows that curves are averaged over.
const BACKGROUND: usize = 200;
/// Most values of a number that are tried.
const NUMBERS_MAX: usize = 20;
/// Most categories that are tried.
const CATEGORIES_MAX: usize = 20;
/// Seed of the choice of rows.
const SEED: u64 = 42;
/// Steps up to this share of the curve's level are rounding.
const ROUNDING: f64 = 1e-9;
/// A curve is flat if it spans less than this share of the targets' standard deviation.
const FLAT: f64 = 0.01;
/// A cliff is a step that makes up this share of the curve's span ...
const CLIFF_RISE: f64 = 0.4;
/// ... within this share of the range of values ...
const CLIFF_RUN: f64 = 0.1;
/// ... on a curve that spans this share of the targets' standard deviation.
const CLIFF_SPAN: f64 = 0.1;

/// Predictions with one feature set to each of some values, for each background row.
struct Curves {
    values: Vec<ResponseValue>,
    /// Shape `(rows, values)`.
    predictions: Array2<f64>,
}

/// How the model answers to each of its features, and what of that cannot be true.
///
/// The curves are partial dependence (Friedman, 2001): the mean prediction over 200 training rows (20 for nearest neighbours)
/// in which a feature is set to each of at most 20 values: quantiles of a number, the most frequent categories of a text.
/// Features come in the model's order.
///
/// The findings are about columns of numbers: one for each rule, which is checked on the curves of single rows too, then flat
/// curves of columns with rules, and cliffs of all.
///
/// # Errors
///
/// [`Error::Mismatch`] if the model was fitted from other columns or other training rows, [`Error::Cancelled`].
pub fn responses(
    model: &Model,
    prepared: &Prepared,
    rules: &[ResponseRule],
    progress: &dyn Progress,
) -> Result<(Vec<ResponseCurve>, Vec<ResponseFinding>), Error> {
    check_match(model, prepared)?;
    let deviation = prepared.train().targets().std(0.0);
    let (mut found, mut findings) = (Vec::new(), Vec::new());
    let mut find = |column: &str, kind| findings.push(ResponseFinding { column: column.to_owned(), kind });
    for (place, feature) in model.features().iter().enumerate() {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let curves = curves(model, prepared, place);
        found.push(curves.of(&feature.name));
        if feature.profile.kind == ColumnKind::Text {
            continue;
        }
        let mut has_rule = false;
        for rule in rules.iter().filter(|rule| rule.column == feature.name) {
            has_rule = true;
            find(&feature.name, curves.check(rule.direction));
        }
        if has_rule && curves.span() < FLAT * deviation {
            find(&feature.name, ResponseFindingKind::Flat { span: curves.span() });
        }
        if let Some(cliff) = curves.cliff().filter(|_| curves.span() > CLIFF_SPAN * deviation) {
            find(&feature.name, cliff);
        }
    }
    let numbers = |feature: &&Feature| feature.profile.kind != ColumnKind::Text;
    for rule in rules {
        if !model.features().iter().filter(numbers).any(|feature| feature.name == rule.column) {
            find(&rule.column, ResponseFindingKind::NotChecked);
        }
    }
    Ok((found, findings))
}

fn curves(model: &Model, prepared: &Prepared, place: usize) -> Curves {
    let records = prepared.train().records();
    let mut rows: Vec<usize> = (0..records.nrows()).collect();
    shuffle(&mut rows, &mut generator(SEED));
    rows.truncate(BACKGROUND / model.slowness());
    let background = records.select(Axis(0), &rows);
    let values = values(model, records, place);
    let mut predictions = Array2::zeros((rows.len(), values.len()));
    for (nth, (_, code)) in values.iter().enumerate() {
        let mut changed = background.clone();
        changed.column_mut(place).fill(*code);
        predictions.column_mut(nth).assign(&model.predict(&changed));
    }
    Curves { values: values.into_iter().map(|(value, _)| value).collect(), predictions }
}

/// Values to try, with how they are encoded: different quantiles of a number, or categories, the most frequent first.
fn values(model: &Model, records: &Array2<f64>, place: usize) -> Vec<(ResponseValue, f64)> {
    let feature = &model.features()[place];
    if feature.profile.kind == ColumnKind::Text {
        let levels = feature.profile.levels.iter().take(CATEGORIES_MAX);
        let encoded = |text: &str| model.encoder().category(place, text);
        return levels.map(|(text, _)| (ResponseValue::Text(text.clone()), encoded(text))).collect();
    }
    let mut numbers: Vec<f64> =
        records.column(place).iter().copied().filter(|number| !number.is_nan()).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let last = numbers.len().saturating_sub(1);
    let steps = NUMBERS_MAX - 1;
    let mut values: Vec<f64> =
        (0..=steps).filter_map(|step| numbers.get(step * last / steps).copied()).collect();
    values.dedup();
    values.into_iter().map(|number| (ResponseValue::Number(number), number)).collect()
}

impl Curves {
    fn of(&self, column: &str) -> ResponseCurve {
        let points = self.values.iter().zip(self.mean());
        let points = points.map(|(value, prediction)| ResponsePoint { value: value.clone(), prediction });
        ResponseCurve { column: column.to_owned(), points: points.collect() }
    }

    fn mean(&self) -> Vec<f64> {
        self.predictions.mean_axis(Axis(0)).map(|mean| mean.to_vec()).unwrap_or_default()
    }

    /// Highest minus lowest mean prediction.
    fn span(&self) -> f64 {
        let mean = self.mean();
        let highest = mean.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = mean.iter().copied().fold(f64::INFINITY, f64::min);
        (highest - lowest).max(0.0)
    }

    /// The numbers before and behind a step.
    fn step(&self, nth: usize) -> (f64, f64) {
        let number = |value: Option<&ResponseValue>| match value {
            Some(ResponseValue::Number(number)) => *number,
            _ => f64::NAN,
        };
        (number(self.values.get(nth)), number(self.values.get(nth + 1)))
    }

    fn check(&self, direction: ResponseDirection) -> ResponseFindingKind {
        let sign = match direction {
            ResponseDirection::Increasing => 1.0,
            ResponseDirection::Decreasing => -1.0,
        };
        // How far a step goes the wrong way, or nothing.
        let wrong = |before: f64, after: f64| -> Option<f64> {
            let against = sign * (before - after);
            (against > ROUNDING * before.abs().max(after.abs())).then_some(against)
        };
        let (mut steps, mut violations) = (0_u32, 0_u32);
        let mut worst: Option<(f64, usize)> = None;
        for row in self.predictions.rows() {
            for nth in 0..self.values.len().saturating_sub(1) {
                steps += 1;
                if let Some(against) = wrong(row[nth], row[nth + 1]) {
                    violations += 1;
                    if worst.is_none_or(|(most, _)| against > most) {
                        worst = Some((against, nth));
                    }
                }
            }
        }
        let Some((worst, nth)) = worst else {
            return ResponseFindingKind::Kept { direction };
        };
        let mean = self.mean();
        let mean_steps = u32::try_from(mean.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let mean_violations = mean.windows(2).filter(|pair| wrong(pair[0], pair[1]).is_some()).count();
        let mean_violations = u32::try_from(mean_violations).unwrap_or(u32::MAX);
        let (from, to) = self.step(nth);
        ResponseFindingKind::Violated {
            direction,
            share: f64::from(violations) / f64::from(steps),
            mean_share: f64::from(mean_violations) / f64::from(mean_steps),
            worst,
            from,
            to,
        }
    }

    /// The steepest step, if it is a cliff.
    fn cliff(&self) -> Option<ResponseFindingKind> {
        let mean = self.mean();
        let range = self.step(self.values.len().checked_sub(2)?).1 - self.step(0).0;
        let is_cliff = |nth: &usize| {
            let (from, to) = self.step(*nth);
            (mean[*nth + 1] - mean[*nth]).abs() > CLIFF_RISE * self.span() && to - from < CLIFF_RUN * range
        };
        let rise = |nth: &usize| (mean[*nth + 1] - mean[*nth]).abs();
        let steepest = (0..mean.len() - 1).filter(is_cliff).max_by(|a, b| rise(a).total_cmp(&rise(b)))?;
        let (from, to) = self.step(steepest);
        Some(ResponseFindingKind::Cliff { from, to, change: mean[steepest + 1] - mean[steepest] })
    }
}

#[cfg(test)]
mod tests {
    use types::algorithm::RandomForest;
    use types::{Algorithm, TrainingSpec};

    use super::*;
    use crate::training::Silent;
    use crate::{Table, fit, prepare};

    /// `y` falls with `a`, does not depend on `b`, and jumps where `c` passes 50.
    fn table() -> Table {
        let row = |row: u32| {
            let (a, b, c) = (row % 40, row * 7 % 23, row * 13 % 101);
            format!("{a},{b},{c},{},{}\n", ["x", "z"][row as usize % 2], 500 - a + 300 * u32::from(c > 50))
        };
        Table::from_csv(format!("a,b,c,t,y\n{}", (0..600).map(row).collect::<Vec<_>>().concat()).as_bytes())
            .unwrap()
    }

    fn fitted(algorithm: Algorithm) -> (Model, Prepared) {
        let prepared = prepare(&TrainingSpec::new("y", algorithm), &table()).unwrap();
        (fit(&prepared, &Silent).unwrap().model, prepared)
    }

    fn rule(column: &str, direction: ResponseDirection) -> ResponseRule {
        ResponseRule { column: column.to_owned(), direction }
    }

    #[test]
    fn curves_show_what_was_learnt() {
        let (model, prepared) = fitted(Algorithm::linear());
        let (curves, _) = responses(&model, &prepared, &[], &Silent).unwrap();
        let columns: Vec<&str> = curves.iter().map(|curve| curve.column.as_str()).collect();
        assert_eq!(columns, ["a", "b", "c", "t"]);
        let curve = &curves[0];
        assert_eq!(curve.points.len(), 20);
        let (first, last) = (&curve.points[0], &curve.points[19]);
        assert_eq!((&first.value, &last.value), (&ResponseValue::Number(0.0), &ResponseValue::Number(39.0)));
        assert!(((first.prediction - last.prediction) / 39.0 - 1.0).abs() < 0.3, "{curve:?}");
        assert_eq!(curves[3].points.len(), 2);
    }

    #[test]
    fn rules_are_checked_and_oddities_named() {
        let forest = RandomForest { n_estimators: 20, ..RandomForest::default() };
        let (model, prepared) = fitted(forest.into());
        let rules = [
            rule("a", ResponseDirection::Increasing),
            rule("b", ResponseDirection::Increasing),
            rule("t", ResponseDirection::Increasing),
            rule("z", ResponseDirection::Decreasing),
        ];
        let (_, findings) = responses(&model, &prepared, &rules, &Silent).unwrap();
        let of =
            |column: &str| findings.iter().filter(|finding| finding.column == column).collect::<Vec<_>>();
        let ResponseFindingKind::Violated { share, mean_share, worst, .. } = of("a")[0].kind else {
            panic!("{findings:?}")
        };
        assert!(share > 0.5 && mean_share > 0.5 && worst > 0.0, "{findings:?}");
        assert!(matches!(of("b")[1].kind, ResponseFindingKind::Flat { .. }), "{findings:?}");
        let ResponseFindingKind::Cliff { from, to, change } = of("c")[0].kind else { panic!("{findings:?}") };
        assert!(from <= 51.0 && to >= 50.0 && change > 200.0, "{findings:?}");
        assert_eq!(of("t")[0].kind, ResponseFindingKind::NotChecked);
        assert_eq!(of("z")[0].kind, ResponseFindingKind::NotChecked);
    }

    #[test]
    fn a_line_keeps_the_rule_of_its_sign() {
        let (model, prepared) = fitted(Algorithm::linear());
        let rules = [rule("a", ResponseDirection::Decreasing)];
        let (_, findings) = responses(&model, &prepared, &rules, &Silent).unwrap();
        assert_eq!(findings[0].kind, ResponseFindingKind::Kept { direction: ResponseDirection::Decreasing });
        let rules = [rule("a", ResponseDirection::Increasing)];
        let (_, findings) = responses(&model, &prepared, &rules, &Silent).unwrap();
        let ResponseFindingKind::Violated { share, from, to, .. } = findings[0].kind else { panic!() };
        assert_eq!(share, 1.0);
        assert!(to > from);
    }
}
