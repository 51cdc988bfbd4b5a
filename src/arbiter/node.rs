//! A node's part in who leads: words, answers and time come in, actions come out. No input or output of its own, no clock, no chance.
//!
//! **Invariant:** one question to the arbiter at a time; an answer to another one is not looked at.
//! **Invariant:** whoever asks for leadership has stopped following before, and follows again only on a newer version of the register.

use std::collections::BTreeSet;
use std::time::Duration;

#[cfg(test)]
use super::Rule;
use super::follow::Follower;
use super::lead::Leader;
use super::register::{Answer, Call, CallId, Order, Register};
use super::words::{Action, Began, Input, Mode, Saved, Spans, Word};

/// Who a node is and how its pair behaves.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The cluster.
    pub cluster: String,
    /// This node.
    pub node: String,
    /// Differs each time the node starts.
    pub incarnation: u64,
    /// With or without an arbiter.
    pub mode: Mode,
    /// The spans that decide.
    pub spans: Spans,
}

/// The state of one node.
#[derive(Clone, Debug)]
pub struct Node {
    pub(super) who: Identity,
    pub(super) now: Duration,
    pub(super) saved: Saved,
    pub(super) known: Option<Register>,
    pub(super) linked: bool,
    /// Cities that this node cannot take along.
    pub(super) unfit: BTreeSet<String>,
    pub(super) asked: Option<Asked>,
    pub(super) last_asked: Option<Duration>,
    next_number: u64,
    pub(super) out: Vec<Action>,
    role: Role,
    #[cfg(test)]
    pub(super) broken: Option<Rule>,
}

/// A question that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub id: CallId,
    pub at: Duration,
    pub order: Order,
}

#[derive(Clone, Debug)]
enum Role {
    Follower(Follower),
    Leader(Leader),
}

impl Node {
    /// A node that has just started, with what it kept.
    pub fn new(who: Identity, saved: Saved, now: Duration) -> Self {
        let incarnation = who.incarnation;
        Self {
            who,
            now,
            saved,
            known: None,
            linked: false,
            unfit: BTreeSet::new(),
            asked: None,
            last_asked: None,
            next_number: 0,
            out: Vec::new(),
            role: Role::Follower(Follower::new(now, incarnation)),
            #[cfg(test)]
            broken: None,
        }
    }

    /// Lets something happen at `now`, a time that counts from anywhere; gives what is to be done, in this order.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Action> {
        self.now = self.now.max(now);
        match input {
            Input::Linked => self.linked = true,
            Input::Unlinked => self.linked = false,
            Input::Unfit(ref cities) => self.unfit.clone_from(cities),
            // One's own register always answers, or tells that it cannot.
            Input::Tick
                if self.who.mode == Mode::Witness
                    && self.asked.as_ref().is_some_and(|one| self.now >= one.at + self.who.spans.answer) =>
            {
                self.asked = None;
            }
            Input::Unanswered => self.asked = None,
            _ => {}
        }
        // The role is taken out while it acts, so that it can use the rest of the node.
        let role = std::mem::replace(&mut self.role, Role::Follower(Follower::new(self.now, 0)));
        self.role = match role {
            Role::Follower(mut follower) => match follower.step(self, input) {
                Some(leader) => Role::Leader(leader),
                None => Role::Follower(follower),
            },
            Role::Leader(mut leader) => match leader.step(self, input) {
                Some(follower) => Role::Follower(follower),
                None => Role::Leader(leader),
            },
        };
        std::mem::take(&mut self.out)
    }

    /// The epoch in which this node leads, if it does.
    pub fn leads(&self) -> Option<u64> {
        matches!(self.role, Role::Leader(_)).then_some(self.saved.epoch)
    }

    /// Whether pages may be served and mail sent at `now`: nobody else can lead yet.
    pub fn may_serve(&self, now: Duration) -> bool {
        match &self.role {
            Role::Leader(leader) => leader.may_serve(self, now),
            Role::Follower(_) => false,
        }
    }

    /// Until when pages may be served and mail sent as things stand: nobody else can lead before.
    pub fn serves_until(&self) -> Duration {
        match &self.role {
            Role::Leader(leader) => leader.serves_until(self),
            Role::Follower(_) => Duration::ZERO,
        }
    }

    /// When this node asked last whether it leads, of those questions that were answered with yes; [`Duration::MAX`] while
    /// nobody else can lead whatever happens.
    pub fn confirmed(&self) -> Option<Duration> {
        match &self.role {
            Role::Leader(leader) => leader.confirmed(self),
            Role::Follower(_) => None,
        }
    }

    /// How this node came to lead, if it does.
    pub fn began(&self) -> Option<Began> {
        match &self.role {
            Role::Leader(leader) => Some(leader.began),
            Role::Follower(_) => None,
        }
    }

    /// Whether the other node holds everything that was acknowledged, as far as this leader knows for certain.
    pub fn is_in_sync(&self) -> bool {
        self.known.as_ref().is_some_and(|register| register.in_sync)
    }

    /// The register as this node knows it.
    pub fn register(&self) -> Option<&Register> {
        self.known.as_ref()
    }

    pub(super) fn act(&mut self, action: Action) {
        self.out.push(action);
    }

    pub(super) fn say(&mut self, word: Word) {
        if self.linked {
            self.out.push(Action::Say(word));
        }
    }

    pub(super) fn save(&mut self, saved: Saved) {
        if saved != self.saved {
            self.saved = saved;
            self.out.push(Action::Save(saved));
        }
    }

    /// Asks the arbiter, unless a question waits already.
    pub(super) fn ask(&mut self, order: Order) -> bool {
        if self.asked.is_some() {
            return false;
        }
        self.next_number += 1;
        let id = CallId { incarnation: self.who.incarnation, number: self.next_number };
        self.asked = Some(Asked { id, at: self.now, order: order.clone() });
        self.last_asked = Some(self.now);
        let (cluster, node) = (self.who.cluster.clone(), self.who.node.clone());
        self.out.push(Action::Ask(Call { id, cluster, node, order }));
        true
    }

    /// The question that this answer belongs to. Anything else is late or doubled.
    pub(super) fn answered(&mut self, answer: &Answer) -> Option<Asked> {
        let asked = self.asked.take_if(|asked| asked.id == answer.id)?;
        self.known = Some(answer.register.clone());
        Some(asked)
    }

    /// Whether it is time for the next regular question.
    pub(super) fn may_ask(&self) -> bool {
        self.asked.is_none() && self.last_asked.is_none_or(|at| self.now >= at + self.who.spans.renew)
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX)
    }

    #[cfg(test)]
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}

/// Whether a rule is kept: always, but in the tests that break one.
macro_rules! keeps {
    ($node:expr, $rule:ident) => {{
        #[cfg(test)]
        let kept = $node.keeps($crate::arbiter::Rule::$rule);
        #[cfg(not(test))]
        let kept = true;
        kept
    }};
}
pub(super) use keeps;
