//! The city after five years, served by the running program.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use madoguchi::accounts::{self, Password};
use madoguchi::app::App;
use madoguchi::base::{Chance, Clock, Day};
use madoguchi::cli::demo::{Invented, shape};
use madoguchi::municipalities;
use rusqlite::Connection;

use crate::browser::{self, Browser};
use crate::fill;
use crate::house::{ACTOR, CODE, PASSWORD, clerk, config, person};

/// The running program and what its pages can be asked for.
pub struct City {
    app: App,
    staff: SocketAddr,
    /// Rows that exist.
    pub known: fill::Known,
    /// The day on which it is measured.
    pub today: Day,
    file: PathBuf,
}

impl City {
    /// Makes the city in `dir`, or takes the one that is there.
    pub async fn open(dir: &Path, cards: usize) -> Self {
        let config = config(dir.join("data"));
        let (clock, chance) = (Clock::system(), Chance::system());
        let file = municipalities::file_of(&config.data_dir, CODE);
        if !file.exists() {
            municipalities::create(&config.data_dir, CODE, true, (&clock, &chance), ACTOR).await.unwrap();
            let app = App::start(&config, &clock, &chance).unwrap();
            let registry = app.registry();
            let city = registry.open(&registry.profiles()[0]).await.unwrap();
            let from = clock.now().day().minus(2000);
            city.db.write(ACTOR, move |tx| shape(tx, &Invented::load().unwrap(), from)).await.unwrap();
            let hash = Password::hash(&PASSWORD.to_owned().into(), &chance).unwrap();
            let administrator = person("administrator", "administrator", &hash);
            city.db.write(ACTOR, move |tx| accounts::add(tx, &clerk(&hash))).await.unwrap();
            city.db.write(ACTOR, move |tx| accounts::add(tx, &administrator)).await.unwrap();
            drop(city);
            app.stop().await;
            fill::five_years(&mut open(&file), cards, clock.now());
            // The first true write would wait until a gigabyte is on the disk.
            std::fs::File::open(&file).unwrap().sync_all().unwrap();
        }
        let known = fill::Known::of(&open(&file), clock.now().day());
        let app = App::start(&config, &clock, &chance).unwrap();
        let staff = app.addresses().staff;
        Self { app, staff, known, file, today: clock.now().day() }
    }

    /// Waits until the jobs that begin with the program have done what was left to do.
    pub async fn settled(&self) {
        let mut before = None;
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let done: (i64, i64) = open(&self.file)
                .query_row(
                    "SELECT (SELECT count(*) FROM watch_run WHERE finished_at IS NOT NULL), (SELECT count(*) FROM transfer)",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            if done.0 > 0 && before == Some(done) {
                return;
            }
            before = Some(done);
        }
    }

    /// A clerk who is signed in.
    pub async fn clerk(&self) -> Browser {
        self.signed_in("clerk").await
    }

    /// An administrator who is signed in, for what a manager may not see.
    pub async fn administrator(&self) -> Browser {
        self.signed_in("administrator").await
    }

    async fn signed_in(&self, user: &str) -> Browser {
        let mut browser = Browser::new(&browser::client(), self.staff, 900_000);
        browser.get("/login").await;
        browser.go("/login", &[("user", user), ("password", PASSWORD)]).await;
        browser
    }

    /// What the city holds, in words.
    pub fn size(&self) -> String {
        let known = &self.known;
        format!(
            "{} cards, {} bookings, {} events, file of {} MB",
            known.cards, known.bookings, known.events, known.megabytes
        )
    }

    /// Stops the program.
    pub async fn close(self) {
        self.app.stop().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "nobody else has the file open")]
fn open(file: &Path) -> Connection {
    Connection::open(file).unwrap()
}
