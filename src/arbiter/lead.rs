//! A node that leads: it acknowledges, takes the other node along, and tells the arbiter how things stand before it relies on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::follow::Follower;
use super::node::{Node, keeps};
use super::register::{Answer, Order, Verdict};
use super::words::{Action, Hello, Input, Welcome, Word};

/// What a leader knows.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    /// Whether commits wait for the other node.
    requires: bool,
    /// An order that says "in sync" may still be carried out on this version.
    flying: Option<u64>,
    committed: u64,
    acknowledged: u64,
    /// The other node as it asked to be taken along.
    guest: Option<Guest>,
    /// When the other node got on last, or had nothing to get on with.
    progress: Duration,
    pinged: Option<Duration>,
    lease_end: Duration,
    pong_end: Duration,
    /// Leadership is to be given away.
    leaving: Option<Leaving>,
    /// An order that ends the lease may still be carried out on this version.
    releasing: Option<u64>,
    /// Until when nothing is declared, because the last order was refused.
    rest_until: Duration,
    nonce: u64,
}

#[derive(Clone, Debug)]
struct Guest {
    hello: Hello,
    welcomed: bool,
    stored: Option<u64>,
}

/// A leader that gives leadership away.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    since: Duration,
    /// The last commit, once no more are taken.
    last: Option<u64>,
}

impl Leader {
    /// Begins to lead with this grant, which was asked for at `asked`.
    pub(super) fn begin(node: &mut Node, grant: &Answer, asked: Duration, nonce: u64) -> Self {
        node.act(Action::Lead { epoch: grant.register.epoch, exceptions: grant.register.exceptions.clone() });
        Self {
            requires: false,
            flying: None,
            committed: 0,
            acknowledged: 0,
            guest: None,
            progress: node.now,
            pinged: None,
            lease_end: asked + Duration::from_millis(grant.lease_left_ms),
            pong_end: Duration::ZERO,
            leaving: None,
            releasing: None,
            rest_until: Duration::ZERO,
            nonce,
        }
    }

    pub(super) fn may_serve(&self, node: &Node, now: Duration) -> bool {
        let alone = !self.may_be_in_sync(node);
        self.leaving.is_none() && (alone || now < self.lease_end || now < self.pong_end)
    }

    /// Gives the follower's part when another node leads.
    pub(super) fn step(&mut self, node: &mut Node, input: Input) -> Option<Follower> {
        let newer = match input {
            Input::Heard(word) => self.hear(node, word),
            Input::Answered(answer) => {
                if self.is_released(node, &answer) {
                    return Some(self.hand_over(node));
                }
                self.answered(node, &answer)
            }
            Input::Committed(txid) => {
                if self.committed == self.stored() {
                    self.progress = node.now;
                }
                self.committed = self.committed.max(txid);
                false
            }
            Input::Drained(txid) => {
                self.committed = self.committed.max(txid);
                self.leaving = self.leaving.map(|leaving| Leaving { last: Some(txid), ..leaving });
                false
            }
            Input::Unlinked => {
                self.guest = None;
                false
            }
            Input::HandOver => {
                if self.requires && self.is_declared(node) && self.leaving.is_none() {
                    self.leaving = Some(Leaving { since: node.now, last: None });
                    node.act(Action::Drain);
                }
                false
            }
            _ => false,
        };
        if newer {
            return Some(self.step_down(node, Duration::ZERO));
        }
        self.acknowledge(node);
        self.ping(node);
        self.pursue(node);
        None
    }

    fn step_down(&self, node: &mut Node, quiet: Duration) -> Follower {
        node.act(Action::StepDown);
        Follower::after(node, self.nonce, quiet)
    }

    /// Whether the word tells of a newer epoch.
    fn hear(&mut self, node: &mut Node, word: Word) -> bool {
        let mine = node.saved.epoch;
        match word {
            Word::Hello(hello) if hello.epoch <= mine => {
                if self.guest.as_ref().is_none_or(|guest| guest.hello.nonce != hello.nonce) {
                    self.guest = Some(Guest { hello, welcomed: false, stored: None });
                }
                false
            }
            Word::Ack { epoch, nonce, txid } if epoch == mine => {
                self.stored_by_guest(node, nonce, txid);
                false
            }
            Word::Pong { epoch, sent_ms } if epoch == mine => {
                let end = Duration::from_millis(sent_ms) + node.who.spans.suspect;
                self.pong_end = self.pong_end.max(end);
                if self.committed <= self.stored() {
                    self.progress = node.now;
                }
                false
            }
            Word::Frame { epoch, .. } | Word::Ping { epoch, .. } if epoch < mine => {
                node.say(Word::Nack { epoch: mine });
                false
            }
            Word::Hello(Hello { epoch, .. })
            | Word::Welcome(Welcome { epoch, .. })
            | Word::Frame { epoch, .. }
            | Word::Ack { epoch, .. }
            | Word::Nack { epoch }
            | Word::Ping { epoch, .. }
            | Word::Pong { epoch, .. }
            | Word::HandOff { epoch, .. } => epoch > mine,
        }
    }

