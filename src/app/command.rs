//! What the command line may ask of the program, whether it runs already or is started for this one act.
//!
//! A new command is a variant of [`Command`], a line in `office::Office::run`, and a file in `cli` that fills it in and prints
//! its [`Outcome`]. A file that the command is about travels as the order's payload, so that the server never opens a path that
//! it may not read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::archive::Target;
use crate::backup::Source;
use crate::base::Moment;

/// One act that changes data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Makes the file of the city with this six-digit code.
    MunicipalityAdd {
        /// Six-digit code.
        code: String,
    },
    /// Says that this node's file of the city with this slug is the true one, whatever the other node of the pair has.
    MunicipalityAccept {
        /// Slug of the city.
        municipality: String,
    },
    /// Reads the file of cards, bookings or card states that travels with the order.
    Import {
        /// Slug of the city.
        municipality: String,
        /// How the file is laid out; without it, the standard layout of cards.
        profile: Option<Layout>,
        /// Name of the file, for the list of runs.
        file_name: String,
        /// Whether nothing shall be written.
        dry_run: bool,
        /// Whether good rows are taken when others are bad.
        skip_errors: bool,
        /// Whether bookings may take more seats than a slot has.
        over_capacity: bool,
    },
    /// Adds a member of staff. The payload is their first password; empty when one is to be drawn.
    StaffAdd {
        /// Slug of the city.
        municipality: String,
        /// User ID.
        user: String,
        /// Name.
        name: String,
        /// Code of the role.
        role: String,
    },
    /// Closes the citizens' pages of a city from now on.
    MaintenanceOn {
        /// Slug of the city.
        municipality: String,
        /// Why.
        reason: String,
        /// Until when, if that is known.
        until: Option<Moment>,
    },
    /// Opens them again.
    MaintenanceOff {
        /// Slug of the city.
        municipality: String,
    },
    /// Takes in the bounce that travels with the order.
    MailBounce {
        /// Slug of the city.
        municipality: String,
    },
    /// Takes a copy of a city, or of all.
    BackupNow {
        /// Slug of the city; none = every configured one.
        municipality: Option<String>,
    },
    /// Puts a copy in the place of a city's file.
    Restore {
        /// Slug of the city.
        municipality: String,
        /// Which copy.
        source: CopyOf,
        /// File of the private key, where the configuration names none or another.
        identity: Option<PathBuf>,
        /// Whether a file that is there is put aside.
        put_aside: bool,
    },
    /// Tells how the pair stands.
    ReplicateStatus,
    /// Has what this node holds compared with the leader's.
    ReplicateRejoin {
        /// Whether its files are set aside whole before.
        full: bool,
    },
    /// Makes this node lead; a leader hands over.
    Promote {
        /// By what right.
        by: Promotion,
        /// The cluster, once more, where writes may be lost.
        confirm: Option<String>,
    },
    /// Gives a member of staff a first password again. The payload is the password; empty when one is to be drawn.
    StaffReset {
        /// Slug of the city.
        municipality: String,
        /// User ID.
        user: String,
    },
}

impl Command {
    /// Whether it is about the pair, and can be carried out on a node that does not lead.
    pub fn is_about_pair(&self) -> bool {
        matches!(self, Self::ReplicateStatus | Self::ReplicateRejoin { .. } | Self::Promote { .. })
    }
}

/// By what right a node is made to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promotion {
    /// The leader hands over: nothing is lost.
    HandOff,
    /// The other node is off and does not lead (`manual`): the recorded leader goes on alone.
    Alone,
    /// The leader is lost, and acknowledged writes may be lost with it.
    AcceptDataLoss,
    /// The same where nobody else knows who leads (`manual`).
    OldLeaderIsOff,
}

/// How a file is laid out that is to be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The standard layout of files of this kind: `card`, `booking` or `card_status`.
    Standard(String),
    /// As the newest version of the city's profile with this name says.
    Saved(String),
    /// As this profile says, which is TOML and is saved in the city under its own name.
    Written(String),
}

/// Which copy is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyOf {
    /// The newest that nothing is wrong with.
    Newest,
    /// The one with this name.
    Named(String),
    /// This file.
    File(PathBuf),
    /// What the archive holds, up to a commit or a moment; neither = the newest.
    Archive {
        /// No commit after this moment.
        at: Option<Moment>,
        /// No commit after this number.
        commit_no: Option<u64>,
    },
}

impl From<CopyOf> for Source {
    fn from(copy: CopyOf) -> Self {
        match copy {
            CopyOf::Newest => Self::Newest,
            CopyOf::Named(name) => Self::Named(name),
            CopyOf::File(path) => Self::File(path),
            CopyOf::Archive { commit_no: Some(number), .. } => Self::Archive(Target::Commit(number)),
            CopyOf::Archive { at: Some(at), .. } => Self::Archive(Target::At(at)),
            CopyOf::Archive { .. } => Self::Archive(Target::Newest),
        }
    }
}

/// A command with the file that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is to be done.
    pub command: Command,
    /// The bytes that it is about; empty for most.
    pub payload: Vec<u8>,
}

impl From<Command> for Order {
    fn from(command: Command) -> Self {
        Self { command, payload: Vec::new() }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the exit is 0; a dry run that found wrong rows is done and not fine.
    pub fine: bool,
    /// Lines for people.
    pub lines: Vec<String>,
    /// The same for programs.
    pub report: serde_json::Value,
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", content = "message", rename_all = "snake_case")]
pub enum Refused {
    /// The call is wrong: exit 2.
    #[error("{0}")]
    Call(String),
    /// It was refused or failed: exit 1.
    #[error("{0}")]
    Wrong(String),
}

impl Refused {
    /// It was refused or failed, for this reason.
    pub fn wrong(why: &impl ToString) -> Self {
        Self::Wrong(why.to_string())
    }
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub done: u64,
    /// Of how much; 0 while that is unknown.
    pub of: u64,
}

/// Where a command tells how far it has come. Cheap; only the last word counts.
#[derive(Clone, Debug)]
pub struct Progress(watch::Sender<Step>);

impl Progress {
    /// A new one, and where it is heard.
    pub fn new() -> (Self, watch::Receiver<Step>) {
        let (sender, receiver) = watch::channel(Step::default());
        (Self(sender), receiver)
    }

    /// Tells that `done` of `of` is done.
    pub fn at(&self, done: u64, of: u64) {
        self.0.send_replace(Step { done, of });
    }
}
