//! The bytes of a model: mark, version, SHA-256 of the body, body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::{Algorithm, TargetTransform};

use super::{Classifier, Fitted, Model, profile};
use crate::Error;
use crate::preprocess::Encoder;
use crate::ranges::Ranges;

const MARK: &[u8; 8] = b"cuaderno";
/// The version that is written.
const VERSION: u16 = 3;
/// The oldest version that is read.
const VERSION_MIN: u16 = 2;

/// The body. `Algorithm` names its family inside its fields, which postcard cannot read; its parameters as text can
/// be read by every format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    family: Cow<'a, str>,
    params: BTreeMap<String, String>,
    target: Cow<'a, str>,
    classes: Cow<'a, [String]>,
    transform: TargetTransform,
    features: Vec<profile::Stored>,
    /// For each feature its categories; empty for numbers.
    categories: Cow<'a, [Vec<String>]>,
    fitted: Cow<'a, Fitted>,
    ranges: Cow<'a, Option<Ranges>>,
}

/// What version 2 held: no classes, units or quantiles.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
struct SecondBody {
    family: String,
    params: BTreeMap<String, String>,
    target: String,
    transform: TargetTransform,
    features: Vec<profile::Second>,
    categories: Vec<Vec<String>>,
    fitted: Fitted,
    ranges: Option<Ranges>,
}

impl From<SecondBody> for Body<'_> {
    fn from(second: SecondBody) -> Self {
        Self {
            family: second.family.into(),
            params: second.params,
            target: second.target.into(),
            classes: Vec::new().into(),
            transform: second.transform,
            features: second.features.into_iter().map(Into::into).collect(),
            categories: second.categories.into(),
            fitted: Cow::Owned(second.fitted),
            ranges: Cow::Owned(second.ranges),
        }
    }
}

pub(super) fn write(model: &Model) -> Result<Vec<u8>, Error> {
    let params = model.algorithm.params().into_iter().map(|(key, value)| (key.to_owned(), value));
    let body = Body {
        family: model.algorithm.name().into(),
        params: params.collect(),
        target: model.target.as_str().into(),
        classes: model.classes.as_slice().into(),
        transform: model.transform,
        features: model.features().iter().map(Into::into).collect(),
        categories: model.encoder.categories().into(),
        fitted: Cow::Borrowed(&model.fitted),
        ranges: Cow::Borrowed(&model.ranges),
    };
    let body = postcard::to_stdvec(&body).map_err(Error::Writing)?;
    Ok([MARK.as_slice(), &VERSION.to_le_bytes(), &Sha256::digest(&body), &body].concat())
}

pub(super) fn read(bytes: &[u8]) -> Result<Model, Error> {
    let rest = bytes.strip_prefix(MARK).ok_or(Error::NotAModel)?;
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it ends too early"))?;
    let found = u16::from_le_bytes(*version);
    if !(VERSION_MIN..=VERSION).contains(&found) {
        return Err(Error::ModelVersion { found, known: VERSION });
    }
    let (digest, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("it ends too early"))?;
    if Sha256::digest(body).as_slice() != digest {
        return Err(damaged("its checksum does not fit its content"));
    }
    let unreadable = |error: postcard::Error| damaged(&error.to_string());
    let (body, rest) = if found == VERSION {
        postcard::take_from_bytes::<Body<'_>>(body).map_err(unreadable)?
    } else {
        let (second, rest) = postcard::take_from_bytes::<SecondBody>(body).map_err(unreadable)?;
        (second.into(), rest)
    };
    if !rest.is_empty() {
        return Err(damaged("there is something behind it"));
    }
    body.into_model()
}

fn damaged(problem: &str) -> Error {
    Error::ModelDamaged(problem.to_owned())
}

