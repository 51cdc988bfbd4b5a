//! The world of the simulation: two machines with what is durable on them and what is not, the link, the arbiter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::node::Identity;
use super::super::*;

pub(super) const NAMES: [&str; 2] = ["a", "b"];
/// The city that a node may be unable to take along.
pub(super) const ODD: &str = "999998";

/// One commit: the value, and whether it is the odd city's. A node that leaves the city out keeps an empty place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) epoch: u64,
    pub(super) value: Option<u64>,
    pub(super) odd: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) to: usize,
    pub(super) word: Word,
    pub(super) log: Vec<Entry>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own of one machine")]
pub(super) struct Machine {
    pub(super) node: Option<Node>,
    // What a crash leaves.
    pub(super) saved: Saved,
    pub(super) log: Vec<Entry>,
    /// The node's own register (`manual`).
    pub(super) register: Option<Register>,
    // What it does not.
    pub(super) own: Option<Keeper>,
    pub(super) clock: u64,
    pub(super) incarnation: u64,
    pub(super) pending: u64,
    pub(super) cargo: Vec<Entry>,
    pub(super) incoming: Option<(Welcome, Vec<Entry>)>,
    pub(super) exceptions: BTreeMap<String, String>,
    pub(super) following_without_odd: bool,
    pub(super) unfit: bool,
    pub(super) drains: bool,
    pub(super) drained: bool,
    pub(super) nonce: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) acknowledged: u64,
    pub(super) leads: u64,
    pub(super) takeovers: u64,
    pub(super) in_sync: u64,
    pub(super) alone: u64,
    pub(super) pages: u64,
    pub(super) handed: u64,
    pub(super) excepted: u64,
    pub(super) accepted: u64,
}

pub(super) struct World {
    pub(super) chance: StdRng,
    pub(super) mode: Mode,
    pub(super) calm: bool,
    pub(super) broken: Option<Rule>,
    pub(super) spans: Spans,
    pub(super) global: u64,
    pub(super) machines: [Machine; 2],
    pub(super) link: bool,
    /// Packets wait somewhere.
    pub(super) held: bool,
    /// The arbiter hears nothing from this node.
    pub(super) deaf: Option<usize>,
    pub(super) packets: Vec<Packet>,
    pub(super) calls: Vec<Call>,
    /// Copies that are still under way somewhere.
    pub(super) late: Vec<Call>,
    pub(super) answers: Vec<(usize, Answer)>,
    pub(super) keeper: Option<Keeper>,
    pub(super) durable: Register,
    pub(super) arbiter_clock: u64,
    pub(super) acknowledged: Vec<(u64, bool, u64)>,
    pub(super) next_value: u64,
    pub(super) tally: Tally,
}

pub(super) type Checked = Result<(), String>;

fn spans() -> Spans {
    let ms = Duration::from_millis;
    Spans {
        ping: ms(250),
        renew: ms(400),
        suspect: ms(1000),
        ack: ms(1000),
        answer: ms(800),
        stops_alone: false,
    }
}

impl World {
    pub(super) fn new(seed: u64, calm: bool, mode: Mode, broken: Option<Rule>) -> Self {
        let machine = |register| Machine {
            node: None,
            register,
            own: None,
            saved: Saved::default(),
            log: Vec::new(),
            clock: 0,
            incarnation: 0,
            pending: 0,
            cargo: Vec::new(),
            incoming: None,
            exceptions: BTreeMap::new(),
            following_without_odd: false,
            unfit: false,
            drains: false,
            drained: false,
            nonce: 0,
        };
        let mut world = Self {
            chance: StdRng::seed_from_u64(seed),
            mode,
            calm,
            broken,
            spans: spans(),
            global: 0,
            machines: [machine(Some(Register::new("mihon", "a", 1, 1))), machine(None)],
            link: true,
            held: false,
            deaf: None,
            packets: Vec::new(),
            calls: Vec::new(),
            late: Vec::new(),
            answers: Vec::new(),
            keeper: None,
            durable: Register::new("mihon", "a", 1, 1),
            arbiter_clock: 0,
            acknowledged: Vec::new(),
            next_value: 0,
            tally: Tally::default(),
        };
        world.start_keeper();
        world.start(0).unwrap();
        world.start(1).unwrap();
        world
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.chance.random_range(0..bound.max(1))
    }

