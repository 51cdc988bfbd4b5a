//! One node at work: what the state machine decides is carried out, and what happens is told to it.
//!
//! **Invariant:** actions are carried out in their order; what must be durable is before the next one begins.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use super::frame::Frame;
use super::holder::{Holder, HolderError};
use super::message::{Message, Part};
use super::pipe::Pipe;
use super::post::Post;
use super::report::{self, Board, Lag, Report, Role, Trouble, Why};
use super::serving::Serving;
use crate::arbiter::{Action, Answer, Call, Hello, Identity, Input, Node, Saved, Welcome, Word};

/// How often time goes on.
const TICK: Duration = Duration::from_millis(50);

/// How long a node rests whose data turned out not to be the leader's, the first time and at most: comparing pages costs the leader a
/// copy of its files.
const REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_mins(1);

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It follows, or waits to.
    #[default]
    Following,
    /// It leads in this epoch; its data may be opened.
    Leading(u64),
    /// It led, and another node does now.
    Fenced,
    /// Its data cannot be gone on with.
    Broken,
}

/// Between two notes to the other node.
const NOTES: Duration = Duration::from_secs(1);

/// What others see of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub standing: Standing,
    /// Whether pages may be served and mail sent.
    pub may_serve: bool,
    /// Whether the other node holds everything.
    pub in_sync: bool,
}

type Asking = Pin<Box<dyn Future<Output = Option<Answer>> + Send>>;

/// Asks the arbiter.
pub type Ask = dyn Fn(Call) -> Asking + Send;

/// Copies a city's file at one commit to a path: its page size and that commit.
pub type Copies = dyn Fn(&str, &std::path::Path) -> std::io::Result<(u32, u64)> + Send + Sync;

/// What a node needs from the outside.
pub struct Outside {
    /// Asks the arbiter.
    pub ask: Box<Ask>,
    /// Copies a city's file.
    pub copies: Arc<Copies>,
    /// Makes what is kept over a restart durable.
    pub save: Box<dyn Fn(Saved) -> std::io::Result<()> + Send>,
    /// The cities that are taken along.
    pub cities: Vec<String>,
    /// Where copies are made.
    pub scratch: PathBuf,
    /// Where it is shown how things stand.
    pub board: Board,
    /// Where it is told whether pages may be served.
    pub serving: Serving,
    /// What else is known, and told to the other node.
    pub post: Post,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("cities", &self.cities).finish_non_exhaustive()
    }
}

/// What the link tells.
#[derive(Debug)]
pub enum Line {
    /// The other node is reached; messages to it go here.
    Up(mpsc::UnboundedSender<Message>),
    /// It said something.
    Heard(Message),
    /// It is gone.
    Down,
}

/// What people want of the node.
#[derive(Debug)]
pub enum Wish {
    /// The cities are open: the other node may be taken along.
    Ready,
    /// The roles shall be changed: a leader hands over, a node that follows asks its leader to.
    HandOver,
    /// The other node is off, and does not lead (`manual`).
    Alone,
    /// This node shall lead, although acknowledged writes may be left behind.
    Seize,
    /// What this node holds is doubted: its pages are compared; if `full`, its files are set aside whole before.
    Rejoin {
        /// Whether.
        full: bool,
    },
    /// Says whether this node leads, found out after this was asked.
    Confirm(oneshot::Sender<bool>),
}

/// How long a question after leadership may stay without an answer.
const CONFIRM: Duration = Duration::from_secs(2);

/// The node.
pub struct Driver {
    name: String,
    node: Node,
    began: Instant,
    outside: Outside,
    pipe: Pipe,
    holder: Option<Holder>,
    line: Option<mpsc::UnboundedSender<Message>>,
    asked: Option<u64>,
    answers: mpsc::UnboundedSender<(u64, Option<Answer>)>,
    answered: mpsc::UnboundedReceiver<(u64, Option<Answer>)>,
    /// The following that this node is in.
    attached: Option<Welcome>,
    /// The node that is taken along: its hello, and the last commit that it held.
    guest: Option<Guest>,
    ready: bool,
    /// How long the next rest is, and until when the present one lasts.
    rest: Duration,
    rest_until: Option<Instant>,
    /// What is known about cities that are not held alike.
    whys: BTreeMap<String, Why>,
    /// Why the other node is not taken along at all.
    trouble: Option<Trouble>,
    /// Who wants to know whether this node leads, and since when.
    doubters: Vec<(Duration, oneshot::Sender<bool>)>,
    /// When the other node was told what people may want to know.
    noted: Option<Instant>,
    view: watch::Sender<View>,
}

