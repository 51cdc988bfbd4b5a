//! A leader and the node that it takes along: what that node lacks, the pages that differ, the cities that it cannot hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use super::{Compared, Driver, Found, Guest};
use crate::arbiter::{Hello, Input, Welcome, Word};
use crate::standby::frame::Frame;
use crate::standby::message::{Holding, Message, Part};
use crate::standby::report::{Lag, Trouble, Why};

impl Driver {
    /// What the node that is taken along lacks.
    pub(super) fn lag(&self) -> Option<Lag> {
        let guest = self.guest.as_ref().filter(|guest| guest.welcomed)?;
        let (commits, bytes) = self.pipe.behind()?;
        let since_ms = guest.moved.elapsed().as_millis();
        let since_ms = if commits == 0 { 0 } else { u64::try_from(since_ms).unwrap_or(u64::MAX) };
        Some(Lag { commits, bytes, since_ms })
    }

    pub(super) fn welcome(&mut self, welcome: Welcome) {
        let from = self.pipe.txid();
        let guest = self.guest.as_mut().filter(|guest| guest.nonce == welcome.nonce);
        let Some(guest) = guest else { return };
        (guest.welcomed, guest.from) = (true, from);
        guest.left_out = welcome.left_out.keys().cloned().collect();
        let held = guest.held.map_or(0, |held| held.1);
        let streams = welcome.streams;
        self.pipe.take_along(if streams { held } else { from });
        let ids = self.outside.cities.iter().filter_map(|city| Some((city.clone(), self.own_id(city)?)));
        self.send(Message::Known(self.whys.clone(), ids.collect()));
        self.send(Message::Word(Word::Welcome(welcome)));
        if streams {
            for frame in self.pipe.after(held) {
                self.send_frame(&frame);
            }
        }
    }

    /// Sends a commit to the node that is taken along; of a city that it leaves out, its place in the line.
    pub(super) fn send_frame(&self, frame: &Frame) {
        let out = self.guest.as_ref().is_some_and(|guest| guest.left_out.contains(&frame.city));
        let ltx = if out { Vec::new() } else { frame.ltx.clone() };
        let (epoch, txid, commit_no) = (frame.epoch, frame.txid, frame.commit_no);
        let (city, before, after) = (frame.city.clone(), frame.before, frame.after);
        self.send(Message::Frame(Frame { epoch, txid, city, commit_no, before, after, ltx }));
    }

    /// Hangs up: the other node calls, or is called, again, and asks anew to be taken along.
    pub(super) fn hang_up(&mut self) {
        self.line = None;
        self.lose_guest();
        self.step(Input::Unlinked);
    }

    pub(super) fn lose_guest(&mut self) {
        self.guest = None;
        self.pipe.leave_behind();
    }

    pub(super) fn greeted(&mut self, mut hello: Hello, holding: &Holding) {
        if self.node.leads().is_some() && (!self.ready || self.is_refused()) {
            return;
        }
        if self.node.leads().is_some() {
            self.find_exceptions(&mut hello, holding);
        }
        // What it left out it must get, unless it is still to be left out.
        let named = self.node.register().map(|register| register.exceptions.clone()).unwrap_or_default();
        let theirs = |city: &String| named.get(city).is_some_and(|holder| *holder != self.name);
        let still_out = holding.without.iter().all(|city| hello.unfit.contains(city) || theirs(city));
        hello.fits = still_out && self.pipe.fits(holding.last);
        self.lose_guest();
        self.guest = Some(Guest {
            nonce: hello.nonce,
            held: holding.last,
            left_out: BTreeSet::new(),
            from: 0,
            welcomed: false,
            sums: Vec::new(),
            moved: Instant::now(),
        });
        self.step(Input::Heard(Word::Hello(hello)));
    }

    /// A build that knows an older schema could not open the files: it is never taken along.
    pub(super) fn is_refused(&mut self) -> bool {
        let other = self.other.as_ref().map_or(self.outside.schema, |other| other.schema);
        let leader = self.outside.schema;
        let trouble = (other < leader).then_some(Trouble::OlderBuild { leader, other });
        if let Some(trouble) = &trouble {
            if self.trouble != Some(trouble.clone()) {
                tracing::error!(leader, other, "the other node's build is older: it is not taken along");
            }
            self.send(Message::Refused(trouble.clone()));
        }
        self.trouble = trouble;
        self.trouble.is_some()
    }

    /// Adds the cities that the other node cannot take along by what the leader knows.
    pub(super) fn find_exceptions(&mut self, hello: &mut Hello, holding: &Holding) {
        let mut whys = holding.whys.clone();
        for city in &self.outside.cities {
            let own = self.own_id(city);
            let why = match (holding.cities.get(city), own) {
                (None, _) => Why::NotConfigured,
                (Some(Some(theirs)), Some(own))
                    if *theirs != own && !self.outside.marks.is_accepted(city, &own) =>
                {
                    Why::OtherFile
                }
                _ => continue,
            };
            whys.insert(city.clone(), why);
        }
        for city in &self.apart {
            whys.extend(self.whys.get(city).map(|why| (city.clone(), why.clone())));
        }
        hello.unfit.extend(whys.keys().cloned());
        self.whys = whys;
    }