    pub(super) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(super) fn start_keeper(&mut self) {
        let now = Duration::from_millis(self.arbiter_clock);
        let mut keeper = Keeper::new(self.durable.clone(), Duration::from_millis(2500), now);
        keeper.broken = self.broken;
        self.keeper = Some(keeper);
    }

    pub(super) fn start(&mut self, at: usize) -> Checked {
        let (spans, broken, global, calm) = (self.spans, self.broken, self.global, self.calm);
        let mode = self.mode;
        let machine = &mut self.machines[at];
        machine.incarnation += 1;
        let incarnation = (machine.incarnation << 32) + ((at as u64) << 60);
        let (cluster, node) = ("mihon".to_owned(), NAMES[at].to_owned());
        let who = Identity { cluster, node, incarnation, mode, spans };
        machine.clock = if calm { global } else { 0 };
        if mode == Mode::Manual {
            let nodes = (NAMES[at], NAMES[1 - at]);
            let found = machine.register.clone().unwrap_or_else(|| Register::new("mihon", nodes.1, 0, 0));
            machine.saved.epoch = machine.saved.epoch.max(found.epoch);
            machine.own = Some(Keeper::own(found, Duration::from_millis(2500), nodes));
        }
        let mut node = Node::new(who, machine.saved, Duration::from_millis(machine.clock));
        node.broken = broken;
        machine.node = Some(node);
        machine.pending = 0;
        machine.incoming = None;
        machine.drains = false;
        machine.drained = false;
        if machine.unfit {
            self.step(at, Input::Unfit(BTreeSet::from([ODD.to_owned()])))?;
        }
        if self.link { self.step(at, Input::Linked) } else { Ok(()) }
    }

    pub(super) fn crash(&mut self, at: usize) -> Checked {
        self.machines[at].node = None;
        self.machines[at].incoming = None;
        // A lost connection is noticed by the other side, sooner or never.
        if self.one_in(2) { Ok(()) } else { self.step(1 - at, Input::Unlinked) }
    }

    pub(super) fn step(&mut self, at: usize, input: Input) -> Checked {
        let machine = &mut self.machines[at];
        let Some(node) = &mut machine.node else { return Ok(()) };
        let now = Duration::from_millis(if self.calm { self.global } else { machine.clock });
        let actions = node.step(now, input);
        for action in actions {
            self.carry_out(at, action)?;
        }
        Ok(())
    }

    pub(super) fn carry_out(&mut self, at: usize, action: Action) -> Checked {
        match action {
            Action::Save(saved) => {
                if saved.epoch < self.machines[at].saved.epoch {
                    return Err("an epoch went back".to_owned());
                }
                self.machines[at].saved = saved;
            }
            Action::Say(word) => self.send(at, word),
            Action::Ask(call) if self.mode == Mode::Manual => self.ask_itself(at, &call)?,
            Action::Ask(call) => {
                self.calls.push(call.clone());
                if !self.calm && self.one_in(4) {
                    self.late.push(call);
                }
            }
            Action::Lead { epoch, exceptions } => self.lead(at, epoch, exceptions)?,
            Action::Acknowledge(upto) => self.acknowledge(at, upto)?,
            Action::Drain => self.machines[at].drains = true,
            Action::Resume => {
                self.machines[at].drains = false;
                self.machines[at].drained = false;
            }
            Action::StepDown => {
                let machine = &mut self.machines[at];
                machine.drains = false;
                machine.drained = false;
                machine.pending = 0;
            }
            Action::Attach(welcome) => self.attach(at, welcome)?,
            Action::Detach => self.machines[at].incoming = None,
            Action::Store { txid, .. } => self.store(at, txid)?,
        }
        Ok(())
    }

