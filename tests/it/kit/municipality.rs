//! A whole municipality: the true routers over a temporary file, a stopped clock, seeded chance, a post box.

use std::sync::{Arc, Mutex};

use axum::Router;
use madoguchi::accounts::{self, NewStaff, Password};
use madoguchi::base::{BirthDate, CardId, Chance, Email, LocationId, NoticeId};
use madoguchi::calendar::{self, NewLocation, Pattern, Weekly};
use madoguchi::cards::{self, NewCard};
use madoguchi::config::{Config, LimitsConfig};
use madoguchi::db::{Actor, DbOptions, Lane, WriteTx};
use madoguchi::mail::{self, Method, Sent};
use madoguchi::municipalities::{self, Municipality, Registry};
use madoguchi::{app, settings, web};

use secrecy::SecretString;

use super::location::new_location;
use super::{Browser, StoppedClock};

const CODE: &str = "999999";

/// The password of every member of staff.
pub const PASSWORD: &str = "ひばり tonbo 88";

/// The city of the tests: 見本市, with two offices that are open on weekdays.
#[derive(Debug)]
pub struct TestMunicipality {
    /// The clock that everything reads.
    pub clock: StoppedClock,
    /// What every page reaches.
    pub state: web::State,
    /// The city, for tests that go behind its pages.
    pub city: Arc<Municipality>,
    /// 本庁舎: 9:00 to 12:00 and 13:00 to 17:00 in half hours of four.
    pub office: LocationId,
    /// 東支所, with the same hours.
    pub branch: LocationId,
    routers: (Router, Router),
    unread: Mutex<Vec<Letter>>,
    mail_may_stay: bool,
    _dir: tempfile::TempDir,
}

/// A letter as it arrived.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub to: String,
    /// Which letter, see `mail::Letter::kind`.
    pub kind: String,
    /// In which language.
    pub language: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// Its calendar file.
    pub calendar: Option<String>,
    /// The picture of the code for the counter.
    pub picture: Option<Vec<u8>>,
}

impl Letter {
    /// The address of the link in it that has this text in its path.
    pub fn link(&self, part: &str) -> String {
        let found = self.body.split_whitespace().find(|word| word.contains("://") && word.contains(part));
        found.unwrap_or_else(|| panic!("no link with {part} in:\n{}", self.body)).to_owned()
    }

    /// The six digits in it.
    pub fn code(&self) -> String {
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
        let words = self.body.split(|c: char| !c.is_ascii_alphanumeric());
        words.into_iter().find(digits).unwrap_or_else(|| panic!("no code in:\n{}", self.body)).to_owned()
    }
}

impl TestMunicipality {
    /// The city at this time in Japan (`2026-04-06 09:00`, a Monday).
    pub async fn at(time: &str) -> Self {
        Self::with_limits(time, LimitsConfig::default()).await
    }

    /// The city at this time, with other limits.
    pub async fn with_limits(time: &str, limits: LimitsConfig) -> Self {
        Self::served(time, limits, DbOptions::default()).await
    }

