//! What doors need to know about a failure.

use serde::{Deserialize, Serialize};

/// The part of an error that a door turns into a status, an error code or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorKind {
    /// Nothing with this identifier.
    NotFound,
    /// The name is taken.
    AlreadyExists,
    /// Single fields are wrong; the door lists them.
    Invalid,
    /// A rule about the matter or across fields is broken; one sentence says which.
    Rule,
    /// A file of a kind that is not read here.
    Unsupported,
    /// More than is taken.
    TooLarge,
    /// Well formed, but not in the current state.
    Conflict,
    /// The caller is unknown.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// Cannot answer yet: no champion, or draining.
    NotReady,
    /// Too much at once; nothing happened and trying again is safe.
    Busy,
    /// Our own fault.
    Internal,
}
