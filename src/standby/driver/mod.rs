//! One node at work: what the state machine decides is carried out, and what happens is told to it.
//!
//! **Invariant:** actions are carried out in their order; what must be durable is before the next one begins.

mod following;
mod leading;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

pub use words::{Ask, Copies, Found, Line, Outside, Standing, View, Wish};

use super::frame::Frame;
use super::holder::{Holder, HolderError};
use super::message::{Intro, Message, Part};
use super::pipe::Pipe;
use super::report::{self, Report, Role, Trouble, Why};
use crate::arbiter::{Action, Answer, Identity, Input, Node, Saved, Welcome, Word};

/// How often time goes on.
const TICK: Duration = Duration::from_millis(50);

/// How often a city that came out different is compared anew before it is left out for good.
const TRIES: u32 = 3;

/// Bytes of commits that are made durable at once.
const ROUND: usize = 4 << 20;

/// How long a node rests whose data turned out not to be the leader's, the first time and at most: comparing pages costs the leader a
/// copy of its files.
const REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_mins(1);

/// How long a node that has ended keeps its line.
const LAST_WORD: Duration = Duration::from_millis(100);

/// Between two notes to the other node.
const NOTES: Duration = Duration::from_secs(1);

/// How the comparison of pages went.
struct Compared {
    nonce: u64,
    /// Cities whose file cannot be opened, and why.
    apart: BTreeMap<String, Why>,
    done: bool,
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
    /// Who is at the other end.
    other: Option<Intro>,
    asked: Option<u64>,
    answers: mpsc::UnboundedSender<(u64, Option<Answer>)>,
    answered: mpsc::UnboundedReceiver<(u64, Option<Answer>)>,
    comparing: mpsc::UnboundedSender<Compared>,
    compared: mpsc::UnboundedReceiver<Compared>,
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
    /// Of a node that follows: the ids of the leader's files.
    leaders: BTreeMap<String, String>,
    /// Of a leader: cities whose file it cannot open.
    apart: BTreeSet<String>,
    /// Of a node that follows: cities that it cannot take along, why, how often it was tried, and when it is tried again.
    unfit: BTreeMap<String, Unfit>,
    /// Why the other node is not taken along at all.
    trouble: Option<Trouble>,
    /// Who wants to know whether this node leads, and since when.
    doubters: Vec<(Duration, oneshot::Sender<bool>)>,
    /// When the other node was told what people may want to know.
    noted: Option<Instant>,
    view: watch::Sender<View>,
}

#[derive(Clone, Debug)]
struct Unfit {
    why: Why,
    tries: u32,
    /// When it is tried again; never when none.
    again: Option<Instant>,
    /// Whether it is left out at present.
    out: bool,
}

struct Guest {
    nonce: u64,
    held: Option<(u64, u64)>,
    /// Cities whose commits it gets without their pages.
    left_out: BTreeSet<String>,
    /// The last commit when it was welcomed.
    from: u64,
    welcomed: bool,
    sums: Vec<(Part, Vec<u64>)>,
    /// When it got on last.
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
        let (comparing, compared) = mpsc::unbounded_channel();
        let (view, seen) = watch::channel(View::default());
        let mut driver = Self {
            name: who.node.clone(),
            node: Node::new(who, saved, Duration::ZERO),
            began: Instant::now(),
            outside,
            pipe,
            holder: Some(holder),
            line: None,
            other: None,
            asked: None,
            answers,
            answered,
            comparing,
            compared,
            attached: None,
            guest: None,
            ready: false,
            rest: REST,
            rest_until: None,
            whys: BTreeMap::new(),
            leaders: BTreeMap::new(),
            apart: BTreeSet::new(),
            unfit: BTreeMap::new(),
            trouble: None,
            doubters: Vec::new(),
            noted: None,
            view,
        };
        driver.begin();
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
                Some(told) = line.recv() => self.told_in_rounds(told, &mut line),
                Some(frame) = commits.recv() => self.committed(&frame),
                Some(compared) = self.compared.recv() => self.have_compared(compared),
                Some(wish) = wishes.recv() => match wish {
                    Wish::Rest => return self.rest(),
                    wish => self.wished(wish),
                },
                _ = tick.tick() => {
                    self.step(Input::Tick);
                    self.rested();
                    self.exchange();
                }
            }
            let standing = self.view.borrow().standing;
            if matches!(standing, Standing::Fenced | Standing::Broken) {
                self.pipe.close();
                // What was said last is on its way: a line that ends at once may lose it.
                tokio::time::sleep(LAST_WORD).await;
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
            Wish::Accept(city) => self.accept(city),
            // Whoever ends does nothing more.
            Wish::Rest => {}
            Wish::Confirm(answer) => {
                self.doubters.push((self.began.elapsed(), answer));
                self.step(Input::Confirm);
            }
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
        let elsewhere = named.iter().filter(|(_, holder)| leads.is_some() && **holder != self.name);
        self.outside.board.withhold(elsewhere.map(|(city, holder)| (city.clone(), holder.clone())).collect());
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
        // Which cities may not be opened is known before anybody opens one.
        self.show(false, false);
        self.attached = None;
        match holder.lead() {
            Ok(inherited) => {
                if let Err(error) = self.outside.marks.release_all() {
                    tracing::error!(%error, "what must be kept cannot be written");
                }
                self.whys.clear();
                self.pipe.open(epoch, inherited);
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
            Word::Hello(hello) => Message::Hello(hello, self.holding()),
            Word::Welcome(welcome) => return self.welcome(welcome),
            word @ Word::HandOff { .. } => {
                self.pipe.give_away();
                Message::Word(word)
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
            Line::Up(line, other) => {
                (self.line, self.other) = (Some(line), Some(other));
                self.lose_guest();
                self.step(Input::Unlinked);
                if self.rest_until.is_none() {
                    self.step(Input::Linked);
                }
            }
            Line::Down => {
                (self.line, self.other) = (None, None);
                self.lose_guest();
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
            Message::Hello(hello, holding) => self.greeted(hello, &holding),
            Message::Refused(trouble) => self.trouble = Some(trouble),
            Message::Known(whys, ids) => {
                self.whys.extend(whys);
                self.leaders = ids;
            }
            Message::Frame(frame) => self.store(vec![frame]),
            Message::Sums(part, sums) => {
                if let Some(guest) = self.guest.as_mut().filter(|guest| guest.nonce == part.nonce) {
                    guest.sums.push((part, sums));
                }
            }
            Message::SumsDone(nonce) => self.compare(nonce),
            Message::Pages(part, ltx) => self.replaces(part.nonce, |holder| holder.pages(&part, &ltx)),
            Message::City(part, whole) => self.replaces(part.nonce, |holder| holder.city_done(&part, &whole)),
            Message::PagesDone(nonce, txid) => {
                let epoch =
                    self.attached.as_ref().filter(|welcome| welcome.nonce == nonce).map(|one| one.epoch);
                if let Some(epoch) = epoch {
                    self.keep(|holder| holder.pages_done(epoch, txid));
                }
            }
        }
    }

    /// Tells the other node now and then what people may want to know of this one.
    fn exchange(&mut self) {
        if self.line.is_some() && self.noted.is_none_or(|at| at.elapsed() >= NOTES) {
            self.noted = Some(Instant::now());
            self.send(Message::Note(self.outside.post.note()));
        }
    }
}