    /// The city at this time, its file served in another way.
    pub async fn served(time: &str, limits: LimitsConfig, options: DbOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, chance) = (StoppedClock::at(time), Chance::seeded(7));
        let config = config(&dir, limits);
        municipalities::create(&config.data_dir, CODE, false, (&clock.clock(), &chance), CLERK)
            .await
            .unwrap();
        let registry =
            Registry::with(&config, "http://yoyaku.mihon.example", clock.clock(), chance.clone(), options);
        let profile = registry.profiles()[0].clone();
        let city = registry.open(&profile).await.unwrap();
        let mut state = app::state(&config, registry, &clock.clock(), &chance).unwrap();
        state.second_factor = false;
        let (office, branch) = city.db.write(CLERK, shape).await.unwrap();
        let routers = (web::citizen::router(&state), web::staff::router(&state));
        let unread = Mutex::default();
        Self { clock, state, city, office, branch, routers, unread, mail_may_stay: false, _dir: dir }
    }

    /// A citizen's browser that never was here before.
    pub fn browser(&self) -> Browser {
        Browser::new(self.routers.0.clone(), "/mihon")
    }

    /// A clerk's browser at the console, where nobody is signed in.
    pub fn console(&self) -> Browser {
        Browser::new(self.routers.1.clone(), "/mihon").at_address("10.0.0.1")
    }

    /// The console where somebody of this role (`counter`, `manager` …) is signed in. One person a role.
    pub async fn clerk(&self, role: &str) -> Browser {
        self.person(role, role, "山田 花子").await
    }

    /// The console where a further person of this role is signed in.
    pub async fn person(&self, role: &str, user: &str, name: &str) -> Browser {
        let (role, password) = (role.to_owned(), SecretString::from(PASSWORD));
        let hash = Password::hash(&password, &self.state.chance).unwrap();
        let new = NewStaff {
            user: user.to_owned(),
            name: name.to_owned(),
            role: role.clone(),
            password: hash,
            must_change: false,
            home: None,
        };
        self.write(move |tx| accounts::add(tx, &new)).await;
        let mut browser = self.console();
        browser.open("/login").await.fill("利用者ID", user).fill("パスワード", PASSWORD);
        browser.press("ログイン").await;
        browser
    }

    /// Letters may be left in this test.
    pub fn mail_may_stay(&mut self) {
        self.mail_may_stay = true;
    }

    /// Writes as the test.
    pub async fn write<T, E, F>(&self, job: F) -> T
    where
        F: Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<madoguchi::db::Fault> + std::fmt::Debug + Send + 'static,
    {
        self.city.db.write(CLERK, job).await.unwrap()
    }

    /// A card that can be booked, of somebody born on 13 April 1990: `A13-` and this number.
    pub async fn card(&self, number: u32, name: &str) -> CardId {
        self.card_of(number, name, "1990-04-13").await
    }

    /// The same for another birthday.
    pub async fn card_of(&self, number: u32, name: &str, birth: &str) -> CardId {
        self.card_with_kana(number, name, "", birth).await
    }

    /// The same with a name in kana.
    pub async fn card_with_kana(&self, number: u32, name: &str, kana: &str, birth: &str) -> CardId {
        let notice = NoticeId::from_norm(format!("A13{number:06}"));
        let new = NewCard::notified(notice, name, kana, BirthDate::parse(birth).unwrap());
        self.write(move |tx| cards::add(tx, &new)).await
    }

    /// Takes 東支所 out of what citizens may choose, and gives its row.
    pub async fn hide_branch(&self) -> LocationId {
        let branch = self.branch;
        self.write(move |tx| {
            let hidden = rusqlite::named_params! { ":id": branch };
            tx.run("UPDATE location SET citizen_visible = 0 WHERE id = :id", hidden)
        })
        .await;
        branch
    }

    /// Sets how many seats a slot of 本庁舎 has (`2026-04-13.0930`).
    pub async fn offer(&self, slot: &str, seats: u16) {
        let slot: calendar::SlotId = format!("{}.{slot}", self.office).parse().unwrap();
        let exception = calendar::SlotOverride { capacity: Some(seats), citizen_open: true };
        self.write(move |tx| calendar::override_slot(tx, &slot, exception)).await;
    }

    /// The same configuration over an empty directory: a city whose file is not there.
    pub fn registry_without_file(&self) -> (Registry, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let config = config(&dir, LimitsConfig::default());
        let registry =
            Registry::new(&config, "http://127.0.0.1", self.clock.clock(), self.state.chance.clone());
        (registry, dir)
    }

    /// How many seats of a slot are taken (`2026-04-13.0930`), at 本庁舎.
    pub async fn taken(&self, slot: &str) -> u32 {
        let slot: calendar::SlotId = format!("{}.{slot}", self.office).parse().unwrap();
        let read =
            move |tx: &madoguchi::db::ReadTx<'_>| madoguchi::booking::day_load(tx, slot.location, slot.day);
        let load = self.city.db.read(Lane::Staff, read).await.unwrap();
        load.into_iter().find(|load| load.slot.starts == slot.starts).unwrap().taken
    }

    /// Queues a letter to each of these addresses, in whose card's list it appears.
    pub async fn queue(&self, to: &[String], card: Option<CardId>) {
        let to = to.to_vec();
        self.write(move |tx| {
            for (number, to) in to.iter().enumerate() {
                let (to, letter) = (Email::parse(to).unwrap(), mail::Letter::NotReady);
                let dedup = format!("test:{}:{number}:{to}", tx.now().millis(), to = to.as_str());
                let post =
                    mail::Post { to: &to, language: "ja", letter: &letter, booking: None, card, dedup };
                mail::enqueue(tx, &post)?;
            }
            Ok::<_, madoguchi::db::Fault>(())
        })
        .await;
    }

    /// Delivers what waits and gives out everything unread that was sent to this address, oldest first.
    pub async fn letters(&self, to: &str) -> Vec<Letter> {
        self.deliver().await;
        let mut unread = self.unread.lock().unwrap();
        let (read, rest) = unread.drain(..).partition(|letter: &Letter| letter.to == to);
        *unread = rest;
        read
    }

    /// The one unread letter to this address.
    pub async fn letter(&self, to: &str) -> Letter {
        let mut letters = self.letters(to).await;
        assert_eq!(letters.len(), 1, "letters to {to}: {letters:#?}");
        letters.remove(0)
    }

    /// Takes every letter that is due to its address.
    async fn deliver(&self) {
        let due = self.write(|tx| mail::claim(tx, 100)).await;
        let from = self.sender().await;
        for letter in due {
            let now = self.clock.clock().now();
            let drawn =
                mail::render(&self.state.renderer, &from, &letter.letter, &letter.language, now).unwrap();
            self.unread.lock().unwrap().push(Letter {
                to: letter.to.as_str().to_owned(),
                kind: letter.letter.kind().to_owned(),
                language: letter.language.clone(),
                subject: drawn.subject,
                body: drawn.body,
                calendar: drawn.calendar.map(|(_, file): (Method, String)| file),
                picture: drawn.code,
            });
            let taken = Sent::Taken { answer: "250 Ok".to_owned() };
            self.write(move |tx| mail::settle(tx, &letter, &taken)).await;
        }
    }

    async fn sender(&self) -> mail::City {
        let settings = self.city.db.read(Lane::Staff, settings::read).await.unwrap();
        let profile = &self.city.profile;
        let domain = profile.mail_from.split_once('@').unwrap().1;
        let own = self.city.db.read(Lane::Staff, mail::wording::own).await.unwrap();
        mail::City::of((&profile.name, &profile.link_base, domain), settings, own)
    }
}

