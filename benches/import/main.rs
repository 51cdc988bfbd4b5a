//! Importing 100,000 cards beside people who write all the time: figures, printed with the flush rate of the minute.
//!
//! `cargo bench --bench import` takes 100,000 rows; `cargo bench --bench import -- --rows 20000` fewer. Linux only: the memory
//! is what the kernel says the process needed at most.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

#[path = "../rush/flush.rs"]
mod flush;
#[expect(dead_code, reason = "the tests write more kinds of cells than this list has")]
#[path = "../../tests/it/kit/workbook.rs"]
mod workbook;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use madoguchi::base::{Chance, Clock};
use madoguchi::cards::import::{self, Context, File, Kind, Options, Profile, Report};
use madoguchi::db::{Actor, Db, DbOptions, Fault, WriteTx};
use rusqlite::named_params;

const CLERK: Actor = Actor::Cli { uid: 1000 };
const PROBE: Actor = Actor::System { job: "bench" };

fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<66} {measured:>28}   {bar}");
}

fn main() {
    let rows = rows();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    row("what", "measured", "bar");
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
    runtime.block_on(async {
        let town = Town::open();
        let alone = town.probed(async { tokio::time::sleep(Duration::from_secs(3)).await }).await.1;
        row("a write that waits for nobody, longest of 3 s", &millis(alone.longest()), "");
        let text = csv(rows, "");
        let bytes = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
        town.import("CP932", &bytes).await;
        town.import("the same once more, one character added", &[&bytes[..], b"\r\n"].concat()).await;
        let other = encoding_rs::SHIFT_JIS.encode(&csv(rows, "ウ")).0.into_owned();
        town.import("the same with every reading changed", &other).await;
    });
    runtime.block_on(async { Town::open().import("a workbook", &book(rows)).await });
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
}

fn rows() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rows");
    arguments.nth(1).map_or(100_000, |number| number.parse().expect("--rows takes a number"))
}

/// Names and readings, combined so that hardly two of a city have the same name and birth date.
const FAMILIES: [[&str; 2]; 14] = [
    ["山田", "ヤマダ"],
    ["見本", "ミホン"],
    ["佐藤", "サトウ"],
    ["髙橋", "タカハシ"],
    ["山﨑", "ヤマザキ"],
    ["渡邊", "ワタナベ"],
    ["小林", "コバヤシ"],
    ["中村", "ナカムラ"],
    ["加藤", "カトウ"],
    ["吉田", "ヨシダ"],
    ["清水", "シミズ"],
    ["森", "モリ"],
    ["池田", "イケダ"],
    ["橋本", "ハシモト"],
];
const FIRST: [[&str; 2]; 9] = [
    ["太", "タ"],
    ["次", "ジ"],
    ["健", "ケン"],
    ["一", "カズ"],
    ["真", "マ"],
    ["幸", "ユキ"],
    ["晴", "ハル"],
    ["安", "ヤス"],
    ["誠", "セイ"],
];
const SECOND: [[&str; 2]; 8] = [
    ["郎", "ロウ"],
    ["子", "コ"],
    ["美", "ミ"],
    ["男", "オ"],
    ["江", "エ"],
    ["介", "スケ"],
    ["香", "カ"],
    ["代", "ヨ"],
];

/// One invented card, as the cells of the standard file; `end` closes each reading.
fn cells(at: usize, end: &str) -> [String; 12] {
    // Steps without a common divisor: neighbours in the file are strangers, as in a real one.
    let mixed = at.wrapping_mul(7919) % 999_983;
    let (month, day) = (mixed / 3 % 12 + 1, mixed % 28 + 1);
    let names = [FAMILIES[mixed % 14], FIRST[mixed / 14 % 9], SECOND[mixed / 126 % 8]];
    let [family, first, second] = names.map(|[name, _]| name);
    let read = names.map(|[_, reading]| reading);
    [
        format!("A{:02}-{:06}", at / 1_000_000, at % 1_000_000),
        format!("{family}　{first}{second}"),
        format!("{} {}{}{end}", read[0], read[1], read[2]),
        format!("{}-{month:02}-{day:02}", 1940 + mixed / 7 % 80),
        String::new(),
        String::new(),
        format!("B-{}-{:03}", at / 1000, at % 1000),
        "2026-03-02".to_owned(),
        "R8.3.30".to_owned(),
        "令和8年6月30日".to_owned(),
        "20360413".to_owned(),
        format!("{at:010}"),
    ]
}