    /// The id of a leader's own file.
    pub(super) fn own_id(&self, city: &str) -> Option<String> {
        self.pipe.file_id(city).or_else(|| match self.outside.found.get(city) {
            Some(Found::Known(id)) => Some(id.clone()),
            Some(Found::Unfit(_)) | None => None,
        })
    }

    /// People say that this node's file of the city is the true one.
    pub(super) fn accept(&mut self, city: String) {
        if self.node.leads().is_none() {
            return;
        }
        tracing::warn!(city, "people say that this node's file of the city is the true one");
        if let Some(own) = self.own_id(&city)
            && let Err(error) = self.outside.marks.accept(&city, &own)
        {
            return tracing::error!(%error, "what must be kept cannot be written");
        }
        self.whys.remove(&city);
        self.step(Input::Accept(city));
        self.hang_up();
    }

    /// Files that were replaced on purpose, as by a restore, are the true ones.
    pub(super) fn note_replaced(&mut self) {
        for (city, file_id) in self.pipe.take_replaced() {
            if let Err(error) = self.outside.marks.accept(&city, &file_id) {
                tracing::error!(%error, "what must be kept cannot be written");
            }
        }
    }

    /// How far the node that is taken along has got.
    pub(super) fn notice(&mut self, word: &Word) {
        if let Word::Ack { nonce, txid, .. } = word
            && let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == *nonce)
        {
            guest.moved = Instant::now();
            self.pipe.stored(*txid);
        }
    }

    /// Sends the pages that differ, city by city, beside everything else.
    pub(super) fn compare(&mut self, nonce: u64) {
        let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == nonce && guest.welcomed) else {
            return;
        };
        let (sums, from) = (std::mem::take(&mut guest.sums), guest.from);
        let left_out = guest.left_out.clone();
        let Some(line) = self.line.clone() else { return };
        let (pipe, copies) = (self.pipe.clone(), Arc::clone(&self.outside.copies));
        let scratch = self.outside.scratch.clone();
        let named: BTreeSet<&str> = sums.iter().map(|(part, _)| part.city.as_str()).collect();
        let missing = self.outside.cities.iter().filter(|city| !named.contains(city.as_str()));
        let missing = missing.map(|city| (Part { nonce, city: city.clone(), page_size: 0 }, Vec::new()));
        let all = missing.collect::<Vec<_>>().into_iter().chain(sums);
        let ours = |city: &String| self.outside.cities.contains(city) && !left_out.contains(city);
        let all: Vec<_> = all.filter(|(part, _)| ours(&part.city)).collect();
        let comparing = self.comparing.clone();
        tokio::task::spawn_blocking(move || {
            let mut compared = Compared { nonce, apart: BTreeMap::new(), done: true };
            for (part, theirs) in all {
                let target = scratch.join(format!("{}.copy", part.city));
                let send = |message| {
                    // A line that has just gone tells so by itself.
                    let _ = line.send(message);
                };
                let done = pipe.compare(&part, &theirs, &target, |target| copies(&part.city, target), send);
                let _ = std::fs::remove_file(&target);
                match done.as_ref().map_err(std::io::Error::kind) {
                    Ok(()) => {}
                    Err(std::io::ErrorKind::NotFound) => pipe.is_absent(&part.city),
                    Err(std::io::ErrorKind::InvalidData) => {
                        let why = done.err().map(|error| error.to_string()).unwrap_or_default();
                        compared.apart.insert(part.city, Why::CannotOpen(why));
                    }
                    Err(_) => {
                        tracing::error!(city = part.city, ?done, "a city's pages cannot be compared");
                        compared.done = false;
                        break;
                    }
                }
            }
            if compared.done && compared.apart.is_empty() {
                let _ = line.send(Message::PagesDone(nonce, from));
            }
            // The node may have ended meanwhile.
            let _ = comparing.send(compared);
        });
    }

    /// When something was in the way, the other node asks to be taken along anew.
    pub(super) fn have_compared(&mut self, compared: Compared) {
        let Compared { nonce, apart, done } = compared;
        if self.guest.as_ref().is_none_or(|guest| guest.nonce != nonce) || done && apart.is_empty() {
            return;
        }
        for (city, why) in apart {
            tracing::error!(city, ?why, "the city is left out");
            self.whys.insert(city.clone(), why);
            self.apart.insert(city);
        }
        self.hang_up();
    }

    pub(super) fn committed(&mut self, frame: &Frame) {
        let txid = frame.txid;
        self.note_replaced();
        if self.guest.as_ref().is_some_and(|guest| guest.welcomed && txid > guest.from) {
            self.send_frame(frame);
        }
        if self.pipe.is_hopeless() {
            tracing::error!("the other node does not keep up: its pages are compared");
            self.hang_up();
        }
        // A city that could not be opened is there again.
        if frame.is_hole() && self.apart.remove(&frame.city) {
            self.whys.remove(&frame.city);
            self.hang_up();
        }
        self.step(Input::Committed(txid));
    }
}