/// Nobody may forget a letter: what a test lets the city write, the test must read.
impl Drop for TestMunicipality {
    fn drop(&mut self) {
        if std::thread::panicking() || self.mail_may_stay {
            return;
        }
        let unread = self.unread.lock().unwrap();
        assert!(unread.is_empty(), "letters that nobody read: {unread:#?}");
        let db = self.city.db.clone();
        let queued = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async { db.write(CLERK, |tx| mail::claim(tx, 100)).await.unwrap() })
        });
        let queued = queued.join().unwrap();
        assert!(queued.is_empty(), "letters that nobody delivered: {queued:#?}");
    }
}

const CLERK: Actor = Actor::Cli { uid: 0 };

fn config(dir: &tempfile::TempDir, limits: LimitsConfig) -> Config {
    let mut config = Config::of_the_house(dir.path().to_owned());
    config.limits = limits;
    config.backup.dir = dir.path().join("copies");
    let city = format!(
        "code = \"{CODE}\"\nslug = \"mihon\"\nname = \"見本市\"\nmail_from = \"yoyaku@mihon.example\"\n"
    );
    config.municipalities = vec![toml::from_str(&city).unwrap()];
    config
}

/// Two offices with the usual hours.
pub fn shape(tx: &WriteTx<'_>) -> Result<(LocationId, LocationId), calendar::EditError> {
    let usual = calendar::patterns(tx)?.into_iter().find(|pattern| pattern.name == "通常").unwrap();
    let place = |code: &str, name: &str, address: &str| NewLocation {
        address: address.to_owned(),
        ..new_location(code, name)
    };
    let office = open_on_weekdays(tx, &place("main", "本庁舎", "見本町1-1"), &usual)?;
    let branch = open_on_weekdays(tx, &place("east", "東支所", "見本町東2-3"), &usual)?;
    Ok((office, branch))
}

fn open_on_weekdays(
    tx: &WriteTx<'_>,
    new: &NewLocation,
    usual: &Pattern,
) -> Result<LocationId, calendar::EditError> {
    let location = calendar::add_location(tx, new)?;
    for weekday in 1..=5 {
        let effective = "2026-01-01".parse().unwrap();
        let plan = Weekly { location, weekday, effective, pattern: Some(usual.id), capacity: None };
        calendar::set_weekly(tx, &plan)?;
    }
    Ok(location)
}

#[tokio::test]
#[should_panic(expected = "letters that nobody delivered")]
async fn a_test_that_forgets_a_letter_fails() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    let wish = madoguchi::booking::entry::Invite {
        asker: madoguchi::booking::entry::Asker::Card(card),
        procedure: madoguchi::booking::ISSUANCE.to_owned(),
        email: madoguchi::base::Email::parse("taro@example.jp").unwrap(),
        language: "ja".to_owned(),
        browser: "browser".to_owned(),
        limits: madoguchi::booking::entry::Limits::default(),
    };
    city.write(move |tx| madoguchi::booking::entry::invite(tx, &wish)).await;
}

#[tokio::test]
async fn a_clerk_signs_in_and_sees_the_console() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/me").await;
    assert_eq!((clerk.status(), clerk.path()), (200, "/me"));
    assert!(clerk.says("山田 花子"), "{}", clerk.text());
}