    /// A node's own register answers, sooner or later.
    fn ask_itself(&mut self, at: usize, call: &Call) -> Checked {
        let now = Duration::from_millis(if self.calm { self.global } else { self.machines[at].clock });
        let Some(keeper) = &mut self.machines[at].own else { return Ok(()) };
        let before = keeper.register().clone();
        let ruling = keeper.decide(call, now);
        let verdict = ruling.verdict;
        let change = ruling.change.clone();
        keeper.adopt(ruling);
        let answer = keeper.answer(call.id, verdict, now);
        if let Some(change) = change {
            if change.epoch < before.epoch || change.version <= before.version {
                return Err("a register went back".to_owned());
            }
            self.tally.in_sync += u64::from(change.in_sync && !before.in_sync);
            self.tally.alone += u64::from(!change.in_sync && before.in_sync && change.epoch == before.epoch);
            self.machines[at].register = Some(change);
        }
        if self.calm || !self.one_in(30) {
            self.answers.push((at, answer));
            return Ok(());
        }
        // Written, and then the power went.
        self.crash(at)
    }

    pub(super) fn send(&mut self, from: usize, word: Word) {
        if !self.link || self.one_in(40) {
            return;
        }
        let log = match &word {
            Word::Welcome(_) | Word::Hello(_) => self.machines[from].log.clone(),
            Word::Frame { .. } => self.machines[from].cargo.clone(),
            _ => Vec::new(),
        };
        if matches!(word, Word::HandOff { .. }) {
            self.tally.handed += 1;
        }
        let packet = Packet { to: 1 - from, word, log };
        if !self.calm && self.one_in(20) {
            self.packets.push(packet.clone());
        }
        self.packets.push(packet);
    }

    /// Every acknowledged write is there, in each city that this leader serves.
    pub(super) fn lead(&mut self, at: usize, epoch: u64, exceptions: BTreeMap<String, String>) -> Checked {
        self.tally.leads += 1;
        self.tally.takeovers +=
            u64::from(self.machines[at].log.last().is_some_and(|last| last.epoch + 1 == epoch));
        let machine = &mut self.machines[at];
        machine.drains = false;
        machine.drained = false;
        machine.exceptions = exceptions;
        if machine.log.last().is_some_and(|last| last.epoch > epoch) {
            return Err(format!("{} leads in epoch {epoch} after a later one", NAMES[at]));
        }
        machine.pending = machine.log.len() as u64;
        self.step_committed(at)?;
        self.holds_all(at)
    }

    pub(super) fn step_committed(&mut self, at: usize) -> Checked {
        let txid = self.machines[at].log.len() as u64;
        self.step(at, Input::Committed(txid))
    }

    /// Whether a node that leads serves the odd city: the register as it knows it now decides.
    pub(super) fn serves_odd(&self, at: usize) -> bool {
        let machine = &self.machines[at];
        let leads = machine.node.as_ref().filter(|node| node.leads().is_some());
        let known = leads.and_then(Node::register).map_or(&machine.exceptions, |known| &known.exceptions);
        known.get(ODD).is_none_or(|holder| holder == NAMES[at])
    }

    pub(super) fn holds_all(&self, at: usize) -> Checked {
        let held: BTreeSet<u64> = self.machines[at].log.iter().filter_map(|entry| entry.value).collect();
        let serves_odd = self.serves_odd(at);
        let lost =
            self.acknowledged.iter().find(|(value, odd, _)| (!odd || serves_odd) && !held.contains(value));
        match lost {
            None => Ok(()),
            Some((value, ..)) => Err(format!("{} leads without the acknowledged write {value}", NAMES[at])),
        }
    }

    /// The newest leader that there is.
    pub(super) fn newest(&self) -> Option<usize> {
        let epoch = |at: &usize| self.machines[*at].node.as_ref().and_then(Node::leads);
        (0..2).filter(|at| epoch(at).is_some()).max_by_key(epoch)
    }

