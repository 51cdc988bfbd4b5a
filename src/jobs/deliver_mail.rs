//! Hands letters to the mail server, several at a time.
//!
//! Spec: 7(3)③ ⑪.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::Desk;
use crate::base::{Email, Moment};
use crate::booking;
use crate::db::{Actor, Fault, Lane, ReadTx};
use crate::mail::{self, Answer, City, Due, Letter, Parcel, Sent};
use crate::municipalities::Municipality;
use crate::settings;

const JOB: Actor = Actor::System { job: "deliver_mail" };

/// How often and after how long a busy database is asked again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// Stands where the server's answer would, when a letter was taken back before it left.
const NO_LONGER: &str = "送る前に予約が変わったため、送りませんでした";

/// How long a letter that is under way may still take once the program is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How soon it is looked again where other cities use every connection, or this node is not the one that sends.
const SOON: Duration = Duration::from_millis(500);

/// How long it is waited for further letters to end once one has.
const GATHER: Duration = Duration::from_millis(20);

/// Sends every letter whose time has come, and says when the next one's is.
///
/// Letters that were being sent when the program stopped are sent again. A program that is to stop finishes the letters
/// that are under way and begins no more, however long the queue is. A letter that takes long holds up nobody but itself.
pub async fn deliver_mail(desk: &Desk, city: &Arc<Municipality>) -> Result<Option<Moment>, Fault> {
    if !desk.gate.is_open() {
        return Ok(Some(desk.clock.now().plus(SOON)));
    }
    if is_stopped(city).await? {
        // The commit that lets them go again wakes the job.
        return Ok(None);
    }
    if city.db.read(Lane::Background, mail::has_unfinished).await? {
        city.db.write(JOB, mail::requeue_unfinished).await?;
    }
    let mut under_way = JoinSet::new();
    let mut wrong = None;
    loop {
        if wrong.is_none() && !desk.stop.is_cancelled() {
            wrong = begin(desk, city, &mut under_way).await.err();
        }
        match ended(&mut under_way).await {
            Some(done) => wrong = wrong.or(done.err()),
            // Every letter that is under way is finished before a fault is told.
            None => return wrong.map_or(next(desk, city).await, Err),
        }
    }
}

/// Whether the city keeps every letter back for now.
async fn is_stopped(city: &Municipality) -> Result<bool, Fault> {
    city.db.read(Lane::Background, |tx| Ok::<_, Fault>(settings::read(tx)?.mail_stopped)).await
}

/// Waits for a letter to end, and a moment for others, so that one transaction claims those that follow several; nothing
/// when none is under way.
async fn ended(under_way: &mut JoinSet<Result<(), Fault>>) -> Option<Result<(), Fault>> {
    let mut all = under_way.join_next().await?.unwrap_or(Err(Fault::Panicked));
    let until = Instant::now() + GATHER;
    while let Ok(Some(done)) = timeout_at(until, under_way.join_next()).await {
        all = all.and(done.unwrap_or(Err(Fault::Panicked)));
    }
    Some(all)
}

/// Begins as many letters as the pace allows.
async fn begin(
    desk: &Desk,
    city: &Arc<Municipality>,
    under_way: &mut JoinSet<Result<(), Fault>>,
) -> Result<(), Fault> {
    let now = desk.clock.now();
    let allowance = desk.pace.allowance(now);
    let due = city.db.read(Lane::Background, mail::next_due).await?;
    let none = due.is_none_or(|due| due > now);
    if allowance.most == 0 || none || !desk.gate.is_open() || is_stopped(city).await? {
        return Ok(());
    }
    let wanted = allowance.clone();
    let ids = city.db.read(Lane::Background, move |tx| mail::look_within(tx, &wanted)).await?;
    if ids.is_empty() || !desk.gate.is_sure().await {
        return Ok(());
    }
    let letters = city.db.write(JOB, move |tx| mail::claim_these(tx, &allowance, &ids)).await?;
    if letters.is_empty() {
        return Ok(());
    }
    let sender = Arc::new(sender(city).await?);
    for letter in letters {
        desk.pace.begin(letter.to.domain(), now);
        under_way.spawn(hand_over(desk.clone(), Arc::clone(city), Arc::clone(&sender), letter));
    }
    Ok(())
}

/// When something can leave again, with regard to whoever is left alone for now.
async fn next(desk: &Desk, city: &Municipality) -> Result<Option<Moment>, Fault> {
    let now = desk.clock.now();
    let allowance = desk.pace.allowance(now);
    let closed: Vec<String> = allowance.closed().into_iter().map(str::to_owned).collect();
    let dues = city.db.read(Lane::Background, move |tx| mail::next_due_by_domain(tx, &closed)).await?;
    let first = dues.into_iter().map(|(domain, due)| {
        let free = domain.and_then(|domain| desk.pace.free_at(&domain));
        due.max(free.unwrap_or(due))
    });
    let first = first.min().map(|due| due.max(desk.pace.server_free_at().unwrap_or(due)));
    // What is due now and did not leave waits for a connection that somebody else has.
    Ok(first.map(|due| if due <= now && !desk.stop.is_cancelled() { now.plus(SOON) } else { due }))
}

/// Who the letters of a city come from.
struct Sender {
    city: City,
    /// What the city has chosen as its sender; its own name without.
    name: Option<String>,
    from: Email,
    bounce: Option<Email>,
    reply_to: Option<Email>,
}

