//! How fast letters leave: how many at a time, how many to one destination domain, and who is left alone for a while.
//!
//! **Invariant:** a domain that is slow, full or angry holds up its own letters only.
//! **Invariant:** a server that does not answer is asked by one letter at a time, not by the whole queue.
//!
//! Spec: 7(2)⑪, 7(3)⑪.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Answer, Busy};
use crate::base::Moment;
use crate::config::MailConfig;

/// The span in which the letters to one domain are counted.
const SPAN: Duration = Duration::from_mins(1);

/// So many letters in a row that a domain puts off, without one taken between them, and it is left alone.
const IN_A_ROW: u32 = 5;

/// The first and the longest time for which a domain is left alone; it doubles from one to the next.
const DOMAIN_PAUSE: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(30));

/// The same for the mail server of the house.
const SERVER_PAUSE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(5));

/// How many domains are remembered before those that rest are forgotten.
const DOMAINS: usize = 1000;

/// How many letters may leave at a time.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Of all cities and to all domains together.
    pub connections: usize,
    /// To one domain at a time.
    pub domain_connections: usize,
    /// To one domain within 60 seconds.
    pub domain_per_minute: usize,
}

impl Rules {
    /// What the configuration says.
    pub fn of(config: &MailConfig) -> Self {
        Self {
            connections: config.connections.into(),
            domain_connections: config.domain_connections.into(),
            domain_per_minute: usize::try_from(config.domain_per_minute).unwrap_or(usize::MAX),
        }
    }
}

/// What may leave now.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    /// Letters in all.
    pub most: usize,
    /// Letters to a domain that does not stand in `left`.
    pub usual: usize,
    /// Letters to these domains; 0 for one that has to wait.
    pub left: BTreeMap<String, usize>,
}

impl Allowance {
    /// Up to `most` letters, to wherever they go.
    pub fn anywhere(most: usize) -> Self {
        Self { most, usual: most, left: BTreeMap::new() }
    }

    /// The domains to which nothing may leave now.
    pub fn closed(&self) -> Vec<&str> {
        self.left.iter().filter(|(_, left)| **left == 0).map(|(domain, _)| domain.as_str()).collect()
    }
}

/// The pace of the whole node. Cheap to clone; every clone is the same pace.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    under_way: usize,
    server: Pause,
    domains: HashMap<String, Domain>,
}

/// One destination domain.
#[derive(Debug, Default)]
struct Domain {
    under_way: usize,
    began: VecDeque<Moment>,
    put_off: u32,
    pause: Pause,
}

/// For how long somebody is left alone, and how often that was.
#[derive(Debug, Default)]
struct Pause {
    until: Option<Moment>,
    times: u32,
}

impl Pause {
    fn begin(&mut self, now: Moment, (first, longest): (Duration, Duration)) {
        // Several letters that fail together are one failure.
        if self.until.is_some_and(|until| until > now) {
            return;
        }
        let wait = first.saturating_mul(1 << self.times.min(16)).min(longest);
        self.times += 1;
        self.until = Some(now.plus(wait));
    }

    /// How many letters may try it: none while it is left alone, one after that, all once it has taken one.
    fn most(&self, now: Moment, usual: usize) -> usize {
        match self.until {
            Some(until) if until > now => 0,
            Some(_) => usual.min(1),
            None => usual,
        }
    }
}

impl Domain {
    fn left(&mut self, now: Moment, rules: Rules) -> usize {
        while self.began.front().is_some_and(|began| began.plus(SPAN) <= now) {
            self.began.pop_front();
        }
        let at_once = self.pause.most(now, rules.domain_connections).saturating_sub(self.under_way);
        at_once.min(rules.domain_per_minute.saturating_sub(self.began.len()))
    }

    /// When something may leave for it again, as far as time alone decides.
    fn free_at(&self, rules: Rules) -> Option<Moment> {
        let full = self.began.len() >= rules.domain_per_minute;
        let counted = self.began.front().filter(|_| full).map(|began| began.plus(SPAN));
        counted.into_iter().chain(self.pause.until).max()
    }

    fn rests(&self) -> bool {
        self.under_way == 0 && self.began.is_empty() && self.pause.until.is_none() && self.put_off == 0
    }
}

