//! Sweeps: one family with many values of its parameters.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::algorithm::ParameterKind;
use crate::{Algorithm, InvalidValue, TargetTransform};

/// Most candidates of a sweep.
pub const SWEEP_TRIALS_MAX: u32 = 1000;

/// How a sweep chooses what it tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SweepMethod {
    /// Every combination of the values.
    Grid,
    /// Some combinations, drawn at random.
    Random,
    /// Random combinations, first on few rows; in each of several rounds the best third goes on, on three times as many rows
    /// (Jamieson and Talwalkar, *Non-stochastic Best Arm Identification*, 2016; scikit-learn's `HalvingRandomSearchCV`).
    Halving,
}

impl SweepMethod {
    /// Names of all, as forms and the command line spell them.
    pub const NAMES: [&str; 3] = ["grid", "random", "halving"];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::Halving => "halving",
        }
    }

    /// The method with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Grid, Self::Random, Self::Halving].into_iter().find(|method| method.as_str() == name)
    }
}

/// What a sweep tries: each candidate is measured by cross-validation and becomes a run, the best one the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sweep {
    /// How candidates are chosen.
    pub method: SweepMethod,
    /// Values by parameter, in Python's spelling. Where values are drawn, `0.01..0.3` stands for all numbers between; all
    /// orders of magnitude are alike if there are any.
    pub values: BTreeMap<String, Vec<String>>,
    /// How many candidates are drawn, 1 to 1000; a grid has as many as it has.
    pub trials: u32,
    /// Seed of the drawing.
    pub random_state: u64,
}

impl Sweep {
    /// Candidates that are drawn unless said otherwise.
    pub const TRIALS: u32 = 20;

    /// Reads values as the command line and forms have them: `max_depth=4,8,12` for each parameter.
    ///
    /// # Errors
    ///
    /// Names the text that has no such form, or the parameter that is named twice.
    pub fn parse_values<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Vec<String>>, InvalidValue> {
        let mut values = BTreeMap::new();
        for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
            let wrong = || invalid(format!("has `{text}`; write values as `max_depth=4,8,12`"));
            let (name, list) = text.split_once('=').ok_or_else(wrong)?;
            let list: Vec<String> = list.split(',').map(|value| value.trim().to_owned()).collect();
            if name.trim().is_empty() || list.iter().any(String::is_empty) {
                return Err(wrong());
            }
            if values.insert(name.trim().to_owned(), list).is_some() {
                return Err(invalid(format!("names `{}` twice", name.trim())));
            }
        }
        Ok(values)
    }

    /// Checks all values against the family that they are for.
    ///
    /// # Errors
    ///
    /// Names the parameter that is unknown or whose value does not fit, and says so if there are too many candidates.
    pub fn check(&self, algorithm: &Algorithm) -> Result<(), InvalidValue> {
        if matches!(algorithm, Algorithm::Auto(_)) {
            return Err(invalid("needs a model family; `auto` chooses its candidates itself"));
        }
        if self.values.is_empty() {
            return Err(invalid(
                "has no values to try; give some for a parameter, such as `max_depth=4,8,12`",
            ));
        }
        if self.trials == 0 || self.trials > SWEEP_TRIALS_MAX {
            return Err(invalid(format!("must try 1 to {SWEEP_TRIALS_MAX} candidates, not {}", self.trials)));
        }
        let mut count: u64 = 1;
        for (name, values) in &self.values {
            if values.is_empty() {
                return Err(invalid(format!("has no values for `{name}`")));
            }
            for value in values {
                self.check_value(algorithm, name, value)?;
            }
            count = count.saturating_mul(values.len() as u64);
        }
        if self.method == SweepMethod::Grid && count > SWEEP_TRIALS_MAX.into() {
            return Err(invalid(format!(
                "has {count} combinations, but {SWEEP_TRIALS_MAX} are allowed; leave values out, or draw some at random"
            )));
        }
        Ok(())
    }

    fn check_value(&self, algorithm: &Algorithm, name: &str, value: &str) -> Result<(), InvalidValue> {
        let Some(span) = Span::parse(value) else {
            return with(algorithm, name, value).map(|_| ());
        };
        if self.method == SweepMethod::Grid {
            return Err(invalid(format!(
                "cannot try all of `{value}` for `{name}`; give single values, or draw some at random"
            )));
        }
        let kind = algorithm.parameters().iter().find(|known| known.name == name).map(|known| known.kind);
        let is_number = matches!(
            kind,
            None | Some(
                ParameterKind::Whole(..)
                    | ParameterKind::WholeOrNone(..)
                    | ParameterKind::Real(..)
                    | ParameterKind::RealAbove(..)
            )
        );
        if !is_number {
            return Err(invalid(format!("has `{value}` for `{name}`, which takes no numbers")));
        }
        for share in [0.0, 1.0] {
            with(algorithm, name, &span.at(share, is_whole(algorithm, name)))?;
        }
        Ok(())
    }
}

/// Whether a parameter takes whole numbers only.
#[must_use]
pub fn is_whole(algorithm: &Algorithm, name: &str) -> bool {
    let is_whole = |kind| matches!(kind, ParameterKind::Whole(..) | ParameterKind::WholeOrNone(..));
    algorithm.parameters().iter().any(|known| known.name == name && is_whole(known.kind))
}

