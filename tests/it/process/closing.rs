//! The program is killed while it tells people of a closure; the next start goes on, and nobody is told twice.
//!
//! Spec: 7(3)⑪.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use madoguchi::base::{BirthDate, Chance, Clock, Email, LocationId, Moment, NoticeId};
use madoguchi::booking::{self, BookByStaff, Channel, Close, ClosedSpan, Overbook};
use madoguchi::cards::{self, NewCard};
use madoguchi::db::{Actor, Db, Fault, Lane, WriteTx};
use madoguchi::once::OnceKey;
use rustix::process::Signal;

use crate::kit::municipality::shape;
use crate::kit::program::{Desk, look_into};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// So many bookings the closure hits; most have an address.
const PEOPLE: u32 = 240;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_people_are_told_of_a_closure_leaves_nobody_out_and_tells_nobody_twice() {
    let desk = Desk::new();
    desk.add_city();
    let with_address = prepare(&desk).await;
    let server = desk.serve();
    let told = || {
        let reader = look_into(&desk.file());
        reader.query_row("SELECT count(*) AS n FROM closure_item", [], |row| row.get::<_, u32>("n")).unwrap()
    };
    let patience = Instant::now() + Duration::from_mins(1);
    while told() == 0 && Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    server.signal(Signal::KILL);
    assert_eq!(server.ended(), None, "nothing was finished in good order");
    let half = told();
    assert!(half > 0 && half < PEOPLE, "the kill came in the middle: {half} were told");

    let server = desk.serve();
    let state = || {
        let reader = look_into(&desk.file());
        let closure = reader.query_row("SELECT state FROM closure", [], |row| row.get::<_, String>("state"));
        let waiting = reader.query_row(
            "SELECT count(*) AS n FROM outbox WHERE kind = 'office_closed' AND state IN ('queued', 'sending')",
            [],
            |row| row.get::<_, u32>("n"),
        );
        (closure.unwrap(), waiting.unwrap())
    };
    let patience = Instant::now() + Duration::from_mins(2);
    while state() != ("told".to_owned(), 0) && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop();
    assert_eq!(state(), ("told".to_owned(), 0), "everybody is told, every letter is out");
    assert_eq!(told(), PEOPLE);
    let letters = letters(&desk);
    assert_eq!(letters.len(), with_address, "everybody with an address has a letter");
    assert!(letters.values().all(|count| *count == 1), "nobody has two: {letters:?}");
    let reader = look_into(&desk.file());
    let twice: u32 = reader
        .query_row(
            "SELECT count(*) AS n FROM (SELECT 1 FROM outbox WHERE kind = 'office_closed'
              GROUP BY booking_id HAVING count(*) > 1)",
            [],
            |row| row.get("n"),
        )
        .unwrap();
    assert_eq!(twice, 0);
}

/// An office, its bookings of a week that lies ahead, and a closure of that week that nobody was told of yet.
async fn prepare(desk: &Desk) -> usize {
    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap();
    let (office, _) = db.write(CLERK, shape).await.unwrap();
    for first in (0..PEOPLE).step_by(40) {
        db.write(CLERK, move |tx| book(tx, office, first)).await.unwrap();
    }
    let span = db.read(Lane::Staff, |tx| {
        let day = |ahead| Moment::at(tx.today().plus(ahead), madoguchi::base::Minute::of(0));
        Ok::<_, Fault>((day(0), day(60)))
    });
    let (from, to) = span.await.unwrap();
    let close = Close {
        span: ClosedSpan { from, to, places: vec![office] },
        reason: "台風".to_owned(),
        once: OnceKey::from_form("form-of-the-closure").unwrap(),
    };
    db.write(CLERK, move |tx| booking::close(tx, &close)).await.unwrap();
    db.close().await;
    (0..PEOPLE).filter(|number| number % 5 > 0).count()
}

fn book(tx: &WriteTx<'_>, office: LocationId, first: u32) -> Result<(), Fault> {
    let told = |error: String| Fault::Stored(error);
    let open = (7..60).map(|ahead| tx.today().plus(ahead));
    let rules = madoguchi::calendar::rules(tx, office, tx.today(), tx.today().plus(60))?;
    let slots: Vec<_> = open.flat_map(|day| rules.slots(day)).collect();
    for number in first..first + 40 {
        let notice = NoticeId::from_norm(format!("A13{number:06}"));
        let new = NewCard::notified(notice, "田中 健太", "", BirthDate::parse("1990-04-13").unwrap());
        let new = NewCard { name: format!("田中 健太{number}"), ..new };
        let card = cards::add(tx, &new).map_err(|error| told(error.to_string()))?;
        let email = (number % 5 > 0).then(|| Email::parse(&format!("citizen{number}@example.jp")).unwrap());
        let wish = BookByStaff {
            party: vec![card],
            slot: slots[usize::try_from(number).unwrap() % slots.len()].id(),
            email,
            channel: Channel::Telephone,
            overbook: Overbook::Because("試験".to_owned()),
            once: OnceKey::from_form(&format!("form-of-the-test-{number}")).unwrap(),
        };
        booking::book_by_staff(tx, &wish).map_err(|error| told(error.to_string()))?;
    }
    Ok(())
}

/// How many letters about the closure each address has.
fn letters(desk: &Desk) -> BTreeMap<String, u32> {
    let mut letters = BTreeMap::new();
    for entry in std::fs::read_dir(desk.path("mail")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "eml") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        if !is_about_closure(&text) {
            continue;
        }
        let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().to_owned();
        *letters.entry(to).or_default() += 1;
    }
    letters
}

/// Whether the subject (RFC 2047, perhaps in several words) tells of a closed office.
fn is_about_closure(mail: &str) -> bool {
    use base64::Engine;
    let head = mail.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let subject = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
    let words = subject.split_whitespace().map(|word| {
        let packed = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        packed.and_then(|packed| base64::prelude::BASE64_STANDARD.decode(packed).ok()).unwrap_or_default()
    });
    String::from_utf8_lossy(&words.flatten().collect::<Vec<u8>>()).contains("窓口を閉めます")
}
