//! The city of the tests: its file is made once, with citizens who hold the link of their mail, and copied for every cluster.

use std::path::Path;

use madoguchi::base::{BirthDate, Chance, Clock, Email, LocationId, Minute, NoticeId};
use madoguchi::booking::{self, entry};
use madoguchi::calendar::{self, NewLocation, Period, Weekly};
use madoguchi::cards::{self, NewCard};
use madoguchi::db::{Actor, Db, Fault, WriteTx};
use madoguchi::mail::Letter;
use madoguchi::municipalities;
use tokio::sync::OnceCell;

use super::location;

/// The city's code.
pub const CODE: &str = "999999";

/// Seats of a slot.
pub const SEATS: u16 = 4;

const ACTOR: Actor = Actor::System { job: "test" };

/// How many citizens have a link.
const CITIZENS: usize = 3000;

/// The file, and the word of each citizen's link.
pub struct City {
    dir: tempfile::TempDir,
    /// The words of the links, from the first citizen.
    pub links: Vec<String>,
}

/// The city, made when it is asked for first.
pub async fn city() -> &'static City {
    static MADE: OnceCell<City> = OnceCell::const_new();
    MADE.get_or_init(make).await
}

impl City {
    /// Puts a copy of the file into a machine's directory of data.
    pub fn copy_to(&self, data: &Path) {
        let target = data.join(CODE);
        std::fs::create_dir_all(&target).unwrap();
        std::fs::copy(self.dir.path().join(CODE).join("app.db"), target.join("app.db")).unwrap();
    }
}

/// The notice ID of the `n`th citizen, as it is looked for.
pub fn notice(n: usize) -> String {
    format!("A13{n:06}")
}

async fn make() -> City {
    let dir = tempfile::tempdir().unwrap();
    let (clock, chance) = (Clock::system(), Chance::system());
    let file = municipalities::create(dir.path(), CODE, false, (&clock, &chance), ACTOR).await.unwrap();
    let db = Db::open(&file, CODE, clock, chance).unwrap();
    db.write(ACTOR, shape).await.unwrap();
    let mut links = Vec::new();
    for first in (0..CITIZENS).step_by(250) {
        links.extend(db.write(ACTOR, move |tx| invited(tx, first, first + 250)).await.unwrap());
    }
    db.close().await;
    drop(db);
    super::compare::fold(&file);
    City { dir, links }
}

fn shape(tx: &WriteTx<'_>) -> Result<(), calendar::EditError> {
    for (code, name) in [("main", "本庁舎"), ("east", "東支所")] {
        let location = office(tx, code, name)?;
        assert!(location <= LocationId::of(2), "the citizens choose 1 or 2");
    }
    Ok(())
}

/// An office that is open every day.
fn office(tx: &WriteTx<'_>, code: &str, name: &str) -> Result<LocationId, calendar::EditError> {
    let day = Period { starts: Minute::of(540), ends: Minute::of(1020), unit: 30, capacity: SEATS };
    let pattern = Some(calendar::set_pattern(tx, name, &[day])?);
    let location = calendar::add_location(
        tx,
        &NewLocation { address: "見本町1-1".to_owned(), ..location::new_location(code, name) },
    )?;
    let effective = tx.today().minus(1);
    for weekday in 0..=6 {
        calendar::set_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity: None })?;
    }
    Ok(location)
}

/// Cards whose citizens have asked for their link; the mail is taken out of the post.
fn invited(tx: &WriteTx<'_>, first: usize, last: usize) -> Result<Vec<String>, Fault> {
    let birth = BirthDate::parse("1990-04-13").unwrap();
    let mut links = Vec::new();
    for n in first..last {
        let new = NewCard::notified(NoticeId::from_norm(notice(n)), &format!("見本 {n}"), "", birth);
        let card = cards::add(tx, &new).unwrap();
        let wish = entry::Invite {
            asker: entry::Asker::Card(card),
            procedure: booking::ISSUANCE.to_owned(),
            email: Email::parse(&format!("citizen{n}@mihon.example")).unwrap(),
            language: "ja".to_owned(),
            browser: "browser".to_owned(),
            limits: entry::Limits::default(),
        };
        assert_eq!(entry::invite(tx, &wish).unwrap(), entry::Invited::Sent);
        let params: String = tx.one("SELECT params FROM outbox", [], |row| row.get("params"))?;
        tx.run("DELETE FROM outbox", [])?;
        let Letter::Link { token, .. } = serde_json::from_str(&params).unwrap() else { panic!("{params}") };
        links.push(token);
    }
    Ok(links)
}
