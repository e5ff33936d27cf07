//! Invented names for runs that were not given one.

use types::{InvalidValue, RunName};

const ADJECTIVES: [&str; 32] = [
    "amber", "brave", "bright", "calm", "clever", "coastal", "crisp", "curious", "daring", "eager", "early",
    "fair", "gentle", "golden", "honest", "keen", "kind", "lively", "lucky", "mellow", "nimble", "patient",
    "polite", "proud", "quick", "quiet", "rapid", "steady", "sunny", "tidy", "warm", "wise",
];

const NOUNS: [&str; 32] = [
    "almond", "badger", "beacon", "cedar", "comet", "condor", "coral", "falcon", "fjord", "heron", "iris",
    "jaguar", "kestrel", "lagoon", "lark", "lynx", "maple", "marten", "meadow", "olive", "orca", "otter",
    "pampas", "puma", "quetzal", "raven", "sierra", "swift", "tapir", "tern", "vicuna", "willow",
];

/// A name such as `calm-otter-417`, chosen by the bits of the run's identifier.
pub(crate) fn run_name(bits: u128) -> Result<RunName, InvalidValue> {
    let pick = |shift: u32, count: u128| usize::try_from((bits >> shift) % count).unwrap_or(0);
    let (adjective, noun) = (ADJECTIVES[pick(0, 32)], NOUNS[pick(8, 32)]);
    RunName::parse(&format!("{adjective}-{noun}-{}", pick(16, 1000)))
}