    fn stored_by_guest(&mut self, node: &Node, nonce: u64, txid: u64) {
        let Some(guest) = self.guest.as_mut().filter(|guest| guest.welcomed && guest.hello.nonce == nonce)
        else {
            return;
        };
        if guest.stored < Some(txid) {
            guest.stored = Some(txid);
            self.progress = node.now;
        }
        // Within reach: from here on every commit waits for it.
        if txid >= self.acknowledged && keeps!(node, WaitBeforeInSync) {
            self.requires = true;
        }
    }

    /// What the other node holds for certain.
    fn stored(&self) -> u64 {
        self.guest.as_ref().and_then(|guest| guest.stored).unwrap_or(0)
    }

    fn acknowledge(&mut self, node: &mut Node) {
        let reached = if self.requires { self.committed.min(self.stored()) } else { self.committed };
        if reached > self.acknowledged {
            self.acknowledged = reached;
            node.act(Action::Acknowledge(reached));
        }
    }

    fn ping(&mut self, node: &mut Node) {
        if self.pinged.is_none_or(|at| node.now >= at + node.who.spans.ping) {
            self.pinged = Some(node.now);
            node.say(Word::Ping { epoch: node.saved.epoch, sent_ms: node.now_ms() });
        }
    }

    /// Whether the register says "in sync", and nothing else is under way.
    fn is_declared(&self, node: &Node) -> bool {
        self.flying.is_none() && node.known.as_ref().is_some_and(|register| register.in_sync)
    }

    /// Whether the register says "in sync", or may come to say so.
    fn may_be_in_sync(&self, node: &Node) -> bool {
        self.flying.is_some() || node.known.as_ref().is_none_or(|register| register.in_sync)
    }

    /// Does the next thing that is due.
    fn pursue(&mut self, node: &mut Node) {
        if self.leaving.is_some() {
            return self.leave(node);
        }
        if self.releasing.is_some() {
            // The lease counts again only on a version on which it cannot be ended any more.
            let (in_sync, exceptions) = (self.is_declared(node), self.exceptions(node, false));
            self.declare(node, in_sync, exceptions);
        }
        if self.requires && self.is_stuck(node) {
            self.go_alone(node);
        }
        self.take_along(node);
        if self.may_declare(node) {
            let exceptions = self.exceptions(node, true);
            self.declare(node, true, exceptions);
        }
        if node.may_ask() {
            node.ask(Order::Renew { epoch: node.saved.epoch });
        }
    }

    fn is_stuck(&self, node: &Node) -> bool {
        !node.who.spans.stops_alone && node.now >= self.progress + node.who.spans.ack
    }

    /// Stops waiting for the other node, once the register says that it must not lead.
    fn go_alone(&mut self, node: &mut Node) {
        if !keeps!(node, DegradeAtTheArbiter) || !self.may_be_in_sync(node) {
            self.requires = false;
            self.acknowledge(node);
            return;
        }
        let exceptions = self.exceptions(node, false);
        self.declare(node, false, exceptions);
    }

    /// Welcomes the node that said hello, once the register allows it.
    fn take_along(&mut self, node: &mut Node) {
        let Some(guest) = self.guest.as_ref().filter(|guest| !guest.welcomed) else { return };
        let Some(register) = node.known.clone() else { return };
        let hello = guest.hello.clone();
        let named = hello.unfit.iter().all(|city| register.exceptions.contains_key(city));
        let freed = hello.promised.is_none_or(|promised| register.version > promised);
        // Pages are replaced only while nobody counts on the other node.
        let replaced = hello.fits || !self.may_be_in_sync(node);
        if !(named && freed && replaced) {
            let exceptions = self.exceptions(node, false);
            self.declare(node, false, exceptions);
            return;
        }
        if !hello.fits {
            self.requires = false;
        }
        if let Some(guest) = &mut self.guest {
            guest.welcomed = true;
        }
        let (epoch, left_out) = (node.saved.epoch, self.exceptions(node, true));
        let (nonce, version, streams) = (hello.nonce, register.version, hello.fits);
        node.say(Word::Welcome(Welcome { nonce, epoch, version, streams, left_out }));
    }