async fn sender(city: &Municipality) -> Result<Sender, Fault> {
    let read = |tx: &ReadTx<'_>| Ok::<_, Fault>((settings::read(tx)?, mail::wording::own(tx)?));
    let (settings, own) = city.db.read(Lane::Background, read).await?;
    let profile = &city.profile;
    let from =
        Email::parse(&profile.mail_from).map_err(|error| Fault::Stored(format!("mail_from: {error}")))?;
    Ok(Sender {
        name: Some(settings.mail_sender_name.clone()).filter(|name| !name.is_empty()),
        bounce: profile.mail_bounce.as_deref().and_then(|bounce| Email::parse(bounce).ok()),
        reply_to: Email::parse(&settings.mail_reply_to).ok(),
        city: City::of((&profile.name, &profile.link_base, from.domain()), settings, own),
        from,
    })
}

async fn hand_over(
    desk: Desk,
    city: Arc<Municipality>,
    sender: Arc<Sender>,
    letter: Due,
) -> Result<(), Fault> {
    let mut turn = Turn { desk: &desk, domain: letter.to.domain().to_owned(), answer: None };
    carry(&desk, &city, &sender, letter, &mut turn.answer).await
}

/// A letter under way. It gives its connection back when it is noted what became of it, and not before, so that no more
/// letters are sent and not yet noted than there are connections; also when it fails in the middle.
struct Turn<'d> {
    desk: &'d Desk,
    domain: String,
    answer: Option<Answer>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.desk.pace.end(&self.domain, self.answer.as_ref(), self.desk.clock.now());
    }
}

async fn carry(
    desk: &Desk,
    city: &Municipality,
    sender: &Sender,
    letter: Due,
    answer: &mut Option<Answer>,
) -> Result<(), Fault> {
    if desk.stop.is_cancelled() || !desk.gate.is_open() {
        // It stays marked as being sent, and the next start sends it.
        return Ok(());
    }
    if !still_so(city, &letter).await? {
        tracing::info!(municipality = city.profile.slug, id = letter.id.get(), "a letter was no longer true");
        return city.db.write(JOB, move |tx| mail::withdraw(tx, &letter, NO_LONGER)).await;
    }
    let sent = match parcel(desk, sender, &letter) {
        // This process may have stood still meanwhile, and another node may lead.
        Ok(_) if !desk.gate.is_open() => return Ok(()),
        Ok(parcel) => {
            *answer = send(desk, &parcel).await;
            match answer.clone() {
                Some(Answer::Taken(answer)) => Sent::Taken { answer },
                Some(Answer::Later(answer, _)) => Sent::Later { answer },
                Some(Answer::NoServer(answer)) => Sent::Silent { answer },
                Some(Answer::Never { said, no_mailbox }) => Sent::Never { answer: said, no_mailbox },
                // As after a crash: it stays marked as being sent, and the next start sends it.
                None => return Ok(()),
            }
        }
        Err(answer) => Sent::Later { answer },
    };
    tell(city, &letter, &sent);
    settle(city, &letter, &sent).await
}

/// Whether what the letter says is so now, right before it leaves.
async fn still_so(city: &Municipality, letter: &Due) -> Result<bool, Fault> {
    if matches!(letter.letter, Letter::Bulk(_)) {
        let letter = letter.letter.clone();
        return city.db.read(Lane::Background, move |tx| booking::bulk::still_so(tx, &letter)).await;
    }
    let Some(booking) = letter.booking else { return Ok(true) };
    let letter = letter.letter.clone();
    city.db.read(Lane::Background, move |tx| booking::timed::still_so(tx, booking, &letter)).await
}

/// Hands a letter to the server; `None` when the program is to stop and the server does not answer in time, or when this node may send
/// no longer. Each step of the letter is taken by a node that leads.
async fn send(desk: &Desk, parcel: &Parcel) -> Option<Answer> {
    let over = async {
        desk.stop.cancelled().await;
        // Behind a closed gate a letter goes no further; what is left waits for whoever leads next.
        let _ = timeout(GRACE, desk.gate.closed()).await;
    };
    tokio::select! {
        answer = desk.gate.while_open(desk.transport.send(parcel)) => Some(answer),
        () = over => None,
    }
}

/// Notes what became of a letter. It has left the house, so a busy database is asked again.
async fn settle(city: &Municipality, letter: &Due, sent: &Sent) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let (letter, sent) = (letter.clone(), sent.clone());
        match city.db.write(JOB, move |tx| mail::settle(tx, &letter, &sent)).await {
            Err(Fault::Busy) => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    Err(Fault::Busy)
}

fn parcel(desk: &Desk, sender: &Sender, letter: &Due) -> Result<Parcel, String> {
    let drawn =
        mail::render(&desk.renderer, &sender.city, &letter.letter, &letter.language, desk.clock.now());
    Ok(Parcel {
        to: letter.to.clone(),
        from_name: sender.name.clone().unwrap_or_else(|| sender.city.sender(&letter.language)),
        from: sender.from.clone(),
        bounce: sender.bounce.clone(),
        reply_to: sender.reply_to.clone(),
        message_id: letter.message_id.clone(),
        at: desk.clock.now(),
        // 「やさしい日本語」 is a way of writing, not a language of its own.
        language: letter.language.split('-').next().unwrap_or("ja").to_owned(),
        stop: letter.letter.way_out().map(|number| format!("{}/news/{number}", sender.city.link_base)),
        letter: drawn.map_err(|error| error.to_string())?,
    })
}

/// What the log says of an attempt: which letter, never to whom.
fn tell(city: &Municipality, letter: &Due, sent: &Sent) {
    let (kind, municipality, id) = (letter.letter.kind(), &city.profile.slug, letter.id.get());
    let result = match sent {
        Sent::Taken { .. } => "sent",
        Sent::Later { .. } | Sent::Silent { .. } => "later",
        Sent::Never { .. } => "refused",
    };
    metrics::counter!("madoguchi_mails_total", "result" => result).increment(1);
    tracing::info!(municipality, id, kind, result, attempt = letter.attempts + 1, "mail");
}
