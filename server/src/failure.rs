//! How the program ends when something went wrong.

use std::io::{self, Write, stderr};
use std::process::ExitCode;

use types::{ErrorKind, InvalidValue, Language};

use crate::commands::{Ended, Stopped, Usage};
use crate::config::ConfigError;
use crate::http::listeners::ListenError;

/// Well asked, but not possible: not there, taken, not now.
const NOT_DONE: u8 = 1;
/// The input is wrong.
const WRONG_INPUT: u8 = 2;
/// Our own fault.
const INTERNAL: u8 = 3;
/// Ended by a second signal; what shells report for Ctrl-C.
const CUT_SHORT: u8 = 130;

/// Writes one message to standard error and chooses the exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    // `cuaderno runs list | head` closes the pipe early; that is no failure.
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let code = code(error);
    // If standard error is gone too, there is nobody left to tell.
    let _ = writeln!(stderr(), "error: {}", message(error, code));
    ExitCode::from(code)
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn code(error: &anyhow::Error) -> u8 {
    if error.is::<Stopped>() {
        CUT_SHORT
    } else if error.is::<Usage>() || error.is::<InvalidValue>() || error.is::<ConfigError>() {
        WRONG_INPUT
    } else if error.is::<Ended>() {
        NOT_DONE
    } else if let Some(error) = error.downcast_ref::<ListenError>() {
        if matches!(error, ListenError::BeyondLoopback(_)) { WRONG_INPUT } else { NOT_DONE }
    } else if let Some(error) = error.downcast_ref::<domain::Error>() {
        match error.kind() {
            ErrorKind::Invalid | ErrorKind::Rule | ErrorKind::Unsupported | ErrorKind::TooLarge => {
                WRONG_INPUT
            }
            ErrorKind::Internal => INTERNAL,
            ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::Conflict
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotReady
            | ErrorKind::Busy => NOT_DONE,
        }
    } else {
        INTERNAL
    }
}

/// The sentence for the person at the terminal. Unlike a client on the network, that person sees the causes
/// of internal errors.
fn message(error: &anyhow::Error, code: u8) -> String {
    match error.downcast_ref::<domain::Error>() {
        Some(error) if code != INTERNAL => error.public_message(Language::En),
        _ => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_code_tells_who_has_to_act() {
        let domain = |kind: domain::Error| code(&anyhow::Error::from(kind));
        assert_eq!(domain::Error::NoChampion.kind(), ErrorKind::NotReady);
        assert_eq!(domain(domain::Error::NoChampion), NOT_DONE);
        assert_eq!(domain(domain::Error::Rule("no".to_owned())), WRONG_INPUT);
        assert_eq!(code(&Usage("no".to_owned()).into()), WRONG_INPUT);
        let io = Err::<(), _>(io::Error::other("disk")).context("store").unwrap_err();
        assert_eq!(code(&io), INTERNAL);
        assert_eq!(message(&io, INTERNAL), "store: disk");
    }
}
