//! What a node needs from the outside, what it hears, and what others see of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::arbiter::{Answer, Call, Saved};
use crate::standby::marks::Marks;
use crate::standby::message::{Intro, Message};
use crate::standby::pipe::Copied;
use crate::standby::post::Post;
use crate::standby::report::{Board, Why};
use crate::standby::serving::Serving;

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It follows, or waits to.
    #[default]
    Following,
    /// It leads in this epoch; its data may be opened.
    Leading(u64),
    /// It led, and another node does now.
    Fenced,
    /// Its data cannot be gone on with.
    Broken,
}

/// What others see of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub standing: Standing,
    /// Whether pages may be served and mail sent.
    pub may_serve: bool,
    /// Whether the other node holds everything.
    pub in_sync: bool,
}

type Asking = Pin<Box<dyn Future<Output = Option<Answer>> + Send>>;

/// Asks the arbiter.
pub type Ask = dyn Fn(Call) -> Asking + Send;

/// Copies a city's file at one commit to a path. `NotFound` when there is none, `InvalidData` when it cannot be opened.
pub type Copies = dyn Fn(&str, &std::path::Path) -> std::io::Result<Copied> + Send + Sync;

/// What a node that has just started found of a city's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file with this id.
    Known(String),
    /// One that this node cannot take the city along with.
    Unfit(Why),
}

/// What a node needs from the outside.
pub struct Outside {
    /// Asks the arbiter.
    pub ask: Box<Ask>,
    /// Copies a city's file.
    pub copies: Arc<Copies>,
    /// Makes what is kept over a restart durable.
    pub save: Box<dyn Fn(Saved) -> std::io::Result<()> + Send>,
    /// What is kept about single cities.
    pub marks: Marks,
    /// The cities that are taken along.
    pub cities: Vec<String>,
    /// What was found of those that the holder does not know.
    pub found: BTreeMap<String, Found>,
    /// The version of the schema that this build knows.
    pub schema: i64,
    /// Where copies are made.
    pub scratch: PathBuf,
    /// Where it is shown how things stand.
    pub board: Board,
    /// Where it is told whether pages may be served.
    pub serving: Serving,
    /// What else is known, and told to the other node.
    pub post: Post,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("cities", &self.cities).finish_non_exhaustive()
    }
}

/// What the link tells.
#[derive(Debug)]
pub enum Line {
    /// The other node is reached; messages to it go here.
    Up(mpsc::UnboundedSender<Message>, Intro),
    /// It said something.
    Heard(Message),
    /// It is gone.
    Down,
}

/// What people want of the node.
#[derive(Debug)]
pub enum Wish {
    /// The cities may be opened: the other node may be taken along.
    Ready,
    /// The roles shall be changed: a leader hands over, a node that follows asks its leader to.
    HandOver,
    /// The other node is off, and does not lead (`manual`).
    Alone,
    /// This node shall lead, although acknowledged writes may be left behind.
    Seize,
    /// What this node holds is doubted: its pages are compared; if `full`, its files are set aside whole before.
    Rejoin {
        /// Whether.
        full: bool,
    },
    /// Says whether this node leads, found out after this was asked.
    Confirm(oneshot::Sender<bool>),
    /// This node's file of this city is the true one, whatever the other one has.
    Accept(String),
    /// A node that does not lead ends, so that its next start is quick.
    Rest,
}
