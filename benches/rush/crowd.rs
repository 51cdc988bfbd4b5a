//! The rush: citizens who all come at once and go the whole way, while a clerk works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use madoguchi::db::Lane;
use madoguchi::mail::Letter;
use reqwest::{Client, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::browser::{self, Browser};
use super::city::{City, PASSWORD, notice};
use super::row;

/// Requests that are under way at once, as many as a proxy would let through.
const AT_ONCE: usize = 256;

/// How it went for one citizen.
#[derive(Debug, Default)]
struct Went {
    times: Vec<Duration>,
    booked: bool,
    full: u64,
    errors: u64,
    why: Option<String>,
}

/// `citizens` of them, with the figures of the clerk when nobody else was there.
pub async fn rush(city: &City, citizens: usize, idle: Duration) {
    let client = browser::client();
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let over = Arc::new(AtomicBool::new(false));
    let clerk = tokio::spawn(clerk(browser::client(), city.staff, Arc::clone(&over)));
    let began = Instant::now();
    let mut crowd = JoinSet::new();
    for n in 0..citizens {
        let (client, gate, db, to) = (client.clone(), Arc::clone(&gate), city.open.db.clone(), city.citizen);
        crowd.spawn(async move {
            let _inside = gate.acquire_owned().await.unwrap();
            let mut browser = Browser::new(&client, to, n);
            let mut went = Went::default();
            match walk(&mut browser, &db, n, &mut went.full).await {
                Ok(()) => {
                    browser.go("/confirm", &[]).await;
                    went.booked = browser.last.status == StatusCode::OK;
                }
                Err(why) => {
                    went.errors += 1;
                    let page = browser.last.text.split("<title>").nth(1).unwrap_or_default();
                    let title = page.split('<').next().unwrap_or_default();
                    went.why = Some(format!("citizen {n}: {why} ({} {title})", browser.last.status));
                }
            }
            went.errors += u64::from(browser.last.status.is_server_error());
            went.times = browser.times;
            went
        });
    }
    let went = crowd.join_all().await;
    let took = began.elapsed();
    over.store(true, Ordering::SeqCst);
    let staff = clerk.await.unwrap();
    report(city, &went, took, (idle, p99(staff))).await;
}

async fn report(city: &City, went: &[Went], took: Duration, (idle, staff): (Duration, Duration)) {
    let mut times: Vec<Duration> = went.iter().flat_map(|one| one.times.iter().copied()).collect();
    times.sort_unstable();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap());
    let booked = went.iter().filter(|one| one.booked).count();
    let (errors, full): (u64, u64) =
        (went.iter().map(|one| one.errors).sum(), went.iter().map(|one| one.full).sum());
    let (beyond, twice) = city.oversold().await;
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    row(
        &format!("opening rush, {} citizens, the whole way, dynamic requests a second", went.len()),
        &format!("{:.0}", count(times.len()) / took.as_secs_f64()),
        "at least 1000",
    );
    row(
        "  median and p99 of an answer",
        &format!("{} / {}", ms(times[times.len() / 2]), ms(p99(times.clone()))),
        "p99 under 300 ms",
    );
    row("  bookings a second over the whole way", &format!("{:.0}", count(booked) / took.as_secs_f64()), "");
    row("  booked / met a full slot / errors", &format!("{booked} / {full} / {errors}"), "no error");
    row("  seats oversold / citizens booked twice", &format!("{beyond} / {twice}"), "0 / 0");
    for why in went.iter().filter_map(|one| one.why.as_ref()).take(5) {
        println!("    {why}");
    }
    let bar = ms((idle * 2).max(Duration::from_millis(100)));
    row(
        "  p99 of the clerk, idle and in the rush",
        &format!("{} / {}", ms(idle), ms(staff)),
        &format!("at most {bar}"),
    );
}

/// From the start page to the check page. Every second citizen wants the first day at the first place.
pub async fn walk(
    browser: &mut Browser,
    db: &madoguchi::db::Db,
    n: usize,
    full: &mut u64,
) -> Result<(), String> {
    browser.get("/").await;
    browser.get("/notice").await;
    browser.go("/notice", &[("notice_id", &notice(n)), ("birth_month", "4"), ("birth_day", "13")]).await;
    let email = format!("citizen{n}@mihon.example");
    browser.go("/email", &[("email", &email)]).await;
    let link = format!("/m/{}", token(db, &email).await?);
    browser.get(&link).await;
    browser.go(&link, &[]).await;
    let place = if n.is_multiple_of(2) { 1 } else { n % 12 + 1 };
    browser.go("/location", &[("location", &place.to_string())]).await;
    browser.go("/family", &[]).await;
    for attempt in 0..40 {
        let day = some(&browser.last.text, "day=", n / 2 * (n % 2) + attempt).ok_or("no open day")?;
        browser.get(&format!("/calendar?month={}&day={day}", &day[..7])).await;
        let Some(slot) = some(&browser.last.text, "name=\"slot\" id=\"", n + attempt) else { continue };
        let slot = after(&browser.last.text, &format!("id=\"{slot}\" value=\""));
        browser.post("/calendar", &[("slot", &slot)]).await;
        if browser.last.status == StatusCode::SEE_OTHER {
            let to = browser.last.location.clone();
            browser.get(&to).await;
            let acks = ["1", "2", "3", "4", "5"].map(|one| ("ack", one));
            browser.go("/precautions", &acks).await;
            return Ok(());
        }
        *full += 1;
    }
    Err("forty slots were full".to_owned())
}

/// What the citizen reads in the mail.
async fn token(db: &madoguchi::db::Db, email: &str) -> Result<String, String> {
    let email = email.to_owned();
    let read = db.read(Lane::Citizen, move |tx| {
        tx.opt("SELECT params FROM outbox WHERE to_email = ? ORDER BY id DESC", [email], |row| {
            row.get::<_, String>("params")
        })
    });
    let params = read.await.map_err(|fault| fault.to_string())?.ok_or("no letter")?;
    match serde_json::from_str(&params) {
        Ok(Letter::Link { token, .. }) => Ok(token),
        other => Err(format!("no link: {other:?}")),
    }
}

/// The `n`th of the words that follow `mark`, counted round and round.
fn some(text: &str, mark: &str, n: usize) -> Option<String> {
    let found: Vec<&str> =
        text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '#', '&']).next()).collect();
    (!found.is_empty()).then(|| found[n % found.len()].to_owned())
}

fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The p99 of the clerk's pages while nobody else is there.
pub async fn staff_alone(city: &City, span: Duration) -> Duration {
    let over = Arc::new(AtomicBool::new(false));
    let clerk = tokio::spawn(clerk(browser::client(), city.staff, Arc::clone(&over)));
    tokio::time::sleep(span).await;
    over.store(true, Ordering::SeqCst);
    p99(clerk.await.unwrap())
}

/// A clerk who opens the board, the calendar and the search, ten pages a second.
async fn clerk(client: Client, to: std::net::SocketAddr, over: Arc<AtomicBool>) -> Vec<Duration> {
    static SHIFTS: AtomicU64 = AtomicU64::new(0);
    let shift = usize::try_from(SHIFTS.fetch_add(1, Ordering::SeqCst)).unwrap();
    let mut browser = Browser::new(&client, to, 900_000 + shift);
    browser.get("/login").await;
    browser.go("/login", &[("user", "clerk"), ("password", PASSWORD)]).await;
    browser.times.clear();
    while !over.load(Ordering::SeqCst) {
        for path in ["/", "/calendar", "/cards"] {
            let status = browser.get(path).await.status;
            assert!(status.is_success() || status.is_redirection(), "{path}: {status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    browser.times
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}
