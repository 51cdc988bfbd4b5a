//! A node that does not lead: it follows the leader, and asks for leadership when nobody leads.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lead::Leader;
use super::node::{Node, keeps};
use super::register::{Answer, Order, Verdict};
use super::words::{Action, Began, Hello, Input, Mode, Saved, Welcome, Word};

/// What a node knows that does not lead.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    /// The version on which leadership was asked for: that question may still be granted.
    promised: Option<u64>,
    /// The hello that waits for its welcome, and when it was said.
    hello: Option<(u64, Duration)>,
    nonce: u64,
    attached: Option<Attached>,
    /// When the leader that is followed was heard last.
    heard: Duration,
    /// Until when this node does not ask: it told a leader so, or it gave leadership away.
    quiet_until: Duration,
    /// The other node has said that it neither leads nor follows, nor knows a newer epoch (`manual`).
    idle: bool,
    /// The other node is said to be off.
    alone: bool,
    /// Leadership that was asked for was handed over.
    handed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Attached {
    epoch: u64,
    nonce: u64,
    stored: u64,
}

impl Follower {
    pub(super) fn new(now: Duration, nonce: u64) -> Self {
        Self {
            promised: None,
            hello: None,
            nonce,
            attached: None,
            heard: now,
            quiet_until: now,
            idle: false,
            alone: false,
            handed: false,
        }
    }

    /// One that led a moment ago; the nonces of its hellos go on from there.
    pub(super) fn after(node: &Node, nonce: u64, quiet: Duration) -> Self {
        Self { quiet_until: node.now + quiet, ..Self::new(node.now, nonce) }
    }

    /// Gives the leader's part when leadership was granted.
    pub(super) fn step(&mut self, node: &mut Node, input: Input) -> Option<Leader> {
        match input {
            Input::Linked => self.greet(node),
            Input::Unlinked => self.detach(node),
            Input::Unfit(_) => {
                self.detach(node);
                self.greet(node);
            }
            Input::Heard(word) => self.hear(node, word),
            Input::Stored { nonce, txid } => self.stored(node, nonce, txid),
            Input::Answered(answer) => return self.answered(node, &answer),
            Input::Alone => self.alone = true,
            Input::Seize => self.seize(node),
            Input::HandOver => {
                if let Some(epoch) = self.attached.map(|attached| attached.epoch) {
                    node.say(Word::Wanted { epoch });
                }
            }
            Input::Tick => self.tick(node),
            Input::Unanswered
            | Input::Committed(_)
            | Input::Drained(_)
            | Input::Confirm
            | Input::Accept(_) => {}
        }
        None
    }

    fn tick(&mut self, node: &mut Node) {
        let waits = self.hello.is_some_and(|(_, at)| node.now < at + node.who.spans.suspect);
        if node.linked && self.attached.is_none() && !waits {
            self.greet(node);
        }
        let silent = node.now >= self.heard + node.who.spans.suspect && node.now >= self.quiet_until;
        if silent && node.may_ask() && self.may_lead(node) {
            node.ask(Order::Look);
        }
    }

    /// Whether this node may lead if the register lets it.
    fn may_lead(&self, node: &Node) -> bool {
        !node.saved.torn && (node.who.mode == Mode::Witness || self.idle || self.alone)
    }

    /// Whether the register lets it. One's own (`manual`) counts for nothing once somebody else has led, and what it gave away may
    /// be taken back only when the other node cannot take it up any more.
    fn is_open(&self, node: &Node, answer: &Answer) -> bool {
        let register = &answer.register;
        let mine = register.leader == node.who.node;
        match node.who.mode {
            Mode::Witness => {
                let safe = register.in_sync || !keeps!(node, LeaderAloneWhenNotInSync);
                mine || safe && answer.lease_left_ms == 0
            }
            Mode::Manual => {
                let spoken = self.idle || !keeps!(node, SpeakBeforeLeading);
                let given = register.in_sync && spoken;
                register.epoch >= node.saved.epoch && (mine || given)
            }
        }
    }

    fn greet(&mut self, node: &mut Node) {
        if self.attached.is_some() {
            return;
        }
        self.nonce = self.nonce.wrapping_add(1);
        self.hello = Some((self.nonce, node.now));
        let (nonce, epoch, unfit) = (self.nonce, node.saved.epoch, node.unfit.clone());
        node.say(Word::Hello(Hello { nonce, epoch, promised: self.promised, unfit, fits: false }));
    }

    fn detach(&mut self, node: &mut Node) {
        self.hello = None;
        if self.attached.take().is_some() {
            node.act(Action::Detach);
        }
    }

    fn hear(&mut self, node: &mut Node, word: Word) {
        match word {
            Word::Welcome(welcome) => self.welcomed(node, welcome),
            Word::Frame { epoch, .. } | Word::Ping { epoch, .. } if epoch < node.saved.epoch => {
                node.say(Word::Nack { epoch: node.saved.epoch });
            }
            Word::Frame { epoch, txid } if self.follows(epoch) => {
                self.heard = node.now;
                node.act(Action::Store { epoch, txid });
            }
            Word::Ping { epoch, sent_ms } if self.follows(epoch) => {
                self.heard = node.now;
                self.quiet_until = node.now + node.who.spans.suspect;
                node.say(Word::Pong { epoch, sent_ms });
            }
            Word::HandOff { epoch, txid, version, exceptions } => {
                self.handed(node, (epoch, txid, version), exceptions);
            }
            Word::Hello(hello) => self.greeted(node, hello.nonce),
            Word::Idle { nonce, epoch } => {
                let answers = self.hello.is_some_and(|(mine, _)| mine == nonce);
                self.idle |= answers && epoch <= node.saved.epoch;
            }
            Word::Frame { .. }
            | Word::Ping { .. }
            | Word::Pong { .. }
            | Word::Ack { .. }
            | Word::Wanted { .. }
            | Word::Nack { .. } => {}
        }
    }

