//! `madoguchi demo`: an invented city that fills itself through the product's own operations, and can be tried out.
//!
//! **Invariant:** the demo touches its own directory alone; its file is marked, so that `serve` refuses it.

mod citizens;
mod couriers;
mod custody;
mod days;
mod fill;
mod home;
mod intake;
mod invented;
mod lists;
mod mailings;
mod post;
mod samples;
mod shape;
mod statuses;
mod time;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

pub use days::{AHEAD, Story, StoryClock, StoryError};
pub use fill::{FillError, Filling};
pub use home::{Account, Home, HomeError, Sample, Scarce, Told};
pub use invented::{Invented, Person, Place};
pub use shape::{shape, specials};

use super::{Failure, Shared, serve::Stop};
use crate::app::{Addresses, App, DataDir};
use crate::backup::{self, City};
use crate::base::{Chance, Clock, Minute, Moment};
use crate::config::{self, Config};
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::{CityError, Municipality};

/// What the demo can be told.
#[derive(Clone, Debug, Args)]
pub struct Task {
    /// 見本の置き場所
    #[arg(long, value_name = "DIR", default_value = "madoguchi-demo")]
    data: PathBuf,
    /// 市民の画面のアドレス（ポート 0 は空いている番号）
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    citizen: SocketAddr,
    /// 職員の画面のアドレス
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    staff: SocketAddr,
    /// 監視のアドレス
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8082")]
    ops: SocketAddr,
    /// 見本の市の時計を、今日のこの時刻から進める（例 10:30）。書かなければ、いまの時刻
    #[arg(long, value_name = "TIME", value_parser = time_of_day)]
    at: Option<Minute>,
}

fn time_of_day(text: &str) -> Result<Minute, String> {
    config::minute(text).ok_or_else(|| "時刻は 10:30 のように書きます".to_owned())
}

/// The clock of the city: the machine's, or one that goes on from this time of the present day.
fn clock(at: Option<Minute>) -> Clock {
    let system = Clock::system();
    let Some(at) = at else { return system };
    let now = system.now();
    let shift = Moment::at(now.day(), at).millis() - now.millis();
    Clock::from_fn(move || Moment::from_millis(system.now().millis() + shift))
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Foreign(_) => Self::Call(error.to_string()),
            HomeError::Io(..) => Self::Wrong(error.to_string()),
        }
    }
}

impl From<FillError> for Failure {
    fn from(error: FillError) -> Self {
        Self::Wrong(format!("demo: {error}"))
    }
}

impl From<CityError> for Failure {
    fn from(error: CityError) -> Self {
        Self::Wrong(format!("demo: {error}"))
    }
}

impl From<Fault> for Failure {
    fn from(error: Fault) -> Self {
        Self::Wrong(format!("demo: {error}"))
    }
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let home = Home::take(&task.data)?;
    let config = home.config([task.citizen, task.staff, task.ops]);
    let (clock, chance) = (clock(task.at), Chance::system());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut stop = Stop::new()?;
        let known = home.told().map(|told| told.accounts).unwrap_or_default();
        let owned = DataDir::lock(&config.data_dir)?;
        shared.paper().line("見本市を用意しています…")?;
        let data_dir = config.data_dir.clone();
        let accounts = Filling { data_dir, now: clock.now(), chance: &chance, known }.fill().await?;
        drop(owned);
        let app = App::start(&config, &clock, &chance)?;
        copy(&app, &config, &clock).await;
        let told = tell(&app, &home, accounts).await?;
        home.tell(&told)?;
        shared.paper().report(&table(&told), &told)?;
        stop.wait().await;
        app.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Takes a true copy and restores it for proof, so that the status page has something to show. It stays in the demo's directory.
async fn copy(app: &App, config: &Config, clock: &Clock) {
    for profile in app.registry().profiles() {
        let city = City { code: profile.code.clone(), file: profile.file.clone() };
        let (config, clock) = (config.backup.clone(), clock.clone());
        // How it went stands in its record, and the page shows it.
        let _ = tokio::task::spawn_blocking(move || backup::take(&config, &city, &clock)).await;
    }
}

async fn tell(app: &App, home: &Home, accounts: Vec<Account>) -> Result<Told, Failure> {
    let registry = app.registry();
    let profile = registry.profiles().first().ok_or_else(|| Failure::Wrong("demo: no city".to_owned()))?;
    let city: std::sync::Arc<Municipality> = registry.open(profile).await?;
    let cards = city.db.read(Lane::Staff, samples::samples).await?;
    let scarce =
        city.db.write(Actor::System { job: "demo" }, samples::scarce).await.map_err(FillError::from)?;
    let Addresses { citizen, staff, ops } = app.addresses();
    Ok(Told {
        citizen: format!("http://{citizen}{}/", profile.base),
        staff: format!("http://{staff}/{}/", profile.slug),
        ops: format!("http://{ops}/"),
        outbox: home.outbox(),
        accounts,
        cards,
        scarce,
    })
}

/// What people read: addresses, sign-ins, some notices.
fn table(told: &Told) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("  市民の画面      {}", told.citizen),
        format!("  職員の画面      {}", told.staff),
        format!("  届いたメール    {}", told.staff.replace(&format!("/{}/", home::SLUG), "/_demo/mail")),
        format!("  監視            {}healthz", told.ops),
        String::new(),
        "  職員のログイン（利用者ID / パスワード）".to_owned(),
    ];
    lines.extend(told.accounts.iter().map(|one| format!("    {:<14}  {}", one.user, one.password)));
    lines.push(String::new());
    lines.push("  通知書の番号と誕生日（予約できる方。ほかは demo.json に）".to_owned());
    let bookable = told.cards.iter().filter(|card| card.state == "bookable").take(5);
    lines.extend(
        bookable.map(|card| format!("    {}   {}月{}日", card.notice_id, card.birth_month, card.birth_day)),
    );
    lines.push(String::new());
    lines.push("  終わるには Ctrl+C".to_owned());
    lines
}
