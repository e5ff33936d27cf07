//! Who is calling, with what at hand.

use types::Millis;
use types::car::Calendar;
use uuid::Uuid;

use crate::engine::Engine;
use crate::serving::Serving;

/// Who asks for an operation. Accounts will add to it; until then everybody who reaches a door may do
/// everything, which is why the server listens on loopback only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The person at the command line of this machine.
    Local,
    /// Somebody behind a network door.
    Anonymous,
}

impl Caller {
    /// The name that records keep; empty if unknown.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Anonymous => "",
        }
    }
}

/// One request or command: the engine and its caller.
#[derive(Debug, Clone)]
pub struct Ctx {
    engine: Engine,
    caller: Caller,
}

impl Ctx {
    /// A request of `caller`.
    #[must_use]
    pub fn new(engine: Engine, caller: Caller) -> Self {
        Self { engine, caller }
    }

    /// A command of the person at this machine.
    #[must_use]
    pub fn local(engine: Engine) -> Self {
        Self::new(engine, Caller::Local)
    }

    /// Who is calling.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.engine.now()
    }

    /// What the rules of a car need to know about today.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        Calendar { current_year: self.now().year() }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn store(&self) -> &store::Store {
        self.engine.store()
    }

    pub(crate) fn serving(&self) -> &Serving {
        self.engine.serving()
    }

    /// 128 random bits for a new identifier.
    #[expect(clippy::unused_self, reason = "randomness comes from the context, as the clock does")]
    pub(crate) fn new_id(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }
}
