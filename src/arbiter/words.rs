//! What a node hears and what it does about it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::register::{Answer, Call};

/// What the two nodes say to each other. Each word names the epoch that its sender knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A node that does not lead asks the leader to be taken along.
    Hello(Hello),
    /// The leader takes the node along.
    Welcome(Welcome),
    /// Commits up to `txid` go with this word.
    Frame {
        /// The leader's epoch.
        epoch: u64,
        /// The number of the last commit in it.
        txid: u64,
    },
    /// Everything up to `txid` is durable on the node that follows.
    Ack {
        /// The leader's epoch.
        epoch: u64,
        /// The hello that this following began with.
        nonce: u64,
        /// The last durable commit.
        txid: u64,
    },
    /// The sender knows a newer epoch.
    Nack {
        /// That epoch.
        epoch: u64,
    },
    /// The leader lives.
    Ping {
        /// Its epoch.
        epoch: u64,
        /// Its time when it sent this; comes back in the pong.
        sent_ms: u64,
    },
    /// The node that follows has heard the leader, and will not ask for leadership for a while.
    Pong {
        /// The leader's epoch.
        epoch: u64,
        /// The leader's time out of its ping.
        sent_ms: u64,
    },
    /// The leader has stopped with everything acknowledged: lead now.
    HandOff {
        /// Its epoch.
        epoch: u64,
        /// The last commit there is.
        txid: u64,
        /// The register's version.
        version: u64,
        /// The cities that the pair does not hold alike, each with the node whose file is the true one.
        #[serde(default)]
        exceptions: BTreeMap<String, String>,
    },
    /// The node that follows is wanted to lead: hand over.
    Wanted {
        /// The leader's epoch.
        epoch: u64,
    },
    /// The sender neither leads nor follows (`manual`): it cannot take up any more what it was handed before.
    Idle {
        /// The hello that it answers.
        nonce: u64,
        /// The newest epoch that the sender knows.
        epoch: u64,
    },
}

/// A node asks to be taken along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Names this attempt.
    pub nonce: u64,
    /// The newest epoch that the node knows.
    pub epoch: u64,
    /// The version on which it asked for leadership, if it did: only a newer version frees it to follow.
    pub promised: Option<u64>,
    /// Cities that it cannot take along.
    pub unfit: BTreeSet<String>,
    /// Whether its log goes over into the leader's without a break. The leader's side finds out.
    #[serde(skip)]
    pub fits: bool,
}

/// The leader takes a node along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The hello that it answers.
    pub nonce: u64,
    /// The leader's epoch.
    pub epoch: u64,
    /// The register's version that the leader knows.
    pub version: u64,
    /// Whether the log is continued; otherwise pages are compared and sent.
    pub streams: bool,
    /// Cities that are left out from now on, each with the node whose file is the true one. Any other is taken along whole.
    pub left_out: BTreeMap<String, String>,
    /// The files of the node that follows may hold acknowledged writes that people gave up: they are set aside whole.
    #[serde(default)]
    pub sets_aside: bool,
}

/// What happens to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time went on.
    Tick,
    /// The other node can be reached.
    Linked,
    /// The connection to the other node is lost, or what came over it has a gap.
    Unlinked,
    /// The other node said something.
    Heard(Word),
    /// The arbiter answered.
    Answered(Answer),
    /// The arbiter cannot be reached, or gave no answer that can be used; nobody knows whether the order was carried out.
    Unanswered,
    /// The leader committed up to this number.
    Committed(u64),
    /// No more writes are taken; this was the last.
    Drained(u64),
    /// Everything up to this number is durable here, and nothing is missing before it.
    Stored {
        /// The hello of the following in which it came.
        nonce: u64,
        /// The last durable commit.
        txid: u64,
    },
    /// Cities that cannot be taken along from now on.
    Unfit(BTreeSet<String>),
    /// People say that the leader's own file of this city is the true one from now on.
    Accept(String),
    /// The operator wants the roles changed: the leader hands over, the other node asks it to.
    HandOver,
    /// The operator says that the other node is off, and does not lead (`manual`).
    Alone,
    /// The operator wants this node to lead, and takes it that acknowledged writes may be left behind.
    Seize,
    /// Somebody wants to know for certain whether this node leads now.
    Confirm,
}

/// What a node keeps over a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The newest epoch that it knows.
    pub epoch: u64,
    /// Whether pages were being replaced: the files are of no use until that was done anew.
    pub torn: bool,
    /// Whether the files that are there are to be set aside whole before pages are replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sets_aside: bool,
}

/// How a node came to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Began {
    /// It led before, and nobody has meanwhile.
    Resumed,
    /// The leader before handed over.
    HandedOver,
    /// The leader before was lost.
    TookOver,
    /// People made it lead, and took it that acknowledged writes may be left behind.
    Seized,
}

/// What a node does, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make this durable before anything that follows.
    Save(Saved),
    /// Say this to the other node, if it can be reached.
    Say(Word),
    /// Ask the arbiter.
    Ask(Call),
    /// Lead: redo what is left, open the cities but those that another node holds.
    Lead {
        /// The epoch.
        epoch: u64,
        /// Cities with the node whose file is the true one.
        exceptions: BTreeMap<String, String>,
    },
    /// Commits up to this number count: answer who waits for them.
    Acknowledge(u64),
    /// Take no more writes; say `Drained` when the last one is through.
    Drain,
    /// The other node did not take over: take writes again.
    Resume,
    /// Lead no more: what was not acknowledged is set aside, and is never answered.
    StepDown,
    /// Follow the leader of this welcome.
    Attach(Welcome),
    /// Follow nobody until the next welcome.
    Detach,
    /// Make what came with this frame durable.
    Store {
        /// The leader's epoch.
        epoch: u64,
        /// The last commit in it.
        txid: u64,
    },
}

/// How a pair without or with an arbiter behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The register lies with the leader; people decide who takes over.
    Manual,
    /// A third machine keeps the register; a node takes over by itself.
    #[default]
    Witness,
}

impl Began {
    /// The same for operators.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Resumed => "主のまま起動した",
            Self::HandedOver => "渡された",
            Self::TookOver => "止まった主から引き継いだ",
            Self::Seized => "人の指示で主になった（失われた書込みがあるかもしれない）",
        }
    }
}

/// The spans that decide. None of them decides about what is kept: that never rests on a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    /// Between two pings.
    pub ping: Duration,
    /// Between two renewals of the lease.
    pub renew: Duration,
    /// Silence after which the leader is thought lost.
    pub suspect: Duration,
    /// How long the leader waits for progress of the node that follows.
    pub ack: Duration,
    /// How long an answer of the arbiter may take.
    pub answer: Duration,
    /// Whether the leader takes no writes rather than go on alone.
    pub stops_alone: bool,
}