struct Guest {
    nonce: u64,
    held: Option<(u64, u64)>,
    /// The last commit when it was welcomed.
    from: u64,
    welcomed: bool,
    sums: Vec<(Part, Vec<u64>)>,
    /// The last commit that it has made durable, and when it got on last.
    stored: u64,
    moved: Instant,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("view", &*self.view.borrow()).finish_non_exhaustive()
    }
}

impl Driver {
    /// A node that has just started. Its data is `holder`'s; `None` when it cannot be used, and must be replaced.
    pub fn new(
        who: Identity,
        saved: Saved,
        holder: Holder,
        pipe: Pipe,
        outside: Outside,
    ) -> (Self, watch::Receiver<View>) {
        let (answers, answered) = mpsc::unbounded_channel();
        let (view, seen) = watch::channel(View::default());
        let driver = Self {
            name: who.node.clone(),
            node: Node::new(who, saved, Duration::ZERO),
            began: Instant::now(),
            outside,
            pipe,
            holder: Some(holder),
            line: None,
            asked: None,
            answers,
            answered,
            attached: None,
            guest: None,
            ready: false,
            rest: REST,
            rest_until: None,
            whys: BTreeMap::new(),
            trouble: None,
            doubters: Vec::new(),
            noted: None,
            view,
        };
        (driver, seen)
    }

