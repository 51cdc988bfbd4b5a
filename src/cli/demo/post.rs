//! What happens to letters in any city: some come back, one waits for its server, one was called off; somebody wants no news.

use crate::base::{Email, OutboxId};
use crate::db::{Fault, WriteTx};
use crate::mail::{self, AgainError, BounceError, Due, Filter, Sent, State};

/// Lets letters of confirmed bookings end as letters do. Nothing is told to anybody: it is the past of the invented city.
pub fn troubles(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let filter =
        Filter { states: vec![State::Sent], kind: Some("booking_confirmed".to_owned()), ..Filter::default() };
    let sent: Vec<OutboxId> = mail::page(tx, &filter, None, 8)?.into_iter().map(|one| one.id).collect();
    let mut letters = sent.into_iter();
    if let Some(gone) = letters.next() {
        comes_back(tx, gone, "550 5.1.1 User unknown")?;
        comes_back(tx, gone, "550 5.1.1 User unknown")?;
    }
    if let Some(full) = letters.next() {
        comes_back(tx, full, "552 5.2.2 Mailbox full")?;
    }
    if let Some(refused) = letters.next() {
        let answer = "550 5.1.1 no such user here".to_owned();
        ends(tx, refused, |due| (due, Sent::Never { answer, no_mailbox: true }))?;
    }
    if let Some(waits) = letters.next() {
        let answer = "450 4.2.0 try again later".to_owned();
        // As after the fifth attempt: the next one is in some hours, so that the demo shows a letter that waits.
        ends(tx, waits, |due| (Due { attempts: 4, ..due }, Sent::Later { answer }))?;
    }
    if let Some(off) = letters.next() {
        let copy = again(tx, off)?;
        mail::call_off(tx, copy).map_err(refused)?;
    }
    let email =
        Email::parse("oshirase.fuyou@example.jp").map_err(|error| Fault::Stored(error.to_string()))?;
    let wish = mail::Refuse {
        email, reason: "本人から電話。お知らせは不要とのこと。".to_owned()
    };
    mail::refuse(tx, &wish).map(|_| ()).map_err(|error| Fault::Stored(error.to_string()))
}

/// A letter goes again, is taken, and comes back with these words.
fn comes_back(tx: &WriteTx<'_>, letter: OutboxId, said: &str) -> Result<(), Fault> {
    let mut number = String::new();
    ends(tx, letter, |due| {
        number.clone_from(&due.message_id);
        (due, Sent::Taken { answer: "250 OK".to_owned() })
    })?;
    let status = said.split(' ').nth(1).unwrap_or_default();
    let report = format!(
        "From: MAILER-DAEMON@mx.mihon.example\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mihon.example\r\n\r\n\
         Action: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}\r\n\r\n--b\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{number}@mihon.example>\r\n\r\n--b--\r\n"
    );
    let bounce = mail::read_bounce(report.as_bytes()).map_err(|error| Fault::Stored(error.to_string()))?;
    match mail::take_bounce(tx, &bounce) {
        Ok(_) => Ok(()),
        Err(BounceError::Fault(fault)) => Err(fault),
        Err(unknown) => Err(Fault::Stored(unknown.to_string())),
    }
}

/// A letter goes again and ends like this; what else waits goes on waiting.
fn ends(tx: &WriteTx<'_>, letter: OutboxId, end: impl FnOnce(Due) -> (Due, Sent)) -> Result<(), Fault> {
    let copy = again(tx, letter)?;
    if let Some(due) = mail::claim(tx, 10_000)?.into_iter().find(|due| due.id == copy) {
        let (due, sent) = end(due);
        mail::settle(tx, &due, &sent)?;
    }
    mail::requeue_unfinished(tx)?;
    Ok(())
}

fn again(tx: &WriteTx<'_>, letter: OutboxId) -> Result<OutboxId, Fault> {
    mail::send_again(tx, letter).map_err(refused)
}

fn refused(error: AgainError) -> Fault {
    match error {
        AgainError::Fault(fault) => fault,
        other => Fault::Stored(other.to_string()),
    }
}
