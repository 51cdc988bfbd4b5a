//! Who leads the pair: the register that a third machine keeps, and what each of the two nodes does about it.
//!
//! The rules (`register`, `node`) have no file, no connection, no clock and no chance of their own; a simulation drives them. Around
//! them: the register's file, the witness that keeps it, and the questions to it.
//!
//! **Invariant:** nothing that was acknowledged is lost by a change of leaders, whatever the clocks say; they decide only how soon.

mod ask;
mod follow;
mod lead;
mod local;
mod node;
#[cfg(test)]
mod over_the_wire;
mod register;
#[cfg(test)]
mod simulation;
mod store;
mod tls;
mod wire;
mod witness;
mod words;

pub use ask::{AskError, Client};
pub use local::Local;
pub use node::{Identity, Node};
pub use register::{Answer, Call, CallId, Keeper, Order, Register, Ruling, Verdict};
pub use store::{RegisterFile, StoreError};
pub use tls::{Papers, TlsError, is_named};
pub use wire::Refusal;
pub use witness::{Witness, WitnessError};
pub use words::{Action, Began, Hello, Input, Mode, Saved, Spans, Welcome, Word};

/// A rule that a test breaks to see that it is missed.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// While not in sync the recorded leader alone is granted leadership.
    LeaderAloneWhenNotInSync,
    /// The leader waits for acknowledgements before it declares the pair in sync.
    WaitBeforeInSync,
    /// The leader goes on alone only when the arbiter has written so down.
    DegradeAtTheArbiter,
    /// Who asks for leadership follows nobody any more.
    PromiseBeforeAsking,
    /// An order takes effect on the version that was seen.
    OneVersion,
    /// What a leader gave away it takes back only when the other node cannot take it up any more (`manual`).
    SpeakBeforeLeading,
}