    fn may_declare(&self, node: &Node) -> bool {
        let waits = self.requires || !keeps!(node, WaitBeforeInSync);
        let holds = self.guest.as_ref().is_some_and(|guest| {
            guest.welcomed && guest.stored.is_some_and(|stored| stored >= self.acknowledged)
        });
        let settled = self.is_declared(node)
            && node.known.as_ref().is_some_and(|known| known.exceptions == self.exceptions(node, true));
        waits && holds && !settled && !self.is_stuck(node)
    }

    /// The cities to name as exceptions: those the other node cannot take along, and those that are not ours to name.
    /// When `caught_up`, our own others end.
    fn exceptions(&self, node: &Node, caught_up: bool) -> BTreeMap<String, String> {
        let nobody = BTreeSet::new();
        let unfit = self.guest.as_ref().map_or(&nobody, |guest| &guest.hello.unfit);
        let me = &node.who.node;
        let mut named = node.known.as_ref().map(|known| known.exceptions.clone()).unwrap_or_default();
        named.retain(|city, holder| holder != me || !caught_up || unfit.contains(city));
        for city in unfit {
            named.entry(city.clone()).or_insert_with(|| me.clone());
        }
        named
    }

    fn declare(&mut self, node: &mut Node, in_sync: bool, exceptions: BTreeMap<String, String>) {
        let Some(expect) = node.known.as_ref().map(|register| register.version) else { return };
        let epoch = node.saved.epoch;
        if node.now < self.rest_until {
            return;
        }
        if node.ask(Order::Declare { expect, epoch, in_sync, exceptions }) && in_sync {
            self.flying = Some(expect);
            // Rule (a) the wrong way round, which a test shows to lose writes.
            if !keeps!(node, WaitBeforeInSync) {
                self.requires = false;
            }
        }
    }

    /// Whether the answer tells that another node leads.
    fn answered(&mut self, node: &mut Node, answer: &Answer) -> bool {
        let Some(asked) = node.answered(answer) else { return false };
        if !answer.register.is_led_by(&node.who.node, node.saved.epoch) {
            return true;
        }
        if self.releasing.is_some_and(|expect| answer.register.version > expect) {
            self.releasing = None;
        }
        if answer.verdict != Verdict::Granted {
            self.rest_until = node.now + node.who.spans.renew;
        } else if self.releasing.is_none() {
            self.lease_end = self.lease_end.max(asked.at + Duration::from_millis(answer.lease_left_ms));
        }
        // On a newer version the order that may be under way comes too late.
        if self.flying.is_some_and(|expect| answer.register.version > expect) {
            self.flying = None;
            if !keeps!(node, WaitBeforeInSync) && answer.register.in_sync {
                self.requires = true;
            }
        }
        if let Order::Declare { in_sync: false, .. } = asked.order
            && self.requires
            && self.is_stuck(node)
            && !self.may_be_in_sync(node)
        {
            self.requires = false;
        }
        false
    }

    /// Ends the lease once everything is acknowledged, or goes on as before when that does not work out.
    fn leave(&mut self, node: &mut Node) {
        let Some(leaving) = self.leaving else { return };
        if node.now >= leaving.since + node.who.spans.ack * 2 || !self.is_declared(node) {
            self.leaving = None;
            node.act(Action::Resume);
            return;
        }
        let drained = leaving.last.is_some_and(|last| self.acknowledged >= last);
        let Some(expect) = node.known.as_ref().map(|register| register.version) else { return };
        if drained && self.releasing.is_none() && node.ask(Order::Release { expect, epoch: node.saved.epoch })
        {
            self.releasing = Some(expect);
            self.lease_end = Duration::ZERO;
        }
    }

    /// Whether the lease has ended as this leader wanted.
    fn is_released(&self, node: &Node, answer: &Answer) -> bool {
        let asked = node.asked.as_ref().filter(|asked| asked.id == answer.id);
        let release = asked.is_some_and(|asked| matches!(asked.order, Order::Release { .. }));
        release && self.leaving.is_some() && answer.verdict == Verdict::Granted
    }

    fn hand_over(&self, node: &mut Node) -> Follower {
        node.asked = None;
        let version = node.known.as_ref().map_or(0, |register| register.version);
        node.say(Word::HandOff { epoch: node.saved.epoch, txid: self.committed, version });
        self.step_down(node, node.who.spans.suspect * 3)
    }
}
