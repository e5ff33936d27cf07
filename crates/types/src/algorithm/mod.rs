//! Model families and their parameters.

mod families;
mod parameter;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use families::{
    Auto, DecisionTree, ElasticNet, GradientBoosting, Knn, Linear, Logistic, Objective, RandomForest, Ridge,
    Weights,
};
pub use parameter::{MaxFeatures, Monotone, Parameter, ParameterKind};

use crate::{InvalidValue, Task};

/// Makes the enum over the families; each is a variant, a name, and its classes of scikit-learn for numbers and for classes,
/// empty where there is none.
macro_rules! algorithm {
    ($($(#[$doc:meta])* $family:ident = $name:literal, $regressor:literal, $classifier:literal;)*) => {
        /// A family of models with its parameters.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(tag = "model", rename_all = "snake_case")]
        pub enum Algorithm {
            $($(#[$doc])* $family($family),)*
        }

        impl Algorithm {
            /// Names of the families, as [`from_params`](Self::from_params) takes them.
            pub const NAMES: [&str; [$($name),*].len()] = [$($name),*];

            /// The family called `name` with its defaults.
            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$family($family::default())),)*
                    _ => None,
                }
            }

            /// Name of the family, such as `random_forest`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$family(_) => $name,)* }
            }

            /// Name of the class in scikit-learn, such as `RandomForestRegressor`; empty if the family cannot do the task.
            #[must_use]
            pub fn estimator(&self, task: Task) -> &'static str {
                match (self, task) {
                    $((Self::$family(_), Task::Regression) => $regressor,
                    (Self::$family(_), Task::Classification) => $classifier,)*
                }
            }

            /// What the family's parameters take.
            #[must_use]
            pub fn parameters(&self) -> &'static [Parameter] {
                match self { $(Self::$family(_) => $family::PARAMETERS,)* }
            }

            /// All parameters as a run records them, in Python's spelling.
            #[must_use]
            pub fn params(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$family(family) => family.texts(),)* }
            }

            /// Sets one parameter; the error is the rest of a sentence about it.
            fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
                match self { $(Self::$family(family) => family.set(key, text),)* }
            }
        }

        $(impl From<$family> for Algorithm {
            fn from(family: $family) -> Self {
                Self::$family(family)
            }
        })*
    };
}

algorithm! {
    /// Finds family and parameters itself.
    Auto = "auto", "VotingRegressor", "VotingClassifier";
    /// Ordinary least squares.
    Linear = "linear", "LinearRegression", "";
    /// Least squares with small coefficients.
    Ridge = "ridge", "Ridge", "";
    /// Least squares with few and small coefficients.
    ElasticNet = "elastic_net", "ElasticNet", "";
    /// The logarithm of the odds of each class as a line.
    Logistic = "logistic", "", "LogisticRegression";
    /// Nearest neighbours.
    Knn = "knn", "KNeighborsRegressor", "KNeighborsClassifier";
    /// One tree.
    DecisionTree = "decision_tree", "DecisionTreeRegressor", "DecisionTreeClassifier";
    /// Bagged trees.
    RandomForest = "random_forest", "RandomForestRegressor", "RandomForestClassifier";
    /// Boosted trees.
    GradientBoosting = "gradient_boosting", "GradientBoostingRegressor", "GradientBoostingClassifier";
}

impl Algorithm {
    /// Least squares with its defaults.
    #[must_use]
    pub fn linear() -> Self {
        Linear::default().into()
    }

    /// A random forest with its defaults.
    #[must_use]
    pub fn random_forest() -> Self {
        RandomForest::default().into()
    }

    /// Whether the family predicts such things.
    #[must_use]
    pub fn does(&self, task: Task) -> bool {
        !self.estimator(task).is_empty()
    }

    /// The only task that the family does; `None` if it does both.
    #[must_use]
    pub fn only_task(&self) -> Option<Task> {
        match (self.does(Task::Regression), self.does(Task::Classification)) {
            (true, false) => Some(Task::Regression),
            (false, true) => Some(Task::Classification),
            _ => None,
        }
    }