    /// The other node does not lead. Where nobody else knows who does, it is told that this one does not either, and that what it
    /// handed over is not taken up any more.
    fn greeted(&mut self, node: &mut Node, nonce: u64) {
        let asks = node.asked.as_ref().is_some_and(|asked| !matches!(asked.order, Order::Look));
        if node.who.mode == Mode::Witness || asks {
            return;
        }
        self.detach(node);
        node.say(Word::Idle { nonce, epoch: node.saved.epoch });
    }

    fn follows(&self, epoch: u64) -> bool {
        self.attached.is_some_and(|attached| attached.epoch == epoch)
    }

    fn welcomed(&mut self, node: &mut Node, welcome: Welcome) {
        let expected = self.hello.is_some_and(|(nonce, _)| nonce == welcome.nonce);
        // An order of ours that waits somewhere cannot be granted on a newer version.
        let free = self.promised.is_none_or(|promised| welcome.version > promised);
        if !expected || !free || welcome.epoch < node.saved.epoch {
            return;
        }
        self.hello = None;
        self.promised = None;
        node.asked = None;
        self.heard = node.now;
        self.quiet_until = node.now + node.who.spans.suspect;
        self.attached = Some(Attached { epoch: welcome.epoch, nonce: welcome.nonce, stored: 0 });
        self.idle = false;
        self.alone = false;
        let sets_aside = welcome.sets_aside || node.saved.sets_aside && !welcome.streams;
        node.save(Saved { epoch: welcome.epoch, torn: !welcome.streams, sets_aside });
        node.act(Action::Attach(welcome));
    }

    fn stored(&mut self, node: &mut Node, nonce: u64, txid: u64) {
        let Some(attached) = self.attached.as_mut().filter(|attached| attached.nonce == nonce) else {
            return;
        };
        attached.stored = attached.stored.max(txid);
        let (epoch, txid) = (attached.epoch, attached.stored);
        node.save(Saved { torn: false, sets_aside: false, ..node.saved });
        node.say(Word::Ack { epoch, nonce, txid });
    }

    fn handed(
        &mut self,
        node: &mut Node,
        (epoch, txid, version): (u64, u64, u64),
        exceptions: BTreeMap<String, String>,
    ) {
        if self.attached.is_none_or(|attached| attached.epoch != epoch || attached.stored < txid)
            || node.saved.torn
        {
            return;
        }
        self.handed = true;
        match node.who.mode {
            Mode::Witness => self.ask_to_lead(node, version),
            Mode::Manual => self.inherit(node, version, exceptions, false),
        }
    }

    /// People want this node to lead, whatever the leader before may still hold.
    fn seize(&mut self, node: &mut Node) {
        if node.saved.torn || self.attached.is_some() {
            return;
        }
        let known = node.known.clone();
        match node.who.mode {
            Mode::Witness => {
                let Some(expect) = known.map(|known| known.version) else { return };
                self.promise(node, expect);
                node.ask(Order::Seize { expect, unfit: node.unfit.clone() });
            }
            Mode::Manual => {
                let exceptions = known.map(|known| known.exceptions).unwrap_or_default();
                self.inherit(node, 0, exceptions, true);
            }
        }
    }

    fn inherit(&mut self, node: &mut Node, version: u64, exceptions: BTreeMap<String, String>, seizes: bool) {
        node.asked = None;
        self.detach(node);
        let (epoch, unfit) = (node.saved.epoch, node.unfit.clone());
        node.ask(Order::Inherit { epoch, version, exceptions, unfit, seizes });
    }

    /// Follows nobody any more before it asks to lead.
    fn promise(&mut self, node: &mut Node, version: u64) {
        // A question that waits changes nothing any more; its answer is not looked at.
        node.asked = None;
        if keeps!(node, PromiseBeforeAsking) {
            self.promised = self.promised.max(Some(version));
            self.detach(node);
        }
    }

    fn ask_to_lead(&mut self, node: &mut Node, version: u64) {
        self.promise(node, version);
        node.ask(Order::Acquire { expect: version, unfit: node.unfit.clone() });
    }

    fn answered(&mut self, node: &mut Node, answer: &Answer) -> Option<Leader> {
        let before = node.known.as_ref().map(|known| known.leader.clone());
        let asked = node.answered(answer)?;
        let register = &answer.register;
        let granted = answer.verdict == Verdict::Granted && register.epoch > node.saved.epoch;
        let began = match &asked.order {
            Order::Look => {
                let silent = node.now >= self.heard + node.who.spans.suspect && node.now >= self.quiet_until;
                if silent && self.is_open(node, answer) && self.may_lead(node) {
                    self.handed = false;
                    self.ask_to_lead(node, register.version);
                }
                return None;
            }
            Order::Acquire { .. } if self.handed => Began::HandedOver,
            Order::Acquire { .. } if before.as_ref() == Some(&node.who.node) => Began::Resumed,
            Order::Acquire { .. } => Began::TookOver,
            Order::Inherit { seizes: false, .. } => Began::HandedOver,
            Order::Seize { .. } | Order::Inherit { .. } => Began::Seized,
            Order::Declare { .. } | Order::Renew { .. } | Order::Release { .. } => return None,
        };
        if !granted {
            return None;
        }
        self.detach(node);
        node.save(Saved { epoch: register.epoch, ..node.saved });
        Some(Leader::begin(node, answer, asked.at, (self.nonce, began)))
    }
}
