//! What happens in the simulation, by chance: words and questions go their way, time passes, things break and are mended.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::*;
use super::world::{Checked, Entry, NAMES, ODD, World};

impl World {
    fn deliver(&mut self) -> Checked {
        if self.packets.is_empty() || self.held {
            return Ok(());
        }
        let at = if self.one_in(6) { self.below(self.packets.len()) } else { 0 };
        let mut packet = self.packets.remove(at);
        let to = packet.to;
        if let Word::Hello(hello) = &mut packet.word {
            let own = &self.machines[to].log;
            let same = |(theirs, ours): (&Entry, &Entry)| {
                theirs.epoch == ours.epoch
                    && (theirs.value == ours.value || ours.odd && !hello.unfit.is_empty())
            };
            hello.fits = packet.log.len() <= own.len() && packet.log.iter().zip(own).all(same);
        }
        self.machines[to].cargo = packet.log;
        self.step(to, Input::Heard(packet.word))
    }

    fn arbitrate(&mut self) -> Checked {
        if self.calls.is_empty() {
            return Ok(());
        }
        let call = if !self.late.is_empty() && self.one_in(6) {
            let which = self.below(self.late.len());
            self.late.remove(which)
        } else {
            let which = self.below(self.calls.len());
            self.calls.remove(which)
        };
        let at = usize::from(call.node == NAMES[1]);
        let now = Duration::from_millis(if self.calm { self.global } else { self.arbiter_clock });
        if self.deaf == Some(at) {
            return Ok(());
        }
        let lost = self.one_in(25);
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        let ruling = keeper.decide(&call, now);
        let verdict = ruling.verdict;
        if let Some(change) = &ruling.change {
            if change.epoch < self.durable.epoch || change.version <= self.durable.version {
                return Err("the register went back".to_owned());
            }
            self.tally.in_sync += u64::from(change.in_sync && !self.durable.in_sync);
            self.tally.alone +=
                u64::from(!change.in_sync && self.durable.in_sync && change.epoch == self.durable.epoch);
            self.durable = change.clone();
        }
        keeper.adopt(ruling);
        if !lost {
            let answer = keeper.answer(call.id, verdict, now);
            self.answers.push((at, answer.clone()));
            if !self.calm && self.one_in(10) {
                self.answers.push((at, answer));
            }
        }
        Ok(())
    }

    fn answer(&mut self) -> Checked {
        if self.answers.is_empty() {
            return Ok(());
        }
        let which = self.below(self.answers.len());
        let (at, answer) = self.answers.remove(which);
        self.step(at, Input::Answered(answer))
    }

    fn tick(&mut self) -> Checked {
        let at = self.below(2);
        let jump = self.one_in(60);
        let passed = if jump { 10_000 } else { self.below(300) as u64 };
        if self.calm {
            self.global += self.below(60) as u64;
            self.arbiter_clock = self.global;
        } else if self.one_in(3) {
            self.arbiter_clock += passed;
        } else {
            self.machines[at].clock += passed;
        }
        self.step(at, Input::Tick)
    }

    fn mishap(&mut self) -> Checked {
        let at = self.below(2);
        if self.one_in(2) {
            return self.repair(at);
        }
        match self.below(16) {
            0..=2 => self.crash(at),
            3 => {
                self.link = false;
                self.packets.clear();
                // A cut is noticed by one side, by both or by none.
                for at in 0..2 {
                    if self.one_in(2) {
                        self.step(at, Input::Unlinked)?;
                    }
                }
                Ok(())
            }
            4 if self.mode == Mode::Manual => {
                // People say that the other node is off, and they are right.
                if self.machines[1 - at].node.is_none() { self.step(at, Input::Alone) } else { Ok(()) }
            }
            4 => {
                self.keeper = None;
                Ok(())
            }
            5 | 6 => self.step(at, Input::HandOver),
            7 => {
                let left = self.below(4);
                self.calls.truncate(left);
                Ok(())
            }
            8 => self.change_fitness(at),
            9 | 10 => {
                // The leader is cut off from both for a while.
                self.deaf = self.newest();
                self.held |= self.one_in(2);
                Ok(())
            }
            11 | 12 => {
                self.held = true;
                Ok(())
            }
            13 | 14 => self.accept(),
            _ if self.mode == Mode::Manual => Ok(()),
            _ => self.step(at, Input::Unanswered),
        }
    }

    fn repair(&mut self, at: usize) -> Checked {
        if self.held && self.one_in(2) {
            self.held = false;
            let lost = self.packets.len().saturating_sub(2);
            if self.one_in(2) {
                self.packets.drain(..lost);
            }
        }
        if self.one_in(4) {
            self.deaf = None;
        }
        if self.keeper.is_none() && self.mode == Mode::Witness {
            self.start_keeper();
        }
        if !self.link {
            self.link = true;
            self.packets.clear();
            for at in 0..2 {
                self.step(at, Input::Unlinked)?;
                self.step(at, Input::Linked)?;
            }
        }
        if self.machines[at].node.is_none() { self.start(at) } else { Ok(()) }
    }

    fn change_fitness(&mut self, at: usize) -> Checked {
        self.machines[at].unfit = !self.machines[at].unfit;
        let odd = self.machines[at].unfit.then(|| ODD.to_owned());
        self.step(at, Input::Unfit(odd.into_iter().collect()))
    }

    /// People say that the leader's file of the odd city is the true one: what only the other node has of it, they have given up.
    fn accept(&mut self) -> Checked {
        let Some(at) = self.newest().filter(|at| !self.serves_odd(*at)) else { return Ok(()) };
        let held: BTreeSet<u64> = self.machines[at].log.iter().filter_map(|entry| entry.value).collect();
        self.acknowledged.retain(|(value, odd, _)| !odd || held.contains(value));
        self.tally.accepted += 1;
        self.step(at, Input::Accept(ODD.to_owned()))
    }

    fn finish_pages(&mut self, at: usize) -> Checked {
        match self.machines[at].incoming.take() {
            Some((welcome, cargo)) => self.take_over(at, welcome.nonce, &cargo),
            None => Ok(()),
        }
    }

    pub(super) fn go(&mut self, steps: usize) -> Checked {
        let rate = [20, 60, 200][self.below(3)];
        for _ in 0..steps {
            match self.below(24) {
                0..=2 => {
                    let at = self.below(2);
                    self.write(at)?;
                }
                3..=11 => self.deliver()?,
                12..=14 => self.arbitrate()?,
                15..=17 => self.answer()?,
                18 => {
                    let at = self.below(2);
                    self.finish_pages(at)?;
                }
                _ => self.tick()?,
            }
            if self.one_in(rate) {
                self.mishap()?;
            }
            if self.calm {
                self.one_serves()?;
            }
        }
        Ok(())
    }

    fn one_serves(&self) -> Checked {
        let now = Duration::from_millis(self.global);
        let serving = |at: &usize| self.machines[*at].node.as_ref().is_some_and(|node| node.may_serve(now));
        if (0..2).filter(serving).count() == 2 { Err("both nodes serve".to_owned()) } else { Ok(()) }
    }
}