/// All numbers between two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    low: f64,
    high: f64,
}

impl Span {
    /// Reads `low..high`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..")?;
        let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
        let span = Self { low, high };
        (span.low.is_finite() && span.high.is_finite() && span.low < span.high).then_some(span)
    }

    /// The number at a share of the way, 0 to 1, with three digits; a whole one if asked for. On the way from 0.01 to 1 half of
    /// the way is 0.1.
    #[must_use]
    pub fn at(self, share: f64, is_whole: bool) -> String {
        let Self { low, high } = self;
        let is_wide = low > 0.0 && high / low >= 10.0;
        let number = if is_wide { low * (high / low).powf(share) } else { low + (high - low) * share };
        if is_whole {
            return format!("{:.0}", number.round().clamp(low.ceil(), high.floor()));
        }
        if number == 0.0 {
            return "0.0".to_owned();
        }
        let digits = 10.0_f64.powf(2.0 - number.abs().log10().floor());
        format!("{:?}", ((number * digits).round() / digits).clamp(low, high))
    }
}

/// The family with one parameter changed.
///
/// # Errors
///
/// Names the parameter if it is unknown, or its value does not fit.
pub fn with(algorithm: &Algorithm, name: &str, value: &str) -> Result<Algorithm, InvalidValue> {
    let mut params: BTreeMap<String, String> =
        algorithm.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    params.insert(name.to_owned(), value.to_owned());
    Algorithm::from_params(algorithm.name(), &params).map_err(|error| invalid(error.problem))
}

fn invalid(problem: impl Into<String>) -> InvalidValue {
    InvalidValue::new("sweep", problem)
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> =
            self.values.iter().map(|(name, values)| format!("{name}={}", values.join(","))).collect();
        write!(f, "{} over {}", self.method.as_str(), values.join(" "))
    }
}

/// What a search tries: a family with its parameters, and the scale of the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// Family with its parameters.
    pub algorithm: Algorithm,
    /// Scale of the target.
    pub transform: TargetTransform,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(method: SweepMethod, texts: &[&str]) -> Sweep {
        let values = Sweep::parse_values(texts.iter().copied()).unwrap();
        Sweep { method, values, trials: 5, random_state: 1 }
    }

    fn problem(sweep: &Sweep) -> String {
        sweep.check(&Algorithm::random_forest()).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_and_checked() {
        let grid = sweep(SweepMethod::Grid, &["max_depth=4, 8,None", "max_features=sqrt,0.5"]);
        grid.check(&Algorithm::random_forest()).unwrap();
        assert_eq!(grid.to_string(), "grid over max_depth=4,8,None max_features=sqrt,0.5");
        let drawn = sweep(SweepMethod::Random, &["n_estimators=10..500", "min_samples_leaf=1,2"]);
        drawn.check(&Algorithm::random_forest()).unwrap();
        for wrong in ["max_depth", "=4", "max_depth=4,,5"] {
            assert!(Sweep::parse_values([wrong]).is_err(), "{wrong}");
        }
        assert!(Sweep::parse_values(["a=1", "a=2"]).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn what_cannot_be_tried_is_named() {
        use SweepMethod::{Grid, Random};
        assert!(problem(&sweep(Grid, &["depth=4"])).contains("`depth`"));
        assert!(problem(&sweep(Grid, &["max_depth=0"])).contains("`max_depth`"));
        assert!(problem(&sweep(Grid, &["max_depth=4..8"])).contains("at random"));
        assert!(problem(&sweep(Random, &["max_depth=0..8"])).contains("`max_depth`"));
        assert!(problem(&sweep(Random, &["bootstrap=1..2"])).contains("no numbers"));
        assert!(problem(&sweep(Random, &["depth=1..2"])).contains("`depth`"));
        assert!(problem(&sweep(Grid, &[])).contains("no values"));
        assert!(problem(&Sweep { trials: 0, ..sweep(Random, &["max_depth=4"]) }).contains("1 to 1000"));
        let many: Vec<String> = (1..=40).map(|number| number.to_string()).collect();
        let (depths, leaves) =
            (format!("max_depth={}", many.join(",")), format!("min_samples_leaf={}", many.join(",")));
        assert!(problem(&sweep(Grid, &[&depths, &leaves])).contains("1600"));
        let auto = Algorithm::from_params("auto", &BTreeMap::new()).unwrap();
        assert!(sweep(Grid, &["max_trials=4"]).check(&auto).is_err());
    }

    #[test]
    fn numbers_between_two_have_three_digits() {
        let span = Span::parse("0.01..1").unwrap();
        assert_eq!([0.0, 0.5, 1.0].map(|share| span.at(share, false)), ["0.01", "0.1", "1.0"]);
        assert_eq!(Span::parse("2..9").unwrap().at(0.5, true), "6");
        assert_eq!(Span::parse("0..1").unwrap().at(0.12345, false), "0.123");
        assert_eq!(Span::parse("0..1").unwrap().at(0.0, false), "0.0");
        for no in ["5", "9..2", "a..b", "1..inf", ".."] {
            assert_eq!(Span::parse(no), None, "{no}");
        }
    }
}
