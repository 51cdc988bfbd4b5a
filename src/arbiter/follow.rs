//! A node that does not lead: it follows the leader, and asks for leadership when nobody leads.

use std::time::Duration;

use super::lead::Leader;
use super::node::{Node, keeps};
use super::register::{Answer, Order, Verdict};
use super::words::{Action, Hello, Input, Mode, Saved, Welcome, Word};

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
    /// The other node was heard, or is said to be off.
    settled: bool,
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
            settled: false,
        }
    }

    /// One that led a moment ago; the nonces of its hellos go on from there.
    pub(super) fn after(node: &Node, nonce: u64, quiet: Duration) -> Self {
        Self { quiet_until: node.now + quiet, settled: true, ..Self::new(node.now, nonce) }
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
            Input::Alone => self.settled = true,
            Input::Tick => self.tick(node),
            Input::Unanswered | Input::Committed(_) | Input::Drained(_) | Input::HandOver => {}
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
        !node.saved.torn && (node.who.mode == Mode::Witness || self.settled)
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
            Word::HandOff { epoch, txid, version } => self.handed(node, epoch, txid, version),
            Word::Hello(hello) => self.settled |= hello.epoch <= node.saved.epoch,
            Word::Frame { .. }
            | Word::Ping { .. }
            | Word::Pong { .. }
            | Word::Ack { .. }
            | Word::Nack { .. } => {}
        }
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
        node.save(Saved { epoch: welcome.epoch, torn: !welcome.streams });
        node.act(Action::Attach(welcome));
    }

    fn stored(&mut self, node: &mut Node, nonce: u64, txid: u64) {
        let Some(attached) = self.attached.as_mut().filter(|attached| attached.nonce == nonce) else {
            return;
        };
        attached.stored = attached.stored.max(txid);
        let (epoch, txid) = (attached.epoch, attached.stored);
        node.save(Saved { torn: false, ..node.saved });
        node.say(Word::Ack { epoch, nonce, txid });
    }

    fn handed(&mut self, node: &mut Node, epoch: u64, txid: u64, version: u64) {
        if self.attached.is_some_and(|attached| attached.epoch == epoch && attached.stored >= txid)
            && !node.saved.torn
        {
            self.ask_to_lead(node, version);
        }
    }

    fn ask_to_lead(&mut self, node: &mut Node, version: u64) {
        // A question that waits changes nothing any more; its answer is not looked at.
        node.asked = None;
        if keeps!(node, PromiseBeforeAsking) {
            self.promised = self.promised.max(Some(version));
            self.detach(node);
        }
        node.ask(Order::Acquire { expect: version, unfit: node.unfit.clone() });
    }

    fn answered(&mut self, node: &mut Node, answer: &Answer) -> Option<Leader> {
        let asked = node.answered(answer)?;
        let register = &answer.register;
        match asked.order {
            Order::Acquire { .. }
                if answer.verdict == Verdict::Granted && register.epoch > node.saved.epoch =>
            {
                self.detach(node);
                node.save(Saved { epoch: register.epoch, ..node.saved });
                Some(Leader::begin(node, answer, asked.at, self.nonce))
            }
            Order::Look => {
                let silent = node.now >= self.heard + node.who.spans.suspect && node.now >= self.quiet_until;
                let safe = register.in_sync || !keeps!(node, LeaderAloneWhenNotInSync);
                let open = register.leader == node.who.node || safe && answer.lease_left_ms == 0;
                if silent && open && self.may_lead(node) {
                    self.ask_to_lead(node, register.version);
                }
                None
            }
            _ => None,
        }
    }
}