    pub(super) fn acknowledge(&mut self, at: usize, upto: u64) -> Checked {
        let epoch =
            self.machines[at].node.as_ref().and_then(Node::leads).ok_or("acknowledged without leading")?;
        let from = usize::try_from(self.machines[at].pending).unwrap();
        let upto = usize::try_from(upto).unwrap();
        if upto > self.machines[at].log.len() {
            return Err("acknowledged what is not there".to_owned());
        }
        let entries: Vec<Entry> = self.machines[at].log.get(from..upto).unwrap_or_default().to_vec();
        for entry in entries {
            if let Some(value) = entry.value {
                self.acknowledged.push((value, entry.odd, epoch));
                self.tally.acknowledged += 1;
            }
        }
        self.machines[at].pending = self.machines[at].pending.max(upto as u64);
        // An older leader may acknowledge only what the newest one holds.
        self.newest().map_or(Ok(()), |newest| self.holds_all(newest))
    }

    pub(super) fn attach(&mut self, at: usize, welcome: Welcome) -> Checked {
        let cargo = std::mem::take(&mut self.machines[at].cargo);
        let left_out = welcome.left_out.contains_key(ODD);
        self.machines[at].following_without_odd = left_out;
        self.machines[at].nonce = welcome.nonce;
        if left_out {
            self.tally.excepted += 1;
        }
        if !welcome.streams {
            // The files are of no use from here on until the last page is in place.
            self.tally.pages += 1;
            let keep = self.below(self.machines[at].log.len() + 1);
            for entry in self.machines[at].log.iter_mut().skip(keep) {
                // The file of a city that is left out is not touched.
                if !(entry.odd && left_out) {
                    entry.value = None;
                }
            }
            self.machines[at].incoming = Some((welcome, cargo));
            return Ok(());
        }
        self.take_over(at, welcome.nonce, &cargo)
    }

    pub(super) fn take_over(&mut self, at: usize, nonce: u64, cargo: &[Entry]) -> Checked {
        let machine = &mut self.machines[at];
        let old = machine.log.clone();
        machine.log = cargo
            .iter()
            .enumerate()
            .map(|(place, entry)| match old.get(place) {
                // The true file of the odd city may be ours.
                _ if !(entry.odd && machine.following_without_odd) => *entry,
                Some(own) if own.odd => *own,
                _ => Entry { value: None, ..*entry },
            })
            .collect();
        let txid = machine.log.len() as u64;
        self.step(at, Input::Stored { nonce, txid })
    }

    pub(super) fn store(&mut self, at: usize, txid: u64) -> Checked {
        let machine = &mut self.machines[at];
        let Some(mut entry) = machine.cargo.first().copied() else { return Ok(()) };
        let next = machine.log.len() as u64 + 1;
        if machine.incoming.is_some() || txid > next {
            // A gap: begin anew.
            self.step(at, Input::Unlinked)?;
            return if self.link { self.step(at, Input::Linked) } else { Ok(()) };
        }
        if txid == next {
            if entry.odd && machine.following_without_odd {
                entry.value = None;
            }
            machine.log.push(entry);
        }
        let (nonce, txid) = (machine.nonce, machine.log.len() as u64);
        self.step(at, Input::Stored { nonce, txid })
    }

    pub(super) fn write(&mut self, at: usize) -> Checked {
        let Some(epoch) = self.machines[at].node.as_ref().and_then(Node::leads) else { return Ok(()) };
        let odd = self.one_in(3);
        if self.machines[at].drained {
            return Ok(());
        }
        if self.machines[at].drains {
            self.machines[at].drained = true;
            let last = self.machines[at].log.len() as u64;
            return self.step(at, Input::Drained(last));
        }
        if odd && !self.serves_odd(at) {
            return Ok(());
        }
        self.next_value += 1;
        let entry = Entry { epoch, value: Some(self.next_value), odd };
        self.machines[at].log.push(entry);
        self.machines[at].cargo = vec![entry];
        let txid = self.machines[at].log.len() as u64;
        self.send(at, Word::Frame { epoch, txid });
        self.step_committed(at)
    }
}
