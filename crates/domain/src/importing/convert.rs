//! Records as they were found become values of ours, or faults.

use moving::record::{self, Fault, Pairs};
use types::{
    DatasetDetails, DatasetInput, Direction, ExperimentId, Goal, Lifecycle, MetricKey, Millis, ModelRole,
    Param, ParamKey, RUN_NAME_TAG, Run, RunId, RunModel, RunName, RunStatus, Tag, TagKey,
};

use crate::{Result, names};

/// Label of a dataset's use that says what for.
pub(crate) const CONTEXT_TAG: &str = "mlflow.data.context";

/// Longest name of a run, in bytes.
const RUN_NAME_MAX: usize = 250;

/// The tags that can be kept.
pub(super) fn tags(pairs: &Pairs, faults: &mut Vec<Fault>) -> Vec<Tag> {
    let tag = |(key, value): &(String, String)| {
        let fault = |why: String| Fault::new(format!("tag `{key}`"), why);
        let parsed = TagKey::parse(key).map_err(|error| fault(format!("its key {}", error.problem)))?;
        if value.contains('\0') {
            return Err(fault(ZERO.to_owned()));
        }
        Ok(Tag { key: parsed, value: value.clone() })
    };
    kept(pairs.iter().map(tag), faults)
}

/// What the runs of an experiment are ranked by, if that can be.
pub(super) fn goal(goal: &record::Goal) -> Option<Goal> {
    let direction = match goal.direction.as_str() {
        "minimize" => Direction::Minimize,
        "maximize" => Direction::Maximize,
        _ => return None,
    };
    Some(Goal { metric: MetricKey::parse(&goal.metric).ok()?, direction })
}

const ZERO: &str = "its value contains the character U+0000";

pub(super) fn params(pairs: &Pairs, faults: &mut Vec<Fault>) -> Vec<Param> {
    let param = |(key, value): &(String, String)| {
        let fault = |why: String| Fault::new(format!("param `{key}`"), why);
        let parsed = ParamKey::parse(key).map_err(|error| fault(format!("its key {}", error.problem)))?;
        if value.contains('\0') {
            return Err(fault(ZERO.to_owned()));
        }
        Ok(Param { key: parsed, value: value.clone() })
    };
    kept(pairs.iter().map(param), faults)
}

fn kept<T>(results: impl Iterator<Item = std::result::Result<T, Fault>>, faults: &mut Vec<Fault>) -> Vec<T> {
    results.filter_map(|result| result.map_err(|fault| faults.push(fault)).ok()).collect()
}

/// A run that is beginning to come in: everything but its history, at work and not deleted.
pub(super) fn run(
    id: &RunId,
    experiment: ExperimentId,
    foreign: &record::Run,
    faults: &mut Vec<Fault>,
) -> Result<Run> {
    let name = name(id, foreign, faults)?;
    let mut tags = tags(&foreign.tags, faults);
    tags.retain(|tag| tag.key.as_str() != RUN_NAME_TAG);
    tags.push(Tag { key: TagKey::parse(RUN_NAME_TAG)?, value: name.to_string() });
    let mut inputs = Vec::new();
    for dataset in &foreign.datasets {
        match input(dataset) {
            Some(input) => inputs.push(input),
            None => faults.push(Fault::new(
                format!("dataset `{}`", dataset.name.replace('\0', "")),
                "one of its texts contains the character U+0000",
            )),
        }
    }
    Ok(Run {
        id: id.clone(),
        experiment_id: experiment,
        name,
        status: RunStatus::Running,
        lifecycle: Lifecycle::Active,
        user: foreign.user.replace('\0', ""),
        started_at: Millis(foreign.started_at.or(foreign.ended_at).unwrap_or(0)),
        ended_at: None,
        metrics: Vec::new(),
        params: params(&foreign.params, faults),
        tags,
        inputs,
        models: Vec::new(),
    })
}

