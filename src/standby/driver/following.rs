//! A node that follows: what comes is made durable, and cities that cannot be gone on with are left out before more is told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tokio::sync::mpsc;

use super::{Driver, Found, LONGEST_REST, Line, REST, ROUND, Standing, TRIES, Unfit};
use crate::arbiter::{Input, Welcome, Word};
use crate::standby::frame::Frame;
use crate::standby::holder::{Holder, HolderError};
use crate::standby::message::{Holding, Message, Part};
use crate::standby::report::Why;

impl Driver {
    /// Cities that this node cannot take along from the start.
    pub(super) fn begin(&mut self) {
        let found = self.outside.found.iter().filter_map(|(city, found)| match found {
            Found::Unfit(why) => Some((city.clone(), why.clone())),
            Found::Known(_) => None,
        });
        let mut failed: BTreeMap<String, Why> = found.collect();
        failed.extend(self.holder.as_mut().map(Holder::take_failed).unwrap_or_default());
        for (city, why) in failed {
            // What is not the city's file stays so until people have put it right.
            let put_right = self.outside.found.contains_key(&city);
            self.unfit_from_now_on(city.clone(), why);
            if put_right && let Some(unfit) = self.unfit.get_mut(&city) {
                unfit.again = None;
            }
        }
        self.tell_unfit();
    }

    pub(super) fn unfit_from_now_on(&mut self, city: String, why: Why) {
        let tries = self.unfit.get(&city).map_or(1, |unfit| unfit.tries + 1);
        let again = (tries <= TRIES).then(|| Instant::now() + REST * 2_u32.saturating_pow(tries - 1));
        self.whys.insert(city.clone(), why.clone());
        self.unfit.insert(city, Unfit { why, tries, again, out: true });
    }

    pub(super) fn tell_unfit(&mut self) {
        let out = self.unfit.iter().filter(|(_, unfit)| unfit.out);
        let out: BTreeSet<String> = out.map(|(city, _)| city.clone()).collect();
        self.step(Input::Unfit(out));
    }

    /// Lets go of what this node holds, and asks to be taken along again.
    pub(super) fn rejoin(&mut self, full: bool) {
        let Some(holder) = &mut self.holder else { return };
        holder.forget_pages();
        if let Err(error) = holder.doubt() {
            return self.broken(&error);
        }
        if full && let Err(error) = self.outside.marks.guard(self.outside.cities.iter().cloned()) {
            tracing::error!(%error, "what must be kept cannot be written");
            return self.stand(Standing::Broken);
        }
        self.step(Input::Unlinked);
        if self.line.is_some() {
            self.step(Input::Linked);
        }
    }

    /// What this node holds, for the leader.
    pub(super) fn holding(&self) -> Holding {
        let holder = self.holder.as_ref();
        let id = |city: &String| {
            if self.outside.marks.guarded().contains(city) {
                // It is set aside before anything else: it is not compared with the leader's.
                return None;
            }
            let held = holder.and_then(|holder| holder.file_id(city)).map(str::to_owned);
            held.or_else(|| match self.outside.found.get(city) {
                Some(Found::Known(id)) => Some(id.clone()),
                Some(Found::Unfit(_)) | None => None,
            })
        };
        let cities = self.outside.cities.iter().map(|city| (city.clone(), id(city)));
        let out = self.unfit.iter().filter(|(_, unfit)| unfit.out);
        Holding {
            last: holder.and_then(Holder::held),
            cities: cities.collect(),
            without: holder.map(|holder| holder.without().clone()).unwrap_or_default(),
            whys: out.map(|(city, unfit)| (city.clone(), unfit.why.clone())).collect(),
        }
    }