impl Body<'_> {
    /// A checksum keeps accidents out, not forgers: the content is checked as well.
    fn into_model(self) -> Result<Model, Error> {
        let algorithm = Algorithm::from_params(&self.family, &self.params)
            .map_err(|error| damaged(&error.to_string()))?;
        let features = self.features.into_iter().map(Into::into).collect();
        let encoder = Encoder::from_parts(features, self.categories.into_owned());
        let (classes, fitted) = (self.classes.into_owned(), self.fitted.into_owned());
        let feature_count = encoder.features().len();
        let is_family = match &fitted {
            Fitted::Linear(_) => matches!(algorithm, Algorithm::Linear(_)),
            Fitted::Penalised(_) => matches!(algorithm, Algorithm::Ridge(_) | Algorithm::ElasticNet(_)),
            Fitted::Knn(_) | Fitted::Classifier(Classifier::Knn(_)) => matches!(algorithm, Algorithm::Knn(_)),
            Fitted::RandomForest(_) | Fitted::Classifier(Classifier::Forest(_)) => {
                matches!(algorithm, Algorithm::DecisionTree(_) | Algorithm::RandomForest(_))
            }
            Fitted::GradientBoosting(_) | Fitted::Classifier(Classifier::Boosting(_)) => {
                matches!(algorithm, Algorithm::GradientBoosting(_))
            }
            Fitted::Blend(_) => matches!(algorithm, Algorithm::Auto(_)),
            Fitted::Classifier(Classifier::Logistic(_)) => matches!(algorithm, Algorithm::Logistic(_)),
        };
        let is_sound = is_family && fitted.is_sound(feature_count, classes.len());
        let ranges = self.ranges.into_owned();
        if !encoder.is_sound() || !is_sound || !ranges.as_ref().is_none_or(Ranges::is_sound) {
            return Err(damaged("its parts contradict each other"));
        }
        let model = Model::new(algorithm, self.target.into_owned(), classes, self.transform, encoder, fitted);
        Ok(Model { ranges, ..model })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::TrainingSpec;

    use super::*;
    use crate::training::Silent;
    use crate::{Cell, Table, fit, prepare};

    fn model(family: &str) -> Model {
        let table = Table::from_csv(crate::sample::used_cars(200, 5).as_bytes()).unwrap();
        let mut params = BTreeMap::new();
        if ["random_forest", "gradient_boosting"].contains(&family) {
            params.insert("n_estimators".to_owned(), "3".to_owned());
        }
        let algorithm = Algorithm::from_params(family, &params).unwrap();
        let spec = TrainingSpec::new("precio", algorithm);
        fit(&prepare(&spec, &table).unwrap(), &Silent).unwrap().model
    }

    /// A small model of classes.
    fn classifier(family: &str) -> Model {
        let table = Table::from_csv(crate::sample::used_cars(200, 5).as_bytes()).unwrap();
        let mut params = BTreeMap::new();
        if ["random_forest", "gradient_boosting"].contains(&family) {
            params.insert("n_estimators".to_owned(), "3".to_owned());
        }
        let algorithm = Algorithm::from_params(family, &params).unwrap();
        let spec = TrainingSpec {
            excluded: vec!["precio".to_owned()],
            ..TrainingSpec::new("tipo_combustible", algorithm)
        };
        fit(&prepare(&spec, &table).unwrap(), &Silent).unwrap().model
    }

    const CLASSIFIERS: [&str; 5] = ["logistic", "knn", "decision_tree", "random_forest", "gradient_boosting"];

    /// Families that are fitted; `auto` becomes one of them.
    const FAMILIES: [&str; 7] =
        ["linear", "ridge", "elastic_net", "knn", "decision_tree", "random_forest", "gradient_boosting"];

    /// A file whose checksum fits, whatever the body is.
    fn forged(body: &[u8]) -> Vec<u8> {
        [MARK.as_slice(), &VERSION.to_le_bytes(), &Sha256::digest(body), body].concat()
    }

    #[test]
    fn models_survive_being_written_and_read() {
        for family in FAMILIES {
            let model = Model { ranges: Ranges::fit(&[(3.0, 4.0); 30]), ..model(family) };
            let read = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
            assert_eq!(read, model);
            let cells = [Cell::Text("Toyota"), Cell::Text("nave espacial"), Cell::Number(2020.0)];
            assert_eq!(read.predict_row(&cells).to_bits(), model.predict_row(&cells).to_bits());
        }
    }

    #[test]
    fn classifiers_survive_being_written_and_read() {
        for family in CLASSIFIERS {
            let model = classifier(family);
            let read = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
            assert_eq!(read, model);
            let cells = [Cell::Text("Toyota"), Cell::Text("nave espacial"), Cell::Number(2020.0)];
            assert_eq!(read.answer(&cells), model.answer(&cells));
        }
    }

    #[test]
    fn files_of_version_two_are_still_read() {
        for family in FAMILIES {
            let model = model(family);
            let params = model.algorithm.params().into_iter();
            let body = SecondBody {
                family: model.algorithm.name().to_owned(),
                params: params.map(|(key, value)| (key.to_owned(), value)).collect(),
                target: model.target.clone(),
                transform: model.transform,
                features: model.features().iter().map(Into::into).collect(),
                categories: model.encoder.categories().to_vec(),
                fitted: model.fitted.clone(),
                ranges: None,
            };
            let body = postcard::to_stdvec(&body).unwrap();
            let file = [MARK.as_slice(), &2_u16.to_le_bytes(), &Sha256::digest(&body), &body].concat();
            let read = Model::from_bytes(&file).unwrap();
            let cells = [Cell::Text("Toyota"), Cell::Text("nave espacial"), Cell::Number(2020.0)];
            assert_eq!(read.predict_row(&cells).to_bits(), model.predict_row(&cells).to_bits());
            assert!(read.features()[0].quantiles.is_empty());
        }
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let bytes = model("random_forest").to_bytes().unwrap();
        for place in (0..bytes.len()).step_by(bytes.len() / 200 + 1).chain(0..50) {
            let mut changed = bytes.clone();
            changed[place] ^= 0x10;
            let error = Model::from_bytes(&changed).unwrap_err();
            assert!(!error.is_about_input());
            assert!(Model::from_bytes(&bytes[..place]).is_err());
        }
        assert!(matches!(Model::from_bytes(b"PK\x03\x04"), Err(Error::NotAModel)));
        let mut newer = bytes;
        newer[8] = 9;
        assert!(matches!(Model::from_bytes(&newer), Err(Error::ModelVersion { found: 9, known: 3 })));
    }

    #[test]
    fn forged_bodies_are_refused_or_harmless() {
        let models = FAMILIES.map(model).into_iter().chain(CLASSIFIERS.map(classifier));
        for model in models {
            let bytes = model.to_bytes().unwrap();
            let body = &bytes[42..];
            assert_eq!(forged(body), bytes);
            for place in (0..body.len()).step_by(body.len() / 3_000 + 1) {
                for change in [0x01, 0x80, 0xff] {
                    let mut body = body.to_vec();
                    body[place] ^= change;
                    if let Ok(model) = Model::from_bytes(&forged(&body)) {
                        let _ = model.predict_row(&[Cell::Text("Kia"), Cell::Missing, Cell::Number(1e300)]);
                        let _ = model.answer(&[Cell::Text("Kia"), Cell::Missing, Cell::Number(1e300)]);
                        let _ = model.importance();
                    }
                }
            }
            assert!(Model::from_bytes(&forged(&[body, b"x"].concat())).is_err());
        }
    }

    proptest! {
        #[test]
        fn garbage_is_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Model::from_bytes(&body).is_err());
            prop_assert!(Model::from_bytes(&forged(&body)).is_err());
        }
    }
}