    /// The family called `name` with the given parameters, the others at their defaults.
    ///
    /// # Errors
    ///
    /// Names the unknown family or parameter, or the value that does not fit.
    pub fn from_params(name: &str, params: &BTreeMap<String, String>) -> Result<Self, InvalidValue> {
        let mut algorithm = Self::named(name).ok_or_else(|| {
            let names = Self::NAMES.map(|name| format!("`{name}`")).join(", ");
            InvalidValue::new("model", format!("`{name}` is unknown; there are {names}"))
        })?;
        for (key, text) in params {
            algorithm.set(key, text.trim()).map_err(|problem| {
                InvalidValue::new("parameter", format!("`{key}` of `{name}` {problem}"))
            })?;
        }
        Ok(algorithm)
    }

    /// Checks the rules of all parameters, which values from elsewhere than [`from_params`](Self::from_params) may
    /// break.
    ///
    /// # Errors
    ///
    /// Names the parameter whose value does not fit.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let mut checked = self.clone();
        for (key, text) in self.params() {
            checked.set(key, &text).map_err(|problem| {
                InvalidValue::new("parameter", format!("`{key}` of `{}` {problem}", self.name()))
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parameters_survive_being_written_and_read() {
        let given = [
            (
                "random_forest",
                params(&[("n_estimators", "7"), ("max_depth", "None"), ("max_features", "0.5")]),
            ),
            ("random_forest", params(&[("bootstrap", "False")])),
            (
                "gradient_boosting",
                params(&[("monotone_constraints", "año:1,kilometraje:-1"), ("subsample", "0.5")]),
            ),
            ("knn", params(&[("weights", "distance")])),
        ];
        for (name, given) in given {
            let algorithm = Algorithm::from_params(name, &given).unwrap();
            let written =
                algorithm.params().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            assert_eq!(Algorithm::from_params(name, &written).unwrap(), algorithm);
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
            algorithm.check().unwrap();
        }
    }

    #[test]
    fn tasks_of_earlier_versions_are_still_read() {
        let forest = r#"{"model":"random_forest","n_estimators":50,"max_depth":20,"min_samples_split":5,
            "min_samples_leaf":2,"max_features":"all","bootstrap":true,"random_state":42}"#;
        let read: Algorithm = serde_json::from_str(forest).unwrap();
        let expected = RandomForest {
            n_estimators: 50,
            max_depth: Some(20),
            min_samples_split: 5,
            min_samples_leaf: 2,
            ..RandomForest::default()
        };
        assert_eq!(read, expected.into());
        let linear: Algorithm = serde_json::from_str(r#"{"model":"linear","fit_intercept":false}"#).unwrap();
        assert_eq!(linear, Linear { fit_intercept: false }.into());
    }

    #[test]
    fn wrong_parameters_are_named() {
        let error = |name, pairs: &[(&str, &str)]| {
            Algorithm::from_params(name, &params(pairs)).unwrap_err().to_string()
        };
        assert!(error("forest", &[]).contains("`random_forest`"));
        assert!(error("linear", &[("depth", "1")]).contains("`depth` of `linear` does not exist"));
        assert!(error("random_forest", &[("n_estimators", "0")]).contains("from 1 to 10000"));
        assert!(error("random_forest", &[("max_features", "2")]).contains("share"));
        assert!(error("gradient_boosting", &[("learning_rate", "0")]).contains("above 0"));
        assert!(error("gradient_boosting", &[("learning_rate", "NaN")]).contains("above 0"));
        assert!(error("gradient_boosting", &[("monotone_constraints", "a:2")]).contains("columns"));
        assert!(error("knn", &[("weights", "none")]).contains("`uniform`"));
        let wrong = Algorithm::from(RandomForest { n_estimators: 0, ..RandomForest::default() });
        assert!(wrong.check().unwrap_err().to_string().contains("`n_estimators` of `random_forest`"));
    }
}