    /// Takes commits that came one after the other together.
    pub(super) fn told_in_rounds(&mut self, first: Line, line: &mut mpsc::UnboundedReceiver<Line>) {
        let mut next = Some(first);
        while let Some(told) = next.take() {
            let Line::Heard(Message::Frame(frame)) = told else { return self.told(told) };
            let mut bytes = frame.ltx.len();
            let mut frames = vec![frame];
            while bytes < ROUND {
                match line.try_recv() {
                    Ok(Line::Heard(Message::Frame(frame))) => {
                        bytes += frame.ltx.len();
                        frames.push(frame);
                    }
                    Ok(other) => {
                        next = Some(other);
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.store(frames);
        }
    }

    /// Makes commits durable, once the rules have heard of each.
    pub(super) fn store(&mut self, frames: Vec<Frame>) {
        for frame in &frames {
            self.step(Input::Heard(Word::Frame { epoch: frame.epoch, txid: frame.txid }));
        }
        let epoch = self.attached.as_ref().map(|welcome| welcome.epoch);
        let frames: Vec<Frame> = frames.into_iter().filter(|frame| Some(frame.epoch) == epoch).collect();
        if !frames.is_empty() {
            self.keep(|holder| holder.frames(frames));
        }
    }

    pub(super) fn rest(mut self) -> Standing {
        if let Some(Err(error)) = self.holder.take().map(Holder::rest) {
            tracing::warn!(%error, "the next start reads all files");
        }
        self.view.borrow().standing
    }

    /// Puts commits away, and tells how far they are durable.
    pub(super) fn keep(&mut self, put: impl FnOnce(&mut Holder) -> Result<Option<u64>, HolderError>) {
        let Some(nonce) = self.attached.as_ref().map(|welcome| welcome.nonce) else { return };
        let kept = self.holder.as_mut().map(put);
        if self.have_failed() {
            return;
        }
        match kept {
            Some(Ok(None)) | None => {}
            Some(Ok(Some(txid))) => {
                self.rest = REST;
                self.step(Input::Stored { nonce, txid });
            }
            Some(Err(error)) => self.doubt(&error),
        }
    }

    pub(super) fn replaces(&mut self, nonce: u64, put: impl FnOnce(&mut Holder) -> Result<(), HolderError>) {
        if self.attached.as_ref().is_none_or(|welcome| welcome.nonce != nonce) {
            return;
        }
        let replaced = self.holder.as_mut().map(put);
        if !self.have_failed()
            && let Some(Err(error)) = replaced
        {
            self.doubt(&error);
        }
    }

    /// Cities whose file cannot be gone on with are left out before anything more is told to the leader.
    pub(super) fn have_failed(&mut self) -> bool {
        let failed = self.holder.as_mut().map(Holder::take_failed).unwrap_or_default();
        if failed.is_empty() {
            return false;
        }
        for (city, why) in failed {
            self.unfit_from_now_on(city, why);
        }
        self.tell_unfit();
        true
    }

    /// Tries again to take along cities that were left out.
    pub(super) fn try_again(&mut self) {
        let now = Instant::now();
        let mut due = false;
        for unfit in self.unfit.values_mut() {
            due |= unfit.again.take_if(|again| *again <= now).map(|_| unfit.out = false).is_some();
        }
        if due {
            self.tell_unfit();
        }
    }

    /// Something is not as the leader's: the pages are compared.
    pub(super) fn doubt(&mut self, error: &HolderError) {
        tracing::error!(%error, "the data of this node is not the leader's: its pages are compared");
        if let Some(Err(error)) = self.holder.as_mut().map(Holder::doubt) {
            return self.broken(&error);
        }
        self.step(Input::Unlinked);
        self.rest_until = Some(Instant::now() + self.rest);
        self.rest = (self.rest * 2).min(LONGEST_REST);
    }

    /// Asks to be taken along again once the rest is over.
    pub(super) fn rested(&mut self) {
        if self.holder.is_some() {
            self.try_again();
        }
        if self.line.is_some() && self.rest_until.take_if(|until| *until <= Instant::now()).is_some() {
            self.step(Input::Linked);
        }
    }

    pub(super) fn attach(&mut self, welcome: Welcome) {
        let (nonce, streams, epoch) = (welcome.nonce, welcome.streams, welcome.epoch);
        let left_out: BTreeSet<String> = welcome.left_out.keys().cloned().collect();
        let true_here = welcome.left_out.iter().filter(|(_, holder)| **holder == self.name);
        let mut guarded: BTreeSet<String> = true_here.map(|(city, _)| city.clone()).collect();
        if welcome.sets_aside {
            guarded.extend(self.outside.cities.iter().cloned());
        }
        if !streams {
            let others = self.holding().cities.into_iter().filter(|(city, own)| {
                let leaders = self.leaders.get(city);
                !left_out.contains(city) && own.is_some() && leaders.is_some() && own.as_ref() != leaders
            });
            guarded.extend(others.map(|(city, _)| city));
        }
        // A file that is the true one until people decide otherwise, and another one than the leader's, is not just written over.
        if let Err(error) = self.outside.marks.guard(guarded) {
            tracing::error!(%error, "what must be kept cannot be written");
            return self.stand(Standing::Broken);
        }
        self.attached = Some(welcome);
        self.trouble = None;
        if streams {
            self.go_on(nonce, epoch, &left_out);
        } else {
            self.begin_pages(nonce, left_out);
        }
    }

    pub(super) fn go_on(&mut self, nonce: u64, epoch: u64, left_out: &BTreeSet<String>) {
        if let Some(Err(error)) = self.holder.as_mut().map(|holder| holder.leave_out(left_out)) {
            return self.broken(&error);
        }
        let held = self.holder.as_ref().and_then(Holder::held).filter(|held| held.0 == epoch);
        match held {
            Some((_, txid)) => self.step(Input::Stored { nonce, txid }),
            None => self.step(Input::Unlinked),
        }
    }

    pub(super) fn begin_pages(&mut self, nonce: u64, left_out: BTreeSet<String>) {
        let (cities, marks) = (&self.outside.cities, &mut self.outside.marks);
        let begun = self.holder.as_mut().map(|holder| holder.begin_pages(cities, left_out, marks));
        match begun {
            Some(Ok(_)) if self.have_failed() => {}
            Some(Ok(sums)) => {
                for (city, page_size, sums) in sums {
                    self.send(Message::Sums(Part { nonce, city, page_size }, sums));
                }
                self.send(Message::SumsDone(nonce));
            }
            Some(Err(error)) => self.broken(&error),
            None => {}
        }
    }
}