/// The name of a run, made one if it is none.
fn name(id: &RunId, foreign: &record::Run, faults: &mut Vec<Fault>) -> Result<RunName> {
    let tagged = foreign.tags.iter().find(|(key, _)| key == RUN_NAME_TAG).map(|(_, value)| value.as_str());
    let given = if foreign.name.is_empty() { tagged.unwrap_or_default() } else { &foreign.name };
    let invented =
        || -> Result<RunName> { Ok(names::run_name(u128::from_str_radix(id.as_str(), 16).unwrap_or(0))?) };
    if given.is_empty() {
        return invented();
    }
    let error = match RunName::parse(given) {
        Ok(name) => return Ok(name),
        Err(error) => error,
    };
    let mut cleaned: String = given.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = (0..=RUN_NAME_MAX.min(cleaned.len())).rev().find(|end| cleaned.is_char_boundary(*end));
    cleaned.truncate(end.unwrap_or(0));
    let name = RunName::parse(&cleaned).map_or_else(|_| invented(), Ok)?;
    faults.push(Fault::new("name", format!("it {}; the run has a changed one", error.problem)));
    Ok(name)
}

fn input(dataset: &record::Dataset) -> Option<DatasetInput> {
    let record::Dataset { name, digest, source_type, source, schema, profile, tags } = dataset.clone();
    let context = tags.iter().find(|(key, _)| key == CONTEXT_TAG).map(|(_, value)| value.clone());
    let tags: Pairs = tags.into_iter().filter(|(key, _)| key != CONTEXT_TAG).collect();
    let texts =
        [&name, &digest, &source_type, &source].into_iter().chain(&context).chain(&schema).chain(&profile);
    let labels = tags.iter().flat_map(|(key, value)| [key, value]);
    let has_zero = texts.chain(labels).any(|text| text.contains('\0'));
    let details = DatasetDetails { source_type, source, schema, profile, tags };
    // MLflow always names a source; a dataset without one was never described.
    let is_described = !details.source_type.is_empty() || !details.source.is_empty();
    let details = (is_described || details.schema.is_some() || details.profile.is_some()).then_some(details);
    let input = DatasetInput { name, digest, context: context.unwrap_or_default(), details };
    (!has_zero).then_some(input)
}

/// What a run read and made.
pub(super) fn links(links: &[record::ModelLink]) -> Vec<RunModel> {
    let link = |link: &record::ModelLink| RunModel {
        model_id: link.model_id.clone(),
        role: if link.role == record::Role::Input { ModelRole::Input } else { ModelRole::Output },
        step: link.step,
    };
    links.iter().map(link).collect()
}

/// The state of a run when all of it is here.
pub(super) fn end(foreign: &record::Run, faults: &mut Vec<Fault>) -> store::RunEnd {
    let status = RunStatus::from_name(&foreign.status).unwrap_or_else(|| {
        faults.push(Fault::new("state", format!("`{}` is none; the run counts as at work", foreign.status)));
        RunStatus::Running
    });
    let deleted_at = foreign.deleted_at.or(foreign.ended_at).or(foreign.started_at).unwrap_or(0);
    store::RunEnd {
        status,
        ended_at: foreign.ended_at.map(Millis),
        deleted_at: foreign.is_deleted.then_some(Millis(deleted_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_breaks_a_rule_is_left_out_and_told() {
        let foreign = record::Run {
            name: "line 1\nline 2".to_owned(),
            params: pairs(&[("lr", "0.1"), ("bad(key)", "1"), ("zero", "a\0b")]),
            tags: pairs(&[("mlflow.runName", "old"), ("ok", "1"), ("..", "2")]),
            ..record::Run::default()
        };
        let mut faults = Vec::new();
        let run = run(&RunId::from_bits(7), ExperimentId(1), &foreign, &mut faults).unwrap();
        assert_eq!(run.name.as_str(), "line 1 line 2");
        assert_eq!(run.param("lr"), Some("0.1"));
        assert_eq!(run.params.len(), 1);
        assert_eq!((run.tag("mlflow.runName"), run.tag("ok")), (Some("line 1 line 2"), Some("1")));
        let told: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.what, fault.why)).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told.iter().any(|line| line.starts_with("param `bad(key)`: its key contains")), "{told:?}");
    }

    #[test]
    fn a_run_without_a_name_is_given_the_same_one_each_time() {
        let foreign = record::Run::default();
        let named = || run(&RunId::from_bits(9), ExperimentId(1), &foreign, &mut Vec::new()).unwrap().name;
        assert_eq!(named(), named());
    }
}