fn csv(rows: usize, end: &str) -> String {
    let mut text = import::columns().collect::<Vec<_>>().join(",") + "\r\n";
    for at in 0..rows {
        write!(text, "{}\r\n", cells(at, end).join(",")).unwrap();
    }
    text
}

fn book(rows: usize) -> Vec<u8> {
    let head = import::columns().map(workbook::text).collect();
    let row = |at: usize| cells(at, "").iter().map(|cell| workbook::text(cell)).collect();
    workbook::Workbook::of(std::iter::once(head).chain((0..rows).map(row)).collect()).bytes()
}

/// A city's file.
struct Town {
    db: Db,
    _dir: tempfile::TempDir,
}

impl Town {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.db");
        let (clock, chance) = (Clock::system(), Chance::seeded(1));
        Db::create(&path, "999999", &clock, &chance, false).unwrap();
        let db = Db::open_with(&path, "999999", clock, chance, DbOptions::default()).unwrap();
        Self { db, _dir: dir }
    }

    async fn import(&self, what: &str, bytes: &[u8]) {
        let (before, busy) = (peak(), processor());
        let began = Instant::now();
        let file = import::read_with(bytes, &Profile::standard(Kind::Card), &Context::default()).unwrap();
        let read = began.elapsed();
        let (report, probe) = self.probed(self.apply(file)).await;
        let (all, busy) = (began.elapsed(), processor() - busy);
        let tally = &report.tally;
        let rows = tally.rows();
        println!(
            "\n{what}: {rows} rows, {} new, {} changed, {} unchanged",
            tally.new, tally.changed, tally.unchanged
        );
        row("read and checked", &format!("{:.2} s", read.as_secs_f64()), "");
        row("read, staged and published", &format!("{:.2} s", all.as_secs_f64()), "< 10 s");
        row("processor time of it and of who writes beside it", &format!("{busy:.2} s"), "");
        row("writes beside it", &probe.0.len().to_string(), "");
        row("of them half within", &millis(probe.within(50)), "");
        row("of them 99 of 100 within", &millis(probe.within(99)), "");
        row("the longest", &millis(probe.longest()), "< 300 ms");
        row("memory, the most of the process: before and after", &format!("{before} and {} MB", peak()), "");
    }

    async fn apply(&self, file: File) -> Report {
        let options = Options { file_name: "cards.csv".to_owned(), ..Options::default() };
        import::apply(&self.db, &CLERK, &Arc::new(file), &options, &|_, _| {}).await.unwrap().report
    }

    /// Does something while somebody writes all the time.
    async fn probed<T>(&self, work: impl Future<Output = T>) -> (T, Waits) {
        let (db, over) = (self.db.clone(), Arc::new(AtomicBool::new(false)));
        let end = Arc::clone(&over);
        let probe = tokio::spawn(async move {
            let mut waits = Vec::new();
            while !end.load(Ordering::Relaxed) {
                let began = Instant::now();
                let number = waits.len() as u64;
                db.write(PROBE, move |tx| insert(tx, number)).await.unwrap();
                waits.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            waits.sort_unstable();
            Waits(waits)
        });
        let done = work.await;
        over.store(true, Ordering::Relaxed);
        (done, probe.await.unwrap())
    }
}

fn insert(tx: &WriteTx<'_>, number: u64) -> Result<(), Fault> {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&number.to_le_bytes());
    tx.run(
        "INSERT OR REPLACE INTO once (key_hash, operation, result, created_at) VALUES (:key, 'bench', '1', 1)",
        named_params! { ":key": key },
    )?;
    Ok(())
}

/// How long each write waited, shortest first.
struct Waits(Vec<Duration>);

impl Waits {
    fn longest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    fn within(&self, percent: usize) -> Duration {
        self.0.get(self.0.len() * percent / 100).copied().unwrap_or_default()
    }
}

fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1000.0)
}

/// Seconds of processor time that the process has taken.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which stands in brackets, the twelfth and thirteenth: hundredths of a second as a program and in the kernel.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// The most memory that the process has had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
