//! Hands letters to the mail server, several at a time.
//!
//! Spec: 7(3)③ ⑪.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Desk, PARALLEL};
use crate::base::{Email, Moment};
use crate::booking;
use crate::db::{Actor, Fault, Lane, ReadTx};
use crate::mail::{self, Answer, City, Due, Parcel, Sent};
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

/// Sends every letter whose time has come, and says when the next one's is.
///
/// Letters that were being sent when the program stopped are sent again. A program that is to stop finishes the letters
/// that are under way and begins no more, however long the queue is.
pub async fn deliver_mail(desk: &Desk, city: &Arc<Municipality>) -> Result<Option<Moment>, Fault> {
    if city.db.read(Lane::Staff, mail::has_unfinished).await? {
        city.db.write(JOB, mail::requeue_unfinished).await?;
    }
    loop {
        let next = city.db.read(Lane::Staff, mail::next_due).await?;
        if desk.stop.is_cancelled() || next.is_none_or(|next| next > desk.clock.now()) {
            return Ok(next);
        }
        let letters = city.db.write(JOB, |tx| mail::claim(tx, 2 * PARALLEL)).await?;
        if letters.is_empty() {
            return Ok(next);
        }
        let sender = Arc::new(sender(city).await?);
        let mut sending = JoinSet::new();
        for letter in letters {
            sending.spawn(hand_over(desk.clone(), Arc::clone(city), Arc::clone(&sender), letter));
        }
        // Every letter of the round is finished before a fault is told.
        for done in sending.join_all().await {
            done?;
        }
    }
}

async fn sender(city: &Municipality) -> Result<City, Fault> {
    let read = |tx: &ReadTx<'_>| Ok::<_, Fault>((settings::read(tx)?, mail::wording::own(tx)?));
    let (settings, own) = city.db.read(Lane::Staff, read).await?;
    let profile = &city.profile;
    Ok(City {
        name: profile.name.clone(),
        service: settings.service_name,
        office: settings.help_office,
        phone: settings.help_phone,
        hours: settings.help_hours,
        link_base: profile.link_base.clone(),
        domain: profile.mail_from.split_once('@').map_or("", |(_, domain)| domain).to_owned(),
        own,
    })
}

async fn hand_over(desk: Desk, city: Arc<Municipality>, sender: Arc<City>, letter: Due) -> Result<(), Fault> {
    let room = desk.room.acquire().await.map_err(|_| Fault::Closed)?;
    if desk.stop.is_cancelled() {
        // It stays marked as being sent, and the next start sends it.
        return Ok(());
    }
    if !still_so(&city, &letter).await? {
        tracing::info!(municipality = city.profile.slug, id = letter.id.get(), "a letter was no longer true");
        return city.db.write(JOB, move |tx| mail::withdraw(tx, &letter, NO_LONGER)).await;
    }
    let sent = match parcel(&desk, &city, &sender, &letter) {
        Ok(parcel) => match send(&desk, &parcel).await {
            Some(Answer::Taken(answer)) => Sent::Taken { answer },
            Some(Answer::Later(answer)) => Sent::Later { answer },
            Some(Answer::Never(answer)) => Sent::Never { answer },
            // As after a crash: it stays marked as being sent, and the next start sends it.
            None => return Ok(()),
        },
        Err(answer) => Sent::Later { answer },
    };
    drop(room);
    tell(&city, &letter, &sent);
    settle(&city, &letter, &sent).await
}

/// Whether what the letter says is so now, right before it leaves.
async fn still_so(city: &Municipality, letter: &Due) -> Result<bool, Fault> {
    let Some(booking) = letter.booking else { return Ok(true) };
    let letter = letter.letter.clone();
    city.db.read(Lane::Staff, move |tx| booking::timed::still_so(tx, booking, &letter)).await
}

/// Hands a letter to the server; `None` when the program is to stop and the server does not answer in time.
async fn send(desk: &Desk, parcel: &Parcel) -> Option<Answer> {
    let over = async {
        desk.stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        answer = desk.transport.send(parcel) => Some(answer),
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

fn parcel(desk: &Desk, city: &Municipality, sender: &City, letter: &Due) -> Result<Parcel, String> {
    let drawn = mail::render(&desk.renderer, sender, &letter.letter, &letter.language, desk.clock.now());
    Ok(Parcel {
        to: letter.to.clone(),
        from_name: sender.name.clone(),
        from: Email::parse(&city.profile.mail_from).map_err(|error| error.to_string())?,
        message_id: letter.message_id.clone(),
        letter: drawn.map_err(|error| error.to_string())?,
    })
}

/// What the log says of an attempt: which letter, never to whom.
fn tell(city: &Municipality, letter: &Due, sent: &Sent) {
    let (kind, municipality, id) = (letter.letter.kind(), &city.profile.slug, letter.id.get());
    let result = match sent {
        Sent::Taken { .. } => "sent",
        Sent::Later { .. } => "later",
        Sent::Never { .. } => "refused",
    };
    metrics::counter!("madoguchi_mails_total", "result" => result).increment(1);
    tracing::info!(municipality, id, kind, result, attempt = letter.attempts + 1, "mail");
}
