//! A node that leads: it acknowledges, takes the other node along, and tells the arbiter how things stand before it relies on it.

mod apart;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::follow::Follower;
use super::node::{Node, keeps};
use super::register::{Answer, Order, Verdict};
use super::words::{Action, Began, Hello, Input, Welcome, Word};

/// What a leader knows.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    pub(super) began: Began,
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
    /// When the newest question was asked that was answered with yes, by the arbiter or by the other node.
    confirmed: Duration,
    /// Somebody waits for an answer: the next question is asked at once.
    hurries: bool,
    /// Leadership is to be given away.
    leaving: Option<Leaving>,
    /// An order that ends the lease may still be carried out on this version.
    releasing: Option<u64>,
    /// Until when nothing is declared, because the last order was refused.
    rest_until: Duration,
    /// Cities of which people have said that this node's file is the true one; the register may not say so yet.
    accepted: BTreeSet<String>,
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
    pub(super) fn begin(
        node: &mut Node,
        grant: &Answer,
        asked: Duration,
        (nonce, began): (u64, Began),
    ) -> Self {
        node.act(Action::Lead { epoch: grant.register.epoch, exceptions: grant.register.exceptions.clone() });
        Self {
            began,
            confirmed: asked,
            hurries: false,
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
            accepted: BTreeSet::new(),
            nonce,
        }
    }

    pub(super) fn may_serve(&self, node: &Node, now: Duration) -> bool {
        now < self.serves_until(node)
    }

    pub(super) fn serves_until(&self, node: &Node) -> Duration {
        match self.leaving {
            Some(_) => Duration::ZERO,
            None if !self.may_be_in_sync(node) => Duration::MAX,
            None => self.lease_end.max(self.pong_end),
        }
    }

    /// See [`Node::confirmed`].
    pub(super) fn confirmed(&self, node: &Node) -> Option<Duration> {
        match self.leaving {
            Some(_) => None,
            None if !self.may_be_in_sync(node) => Some(Duration::MAX),
            None => Some(self.confirmed),
        }
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
            Input::Accept(city) => {
                // Whoever follows does not hold the city, or holds another file of it: it asks to be taken along anew.
                self.guest = None;
                self.accepted.insert(city);
                false
            }
            Input::HandOver => {
                self.begin_to_leave(node);
                false
            }
            Input::Confirm => {
                self.hurries = true;
                self.pinged = None;
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

    fn begin_to_leave(&mut self, node: &mut Node) {
        if self.requires && self.is_declared(node) && self.leaving.is_none() {
            self.leaving = Some(Leaving { since: node.now, last: None });
            node.act(Action::Drain);
        }
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
                let sent = Duration::from_millis(sent_ms);
                self.pong_end = self.pong_end.max(sent + node.who.spans.suspect);
                self.confirmed = self.confirmed.max(sent);
                if self.committed <= self.stored() {
                    self.progress = node.now;
                }
                false
            }
            Word::Frame { epoch, .. } | Word::Ping { epoch, .. } if epoch < mine => {
                node.say(Word::Nack { epoch: mine });
                false
            }
            Word::Wanted { epoch } if epoch == mine => {
                self.begin_to_leave(node);
                false
            }
            Word::Hello(Hello { epoch, .. })
            | Word::Welcome(Welcome { epoch, .. })
            | Word::Frame { epoch, .. }
            | Word::Ack { epoch, .. }
            | Word::Nack { epoch }
            | Word::Ping { epoch, .. }
            | Word::Pong { epoch, .. }
            | Word::Wanted { epoch }
            | Word::Idle { epoch, .. }
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
        self.settle_accepted(node);
        self.take_along(node);
        if self.may_declare(node) {
            let exceptions = self.exceptions(node, true);
            self.declare(node, true, exceptions);
        }
        if self.hurries || node.may_ask() {
            let asked = node.ask(Order::Renew { epoch: node.saved.epoch });
            self.hurries &= !asked;
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
        let sets_aside = hello.epoch < register.seized;
        node.say(Word::Welcome(Welcome { nonce, epoch, version, streams, left_out, sets_aside }));
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

    fn declare(&mut self, node: &mut Node, in_sync: bool, exceptions: BTreeMap<String, String>) {
        let Some(expect) = node.known.as_ref().map(|register| register.version) else { return };
        let epoch = node.saved.epoch;
        if node.now < self.rest_until {
            return;
        }
        let accepted = self.accepted.clone();
        if node.ask(Order::Declare { expect, epoch, in_sync, exceptions, accepted }) && in_sync {
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
            self.confirmed = self.confirmed.max(asked.at);
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
        let exceptions = node.known.as_ref().map(|known| known.exceptions.clone()).unwrap_or_default();
        node.say(Word::HandOff { epoch: node.saved.epoch, txid: self.committed, version, exceptions });
        self.step_down(node, node.who.spans.suspect * 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbiter::{Identity, Mode, Node, Register, Saved, Spans};

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn node() -> Node {
        let spans = Spans {
            ping: MS(250),
            renew: MS(400),
            suspect: MS(1000),
            ack: MS(1000),
            answer: MS(800),
            stops_alone: false,
        };
        let (cluster, node) = ("mihon".to_owned(), "a".to_owned());
        let who = Identity { cluster, node, incarnation: 1, mode: Mode::Witness, spans };
        Node::new(who, Saved::default(), Duration::ZERO)
    }

    /// Has the one question among these actions answered with this register; gives what the node does then.
    fn answered(node: &mut Node, now: u64, actions: &[Action], register: &Register) -> Vec<Action> {
        let call = actions.iter().find_map(|action| match action {
            Action::Ask(call) => Some(call.clone()),
            _ => None,
        });
        let answer = Answer {
            id: call.unwrap().id,
            verdict: Verdict::Granted,
            register: register.clone(),
            lease_left_ms: 2500,
        };
        node.step(MS(now), Input::Answered(answer))
    }

    /// A leader in sync at 2010 ms without a question under way, and the register.
    fn leader() -> (Node, Register) {
        let mut node = node();
        let mut register = Register::new("mihon", "a", 1, 1);
        let looks = node.step(MS(1000), Input::Tick);
        let acquires = answered(&mut node, 1010, &looks, &register);
        (register.version, register.epoch) = (2, 2);
        answered(&mut node, 1020, &acquires, &register);
        assert_eq!(node.confirmed(), Some(Duration::MAX), "alone nobody else can lead");
        node.step(MS(1100), Input::Linked);
        let hello = Hello { nonce: 7, epoch: 1, promised: None, unfit: BTreeSet::new(), fits: true };
        node.step(MS(1200), Input::Heard(Word::Hello(hello)));
        let declares = node.step(MS(1300), Input::Heard(Word::Ack { epoch: 2, nonce: 7, txid: 0 }));
        (register.version, register.in_sync) = (3, true);
        let renews = answered(&mut node, 2000, &declares, &register);
        answered(&mut node, 2010, &renews, &register);
        assert!(node.is_in_sync() && node.may_serve(MS(2010)));
        (node, register)
    }

    #[test]
    fn who_wants_to_be_sure_gets_an_answer_that_was_asked_for_after_the_question() {
        let (mut node, register) = leader();
        let before = node.confirmed().unwrap();
        assert!(before < MS(2100));
        let asks = node.step(MS(2100), Input::Confirm);
        assert!(node.confirmed().unwrap() < MS(2100), "what is known from before does not count");
        assert!(asks.iter().any(|action| matches!(action, Action::Say(Word::Ping { sent_ms: 2100, .. }))));
        answered(&mut node, 2120, &asks, &register);
        assert_eq!(node.confirmed(), Some(MS(2100)), "it leads, as of when it was asked");

        // Without the arbiter the other node's word does: it asks for nothing for a while.
        node.step(MS(2200), Input::Confirm);
        node.step(MS(2210), Input::Heard(Word::Pong { epoch: 2, sent_ms: 2200 }));
        assert_eq!(node.confirmed(), Some(MS(2200)));

        // Stopped for a while it knows nothing any more.
        assert!(!node.may_serve(MS(9000)) && node.confirmed().unwrap() < MS(9000));
    }
}
