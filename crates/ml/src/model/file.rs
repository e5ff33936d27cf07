//! The bytes of a model: mark, version, SHA-256 of the body, body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::{Algorithm, TargetTransform};

use super::{Fitted, Model};
use crate::Error;
use crate::preprocess::Encoder;
use crate::ranges::Ranges;

const MARK: &[u8; 8] = b"cuaderno";
const VERSION: u16 = 2;

/// The body. `Algorithm` names its family inside its fields, which postcard cannot read; its parameters as text can
/// be read by every format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    family: Cow<'a, str>,
    params: BTreeMap<String, String>,
    target: Cow<'a, str>,
    transform: TargetTransform,
    encoder: Cow<'a, Encoder>,
    fitted: Cow<'a, Fitted>,
    ranges: Cow<'a, Option<Ranges>>,
}

pub(super) fn write(model: &Model) -> Result<Vec<u8>, Error> {
    let params = model.algorithm.params().into_iter().map(|(key, value)| (key.to_owned(), value));
    let body = Body {
        family: model.algorithm.name().into(),
        params: params.collect(),
        target: model.target.as_str().into(),
        transform: model.transform,
        encoder: Cow::Borrowed(&model.encoder),
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
    if found != VERSION {
        return Err(Error::ModelVersion { found, known: VERSION });
    }
    let (digest, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("it ends too early"))?;
    if Sha256::digest(body).as_slice() != digest {
        return Err(damaged("its checksum does not fit its content"));
    }
    let (body, rest): (Body<'_>, _) =
        postcard::take_from_bytes(body).map_err(|error| damaged(&error.to_string()))?;
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
        let (encoder, fitted) = (self.encoder.into_owned(), self.fitted.into_owned());
        let feature_count = encoder.features().len();
        let is_family = matches!(
            (&algorithm, &fitted),
            (Algorithm::Linear(_), Fitted::Linear(_))
                | (Algorithm::Ridge(_) | Algorithm::ElasticNet(_), Fitted::Penalised(_))
                | (Algorithm::Knn(_), Fitted::Knn(_))
                | (Algorithm::DecisionTree(_) | Algorithm::RandomForest(_), Fitted::RandomForest(_))
                | (Algorithm::GradientBoosting(_), Fitted::GradientBoosting(_))
                | (Algorithm::Auto(_), Fitted::Blend(_))
        );
        let is_sound = is_family && fitted.is_sound(feature_count);
        let ranges = self.ranges.into_owned();
        if !encoder.is_sound() || !is_sound || !ranges.as_ref().is_none_or(Ranges::is_sound) {
            return Err(damaged("its parts contradict each other"));
        }
        let model = Model::new(algorithm, self.target.into_owned(), self.transform, encoder, fitted);
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
        assert!(matches!(Model::from_bytes(&newer), Err(Error::ModelVersion { found: 9, known: 2 })));
    }

    #[test]
    fn forged_bodies_are_refused_or_harmless() {
        for family in FAMILIES {
            let bytes = model(family).to_bytes().unwrap();
            let body = &bytes[42..];
            assert_eq!(forged(body), bytes);
            for place in (0..body.len()).step_by(body.len() / 3_000 + 1) {
                for change in [0x01, 0x80, 0xff] {
                    let mut body = body.to_vec();
                    body[place] ^= change;
                    if let Ok(model) = Model::from_bytes(&forged(&body)) {
                        let _ = model.predict_row(&[Cell::Text("Kia"), Cell::Missing, Cell::Number(1e300)]);
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