impl Pace {
    /// A pace by these rules, with nothing under way.
    pub fn new(rules: Rules) -> Self {
        let inner = Inner { rules, under_way: 0, server: Pause::default(), domains: HashMap::new() };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What may leave now.
    pub fn allowance(&self, now: Moment) -> Allowance {
        let mut inner = self.inner();
        let rules = inner.rules;
        let most = inner.server.most(now, rules.connections).saturating_sub(inner.under_way);
        let mut left = BTreeMap::new();
        for (name, domain) in &mut inner.domains {
            left.insert(name.clone(), domain.left(now, rules));
        }
        if inner.domains.len() > DOMAINS {
            inner.domains.retain(|_, domain| !domain.rests());
        }
        Allowance { most, usual: rules.domain_connections.min(rules.domain_per_minute), left }
    }

    /// A letter to this domain is under way.
    pub fn begin(&self, domain: &str, now: Moment) {
        let mut inner = self.inner();
        inner.under_way += 1;
        let lane = inner.domains.entry(domain.to_owned()).or_default();
        lane.under_way += 1;
        lane.began.push_back(now);
    }

    /// It is no longer, and this was said; `None` when nothing was tried.
    pub fn end(&self, domain: &str, answer: Option<&Answer>, now: Moment) {
        let mut inner = self.inner();
        inner.under_way = inner.under_way.saturating_sub(1);
        match answer {
            Some(Answer::NoServer(_)) => inner.server.begin(now, SERVER_PAUSE),
            Some(_) => inner.server = Pause::default(),
            None => {}
        }
        let Some(lane) = inner.domains.get_mut(domain) else { return };
        lane.under_way = lane.under_way.saturating_sub(1);
        match answer {
            Some(Answer::Taken(_) | Answer::Never { .. }) => {
                lane.put_off = 0;
                lane.pause = Pause::default();
            }
            Some(Answer::Later(_, Busy::Domain)) => lane.pause.begin(now, DOMAIN_PAUSE),
            Some(Answer::Later(_, Busy::Mailbox)) => {
                lane.put_off += 1;
                if lane.put_off >= IN_A_ROW {
                    lane.pause.begin(now, DOMAIN_PAUSE);
                }
            }
            Some(Answer::Later(_, Busy::Greylist) | Answer::NoServer(_)) | None => {}
        }
    }

    /// When the mail server may be asked again, if it is left alone.
    pub fn server_free_at(&self) -> Option<Moment> {
        self.inner().server.until
    }

    /// When something may leave for this domain again, if it has to wait.
    pub fn free_at(&self, domain: &str) -> Option<Moment> {
        let inner = self.inner();
        inner.domains.get(domain).and_then(|lane| lane.free_at(inner.rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { connections: 8, domain_connections: 2, domain_per_minute: 3 };

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(1_775_980_800_000 + seconds * 1000)
    }

    fn taken() -> Answer {
        Answer::Taken("250".to_owned())
    }

    fn later(busy: Busy) -> Answer {
        Answer::Later("450".to_owned(), busy)
    }

    fn left(pace: &Pace, domain: &str, seconds: i64) -> usize {
        let allowance = pace.allowance(at(seconds));
        allowance.left.get(domain).copied().unwrap_or(allowance.usual).min(allowance.most)
    }

    #[test]
    fn a_domain_gets_so_many_at_a_time_and_so_many_a_minute() {
        let pace = Pace::new(RULES);
        pace.begin("a.jp", at(0));
        pace.begin("a.jp", at(1));
        assert_eq!((left(&pace, "a.jp", 1), left(&pace, "b.jp", 1)), (0, 2));
        pace.end("a.jp", Some(&taken()), at(2));
        assert_eq!(left(&pace, "a.jp", 2), 1);
        pace.begin("a.jp", at(2));
        pace.end("a.jp", Some(&taken()), at(3));
        pace.end("a.jp", Some(&taken()), at(3));
        assert_eq!(left(&pace, "a.jp", 59), 0);
        assert_eq!(pace.free_at("a.jp"), Some(at(60)));
        assert_eq!((left(&pace, "a.jp", 60), left(&pace, "a.jp", 62)), (1, 2));
    }

    #[test]
    fn a_domain_that_asks_for_slowness_is_left_alone_ever_longer_and_then_tried_by_one_letter() {
        let pace = Pace::new(RULES);
        pace.begin("a.jp", at(0));
        pace.end("a.jp", Some(&later(Busy::Domain)), at(0));
        assert_eq!((left(&pace, "a.jp", 59), left(&pace, "a.jp", 60)), (0, 1));
        pace.begin("a.jp", at(60));
        pace.end("a.jp", Some(&later(Busy::Domain)), at(60));
        assert_eq!((left(&pace, "a.jp", 179), left(&pace, "a.jp", 180)), (0, 1));
        assert_eq!(left(&pace, "b.jp", 61), 2, "the others do not wait");
        pace.begin("a.jp", at(180));
        pace.end("a.jp", Some(&taken()), at(180));
        assert_eq!(left(&pace, "a.jp", 240), 2);
    }

    #[test]
    fn a_full_mailbox_says_nothing_of_its_domain_but_five_in_a_row_do_and_greylisting_never() {
        let pace = Pace::new(Rules { domain_per_minute: 100, ..RULES });
        for _ in 0..50 {
            pace.begin("grey.jp", at(0));
            pace.end("grey.jp", Some(&later(Busy::Greylist)), at(0));
        }
        assert_eq!(left(&pace, "grey.jp", 1), 2);
        for _ in 0..4 {
            pace.begin("a.jp", at(0));
            pace.end("a.jp", Some(&later(Busy::Mailbox)), at(0));
        }
        assert_eq!(left(&pace, "a.jp", 1), 2);
        pace.begin("a.jp", at(1));
        pace.end("a.jp", Some(&later(Busy::Mailbox)), at(1));
        assert_eq!((left(&pace, "a.jp", 60), left(&pace, "a.jp", 61)), (0, 1));
    }

    #[test]
    fn a_server_that_does_not_answer_is_asked_by_one_letter_after_a_while() {
        let pace = Pace::new(RULES);
        for domain in ["a.jp", "b.jp"] {
            pace.begin(domain, at(0));
        }
        for domain in ["a.jp", "b.jp"] {
            pace.end(domain, Some(&Answer::NoServer("refused".to_owned())), at(0));
        }
        assert_eq!(pace.server_free_at(), Some(at(10)), "both are one failure");
        assert_eq!((pace.allowance(at(9)).most, pace.allowance(at(10)).most), (0, 1));
        pace.begin("a.jp", at(10));
        pace.end("a.jp", Some(&Answer::NoServer("refused".to_owned())), at(10));
        assert_eq!(pace.server_free_at(), Some(at(30)));
        pace.begin("a.jp", at(30));
        pace.end("a.jp", Some(&taken()), at(30));
        assert_eq!((pace.server_free_at(), pace.allowance(at(30)).most), (None, 8));
    }
}