    /// Goes on until the node is fenced or broken.
    pub async fn run(
        mut self,
        mut commits: mpsc::UnboundedReceiver<Arc<Frame>>,
        mut line: mpsc::UnboundedReceiver<Line>,
        mut wishes: mpsc::UnboundedReceiver<Wish>,
    ) -> Standing {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                Some((number, answer)) = self.answered.recv() => {
                    if self.asked == Some(number) {
                        self.asked = None;
                        self.step(answer.map_or(Input::Unanswered, Input::Answered));
                    }
                }
                Some(told) = line.recv() => self.told(told),
                Some(frame) = commits.recv() => self.committed(&frame),
                Some(wish) = wishes.recv() => self.wished(wish),
                _ = tick.tick() => {
                    self.step(Input::Tick);
                    self.rested();
                    self.exchange();
                }
            }
            let standing = self.view.borrow().standing;
            if matches!(standing, Standing::Fenced | Standing::Broken) {
                self.pipe.close();
                // What was said last still goes out.
                return standing;
            }
        }
    }

    fn wished(&mut self, wish: Wish) {
        match wish {
            Wish::Ready => self.ready = true,
            Wish::HandOver => self.step(Input::HandOver),
            Wish::Alone => self.step(Input::Alone),
            Wish::Seize => self.step(Input::Seize),
            Wish::Rejoin { full } => self.rejoin(full),
            Wish::Confirm(answer) => {
                self.doubters.push((self.began.elapsed(), answer));
                self.step(Input::Confirm);
            }
        }
    }

    /// Lets go of what this node holds, and asks to be taken along again.
    fn rejoin(&mut self, full: bool) {
        let Some(holder) = &mut self.holder else { return };
        if full {
            holder.keep_what_was_here();
        }
        if let Err(error) = holder.doubt() {
            return self.broken(&error);
        }
        self.step(Input::Unlinked);
        if self.line.is_some() {
            self.step(Input::Linked);
        }
    }

    /// Answers those who can be answered by now.
    fn assure(&mut self) {
        if self.doubters.is_empty() {
            return;
        }
        let (confirmed, now) = (self.node.confirmed(), self.began.elapsed());
        for (since, answer) in std::mem::take(&mut self.doubters) {
            let sure = confirmed.is_some_and(|at| at >= since);
            if sure || confirmed.is_none() || now >= since + CONFIRM {
                // Who asked may have gone.
                let _ = answer.send(sure && self.node.may_serve(now));
            } else {
                self.doubters.push((since, answer));
            }
        }
    }

    fn step(&mut self, input: Input) {
        let actions = self.node.step(self.began.elapsed(), input);
        for action in actions {
            self.act(action);
        }
        let (may_serve, in_sync) = (self.node.may_serve(self.began.elapsed()), self.node.is_in_sync());
        self.view.send_if_modified(|view| {
            let changed = (view.may_serve, view.in_sync) != (may_serve, in_sync);
            (view.may_serve, view.in_sync) = (may_serve, in_sync);
            changed
        });
        self.outside.serving.until(self.began, self.node.serves_until());
        self.show(may_serve, in_sync);
        self.assure();
    }

    /// Shows how things stand.
    fn show(&self, may_serve: bool, in_sync: bool) {
        let leads = self.node.leads();
        let role = match self.view.borrow().standing {
            Standing::Following => Role::Following,
            Standing::Leading(_) => Role::Leading,
            Standing::Fenced => Role::Fenced,
            Standing::Broken => Role::Broken,
        };
        let held = self.holder.as_ref().and_then(Holder::held).map_or((0, 0), |held| held);
        let register = self.node.register();
        let named = register.map(|register| register.exceptions.clone()).unwrap_or_default();
        self.outside.board.show(Report {
            node: self.name.clone(),
            role,
            epoch: leads.unwrap_or(held.0).max(register.map_or(0, |register| register.epoch)),
            leader: register.map(|register| register.leader.clone()).unwrap_or_default(),
            linked: self.line.is_some(),
            in_sync,
            may_serve,
            position: leads.map_or(held.1, |_| self.pipe.txid()),
            whole: self.holder.as_ref().is_some_and(|holder| holder.held().is_some()),
            began: self.node.began(),
            lag: leads.and_then(|_| self.lag()),
            exceptions: report::exceptions(&named, &self.whys),
            trouble: self.trouble.clone(),
        });
    }

    /// What the node that is taken along lacks.
    fn lag(&self) -> Option<Lag> {
        let guest = self.guest.as_ref().filter(|guest| guest.welcomed)?;
        let (commits, bytes) = self.pipe.behind(guest.stored);
        let since_ms = guest.moved.elapsed().as_millis();
        let since_ms = if commits == 0 { 0 } else { u64::try_from(since_ms).unwrap_or(u64::MAX) };
        Some(Lag { commits, bytes, since_ms })
    }

    fn stand(&self, standing: Standing) {
        self.view.send_modify(|view| view.standing = standing);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Save(saved) => {
                if let Err(error) = (self.outside.save)(saved) {
                    tracing::error!(%error, "what must be kept cannot be written");
                    self.stand(Standing::Broken);
                }
            }
            Action::Say(word) => self.say(word),
            Action::Ask(call) => {
                let (number, answers) = (call.id.number, self.answers.clone());
                self.asked = Some(number);
                let asking = (self.outside.ask)(call);
                tokio::spawn(async move {
                    // Nobody listens any more once the node has ended.
                    let _ = answers.send((number, asking.await));
                });
            }
            Action::Lead { epoch, .. } => self.lead(epoch),
            Action::Acknowledge(upto) => self.pipe.acknowledge(upto),
            Action::Drain => {
                let last = self.pipe.txid();
                self.pipe.drain();
                let actions = self.node.step(self.began.elapsed(), Input::Drained(last));
                for action in actions {
                    self.act(action);
                }
            }
            Action::Resume => self.pipe.resume(),
            Action::StepDown => {
                self.pipe.close();
                self.stand(Standing::Fenced);
            }
            Action::Attach(welcome) => self.attach(welcome),
            Action::Detach => self.attached = None,
            // The frame itself is put away by who heard it.
            Action::Store { .. } => {}
        }
    }

    fn lead(&mut self, epoch: u64) {
        let Some(holder) = self.holder.take() else { return };
        self.attached = None;
        match holder.lead() {
            Ok(()) => {
                self.pipe.open(epoch);
                self.stand(Standing::Leading(epoch));
            }
            Err(error) => self.broken(&error),
        }
    }

    fn broken(&self, error: &HolderError) {
        tracing::error!(%error, "the data of this node cannot be gone on with");
        self.stand(Standing::Broken);
    }

    fn say(&mut self, word: Word) {
        let message = match word {
            Word::Hello(hello) => Message::Hello(hello, self.holder.as_ref().and_then(Holder::held)),
            Word::Welcome(ref welcome) => {
                let from = self.pipe.txid();
                let guest = self.guest.as_mut().filter(|guest| guest.nonce == welcome.nonce);
                let Some(guest) = guest else { return };
                (guest.welcomed, guest.from) = (true, from);
                let held = guest.held.map_or(0, |held| held.1);
                let streams = welcome.streams;
                self.send(Message::Word(word));
                if streams {
                    for frame in self.pipe.after(held) {
                        self.send(Message::Frame((*frame).clone()));
                    }
                }
                return;
            }
            word => Message::Word(word),
        };
        self.send(message);
    }

    fn send(&self, message: Message) {
        if let Some(line) = &self.line {
            // A line that has just gone tells so by itself.
            let _ = line.send(message);
        }
    }

    fn told(&mut self, told: Line) {
        match told {
            Line::Up(line) => {
                self.line = Some(line);
                self.guest = None;
                self.step(Input::Unlinked);
                if self.rest_until.is_none() {
                    self.step(Input::Linked);
                }
            }
            Line::Down => {
                self.line = None;
                self.guest = None;
                self.step(Input::Unlinked);
            }
            Line::Heard(message) => self.heard(message),
        }
    }

    fn heard(&mut self, message: Message) {
        match message {
            Message::Intro(_) => {}
            Message::Note(note) => self.outside.post.noted(note),
            Message::Word(word) => {
                self.notice(&word);
                self.step(Input::Heard(word));
            }
            Message::Hello(hello, held) => self.greeted(hello, held),
            Message::Frame(frame) => {
                let (epoch, txid) = (frame.epoch, frame.txid);
                self.step(Input::Heard(Word::Frame { epoch, txid }));
                if self.attached.as_ref().is_some_and(|welcome| welcome.epoch == epoch) {
                    self.keep(|holder| holder.frames(vec![frame]));
                }
            }
            Message::Sums(part, sums) => {
                if let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == part.nonce) {
                    guest.sums.push((part, sums));
                }
            }
            Message::SumsDone(nonce) => self.compare(nonce),
            Message::Pages(part, ltx) => self.replaces(part.nonce, |holder| holder.pages(&part, &ltx)),
            Message::City(part, whole) => self.replaces(part.nonce, |holder| holder.city_done(&part, whole)),
            Message::PagesDone(nonce, txid) => {
                let epoch =
                    self.attached.as_ref().filter(|welcome| welcome.nonce == nonce).map(|one| one.epoch);
                if let Some(epoch) = epoch {
                    self.keep(|holder| holder.pages_done(epoch, txid));
                }
            }
        }
    }

    fn greeted(&mut self, mut hello: Hello, held: Option<(u64, u64)>) {
        if self.node.leads().is_some() && !self.ready {
            return;
        }
        hello.fits = self.pipe.fits(held);
        self.guest = Some(Guest {
            nonce: hello.nonce,
            held,
            from: 0,
            welcomed: false,
            sums: Vec::new(),
            stored: 0,
            moved: Instant::now(),
        });
        self.step(Input::Heard(Word::Hello(hello)));
    }

    /// How far the node that is taken along has got.
    fn notice(&mut self, word: &Word) {
        if let Word::Ack { nonce, txid, .. } = word
            && let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == *nonce)
            && *txid > guest.stored
        {
            (guest.stored, guest.moved) = (*txid, Instant::now());
        }
    }

    /// Puts commits away, and tells how far they are durable.
    fn keep(&mut self, put: impl FnOnce(&mut Holder) -> Result<Option<u64>, HolderError>) {
        let Some(nonce) = self.attached.as_ref().map(|welcome| welcome.nonce) else { return };
        match self.holder.as_mut().map(put) {
            Some(Ok(None)) | None => {}
            Some(Ok(Some(txid))) => {
                self.rest = REST;
                self.step(Input::Stored { nonce, txid });
            }
            Some(Err(error)) => self.doubt(&error),
        }
    }

    fn replaces(&mut self, nonce: u64, put: impl FnOnce(&mut Holder) -> Result<(), HolderError>) {
        if self.attached.as_ref().is_none_or(|welcome| welcome.nonce != nonce) {
            return;
        }
        if let Some(Err(error)) = self.holder.as_mut().map(put) {
            self.doubt(&error);
        }
    }

    /// Something is not as the leader's: the pages are compared.
    fn doubt(&mut self, error: &HolderError) {
        tracing::error!(%error, "the data of this node is not the leader's: its pages are compared");
        if let Some(Err(error)) = self.holder.as_mut().map(Holder::doubt) {
            return self.broken(&error);
        }
        self.step(Input::Unlinked);
        self.rest_until = Some(Instant::now() + self.rest);
        self.rest = (self.rest * 2).min(LONGEST_REST);
    }

    /// Tells the other node now and then what people may want to know of this one.
    fn exchange(&mut self) {
        if self.line.is_some() && self.noted.is_none_or(|at| at.elapsed() >= NOTES) {
            self.noted = Some(Instant::now());
            self.send(Message::Note(self.outside.post.note()));
        }
    }

    /// Asks to be taken along again once the rest is over.
    fn rested(&mut self) {
        if self.line.is_some() && self.rest_until.take_if(|until| *until <= Instant::now()).is_some() {
            self.step(Input::Linked);
        }
    }

    fn attach(&mut self, welcome: Welcome) {
        let (nonce, streams, epoch) = (welcome.nonce, welcome.streams, welcome.epoch);
        if welcome.sets_aside
            && let Some(holder) = &mut self.holder
        {
            holder.keep_what_was_here();
        }
        self.attached = Some(welcome);
        if streams {
            let held = self.holder.as_ref().and_then(Holder::held).filter(|held| held.0 == epoch);
            match held {
                Some((_, txid)) => self.step(Input::Stored { nonce, txid }),
                None => self.step(Input::Unlinked),
            }
            return;
        }
        let cities = self.outside.cities.clone();
        match self.holder.as_mut().map(|holder| holder.begin_pages(&cities)) {
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

    /// Sends the pages that differ, city by city, beside everything else.
    fn compare(&mut self, nonce: u64) {
        let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == nonce && guest.welcomed) else {
            return;
        };
        let (sums, from) = (std::mem::take(&mut guest.sums), guest.from);
        let Some(line) = self.line.clone() else { return };
        let (pipe, copies) = (self.pipe.clone(), Arc::clone(&self.outside.copies));
        let scratch = self.outside.scratch.clone();
        let named: BTreeSet<&str> = sums.iter().map(|(part, _)| part.city.as_str()).collect();
        let missing = self.outside.cities.iter().filter(|city| !named.contains(city.as_str()));
        let missing = missing.map(|city| (Part { nonce, city: city.clone(), page_size: 0 }, Vec::new()));
        let all: Vec<_> = missing.collect::<Vec<_>>().into_iter().chain(sums).collect();
        tokio::task::spawn_blocking(move || {
            for (part, theirs) in all {
                let target = scratch.join(format!("{}.copy", part.city));
                let done = pipe.compare(
                    &part,
                    &theirs,
                    &target,
                    |target| copies(&part.city, target),
                    |message| {
                        let _ = line.send(message);
                    },
                );
                let _ = std::fs::remove_file(&target);
                if done.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
                    // The city has no file yet.
                    continue;
                }
                if let Err(error) = done {
                    // The other node asks again when it hears nothing.
                    return tracing::error!(%error, "a city's pages cannot be compared");
                }
            }
            let _ = line.send(Message::PagesDone(nonce, from));
        });
    }

    fn committed(&mut self, frame: &Frame) {
        let txid = frame.txid;
        if self.guest.as_ref().is_some_and(|guest| guest.welcomed && txid > guest.from) {
            self.send(Message::Frame(frame.clone()));
        }
        self.step(Input::Committed(txid));
    }
}
