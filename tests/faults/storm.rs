//! Citizens who book, one after another on many browsers at once, and remember what they were promised.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::task::JoinSet;

use super::citizen::{Browser, Front};
use super::city::city;

/// Browsers at once.
const AT_ONCE: usize = 4;

/// Between two pages of a citizen.
const READING: Duration = Duration::from_millis(60);

/// A booking that the program has acknowledged.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Which citizen.
    pub citizen: usize,
    /// The number of the booking, as the page said.
    pub number: String,
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// What was promised.
    pub promises: Vec<Promise>,
    /// Citizens who did not get what they came for, and why.
    pub failed: Vec<String>,
    /// The longest time that somebody waited for a page.
    pub longest: Duration,
    /// Pages that were asked for again.
    pub again: u32,
}

/// Citizens who book until they are told to stop.
pub struct Storm {
    over: Arc<AtomicBool>,
    next: Arc<AtomicUsize>,
    seen: Arc<Mutex<Weather>>,
    crowd: JoinSet<()>,
}

impl Storm {
    /// Begins with this citizen.
    pub fn begin(front: &Arc<Front>, first: usize) -> Self {
        let (over, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(first)));
        let seen = Arc::new(Mutex::new(Weather::default()));
        let mut crowd = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (front, over, next, seen) =
                (Arc::clone(front), Arc::clone(&over), Arc::clone(&next), Arc::clone(&seen));
            crowd.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let citizen = next.fetch_add(1, Ordering::Relaxed);
                    let mut browser = Browser::new(&front, citizen);
                    browser.reading = READING;
                    let booked = book(&mut browser, citizen).await;
                    let mut seen = seen.lock().unwrap();
                    seen.longest = seen.longest.max(browser.longest);
                    seen.again += browser.again;
                    match booked {
                        Ok(number) => seen.promises.push(Promise { citizen, number }),
                        Err(why) => seen.failed.push(format!("citizen {citizen}: {why}")),
                    }
                }
            });
        }
        Self { over, next, seen, crowd }
    }

    /// How many bookings were promised up to now.
    pub fn promised(&self) -> usize {
        self.seen.lock().unwrap().promises.len()
    }

    /// Waits until so many more are promised, and tells how long it took.
    pub async fn promises(&self, more: usize, most: Duration) -> Result<Duration, String> {
        let (began, first) = (Instant::now(), self.promised());
        while self.promised() < first + more {
            if began.elapsed() > most {
                return Err(format!("{} of {more} bookings in {most:?}", self.promised() - first));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(began.elapsed())
    }

    /// Forgets how long anybody waited up to now.
    pub fn look_anew(&self) {
        self.seen.lock().unwrap().longest = Duration::ZERO;
    }

    /// The longest time that somebody waited for a page since then.
    pub fn longest(&self) -> Duration {
        self.seen.lock().unwrap().longest
    }

    /// Lets everybody finish, and tells how it went and who comes next.
    pub async fn end(self) -> (Weather, usize) {
        self.over.store(true, Ordering::Relaxed);
        self.crowd.join_all().await;
        let weather = self.seen.lock().unwrap().clone();
        (weather, self.next.load(Ordering::Relaxed))
    }
}

/// From the link of the mail to the page with the number.
async fn book(browser: &mut Browser, citizen: usize) -> Result<String, String> {
    walk(browser, citizen).await?;
    confirm(browser).await
}

/// From the link of the mail to the last page before the booking.
pub async fn walk(browser: &mut Browser, citizen: usize) -> Result<(), String> {
    let link = city().await.links.get(citizen).ok_or("there are no more citizens")?;
    let link = format!("/m/{link}");
    browser.get(&link).await?;
    browser.go(&link, &[("birth_month", "4"), ("birth_day", "13")]).await?;
    let place = if citizen.is_multiple_of(3) { "2" } else { "1" };
    browser.go("/location", &[("location", place)]).await?;
    browser.go("/family", &[]).await?;
    for attempt in 0..60 {
        // Every second citizen wants the first day: there is not enough of it.
        let days: Vec<String> = all(&browser.last.text, "day=");
        let day = days.get((citizen % 2 * citizen / 2 + attempt) % days.len().max(1)).ok_or("no open day")?;
        browser.get(&format!("/calendar?month={}&day={day}", &day[..7])).await?;
        let slots = all(&browser.last.text, "name=\"slot\" id=\"");
        let Some(slot) = slots.get((citizen + attempt) % slots.len().max(1)) else { continue };
        let slot = all(&browser.last.text, &format!("id=\"{slot}\" value=\"")).remove(0);
        browser.post("/calendar", &[("slot", &slot)]).await?;
        if browser.last.status != StatusCode::SEE_OTHER {
            continue;
        }
        let to = browser.last.location.clone();
        browser.get(&to).await?;
        browser.go("/precautions", &["1", "2", "3", "4", "5"].map(|one| ("ack", one))).await?;
        return Ok(());
    }
    Err("sixty slots were full".to_owned())
}

async fn confirm(browser: &mut Browser) -> Result<String, String> {
    browser.go("/confirm", &[]).await?;
    let page = &browser.last;
    let number =
        page.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).find(|word| is_number(word));
    let number = number.filter(|_| page.status == StatusCode::OK);
    number.map(ToOwned::to_owned).ok_or_else(|| format!("no number on the page: {}", browser.seen()))
}

/// Whether it looks like `K7M2-0413`.
fn is_number(word: &str) -> bool {
    let upper = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    word.split_once('-').is_some_and(|(random, day)| {
        random.len() == 4
            && random.bytes().all(upper)
            && day.len() == 4
            && day.bytes().all(|c| c.is_ascii_digit())
    })
}

/// The words that follow `mark`.
fn all(text: &str, mark: &str) -> Vec<String> {
    let words = text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '#', '&']).next());
    words.map(ToOwned::to_owned).collect()
}
