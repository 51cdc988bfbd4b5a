//! Every municipality of Japan in one process: `cargo bench --bench cities` starts the true binary with 1,741 of them and prints how soon it
//! serves, what it holds while nobody asks, and how long the first page of a city takes that nobody has asked for yet.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use madoguchi::base::{Chance, Clock};
use madoguchi::db::Actor;
use madoguchi::municipalities;
use tokio::task::JoinSet;

const CITIES: usize = 1741;

/// Cities of which the first page is asked for, spread over all of them.
const ASKED: usize = 50;

/// How long nobody asks. Every city is looked at once meanwhile.
const IDLE: Duration = Duration::from_secs(20);

/// How long nobody asks once every city was open: longer than a city keeps its connections.
const LEFT_ALONE: Duration = Duration::from_mins(7);

fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<66} {measured:>28}   {bar}");
}

/// The program, ended with the benchmark.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn start(dir: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        program.arg("--config").arg(dir.join("config.toml")).arg("serve");
        Self(program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// What it holds of memory now (`VmRSS`), or held at most (`VmHWM`), and how many files are open.
    fn holds(&self, what: &str) -> String {
        let process = format!("/proc/{}", self.0.id());
        let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        let kilobytes: u64 =
            kilobytes.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap();
        let files = std::fs::read_dir(format!("{process}/fd")).unwrap().count();
        format!("{} MB, {files} files", kilobytes / 1024)
    }
}

fn code(city: usize) -> String {
    format!("{:06}", 100_000 + city)
}

/// The files of all cities, as `municipality add` makes them.
async fn found(data: &Path) {
    let mut making = JoinSet::new();
    for lane in 0..2 {
        let data = data.to_owned();
        making.spawn(async move {
            for city in (lane..CITIES).step_by(2) {
                let (clock, chance, code) = (Clock::system(), Chance::system(), code(city));
                let made =
                    municipalities::create(&data, &code, false, (&clock, &chance), Actor::Cli { uid: 0 });
                made.await.unwrap();
            }
        });
    }
    while let Some(made) = making.join_next().await {
        made.unwrap();
    }
}

/// Their configuration, and the ports of the citizens' and the operators' side.
fn configure(dir: &Path) -> [u16; 2] {
    let free = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let [citizen, staff, ops] = free.map(|listener| listener.local_addr().unwrap().port());
    let mut text = String::from("[mail]\ntransport = \"file\"\n[backup]\nat = \"\"\n");
    for (name, port) in [("citizen", citizen), ("staff", staff), ("ops", ops)] {
        writeln!(text, "[{name}]\nlisten = \"127.0.0.1:{port}\"").unwrap();
    }
    for city in 0..CITIES {
        writeln!(
            text,
            "[[municipality]]\ncode = \"{}\"\nslug = \"c{city}\"\nname = \"見本{city}市\"\nmail_from = \"yoyaku@c{city}.example.jp\"",
            code(city)
        )
        .unwrap();
    }
    std::fs::write(dir.join("config.toml"), text).unwrap();
    [citizen, ops]
}

/// Asks until somebody answers well.
async fn answered(client: &reqwest::Client, url: &str) {
    loop {
        match client.get(url).send().await {
            Ok(answer) if answer.status().is_success() => return,
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// The first page of some cities: of each before it was ever opened, and again.
async fn pages(client: &reqwest::Client, citizen: u16) -> [Vec<Duration>; 2] {
    let mut took = [Vec::new(), Vec::new()];
    for city in (0..CITIES).step_by(CITIES / ASKED) {
        for times in &mut took {
            let began = Instant::now();
            let page = client.get(format!("http://127.0.0.1:{citizen}/c{city}/")).send().await.unwrap();
            let page = page.error_for_status().unwrap().text().await.unwrap();
            times.push(began.elapsed());
            assert!(page.contains(&format!("見本{city}市")), "the page of another city");
        }
    }
    took
}

fn half_and_longest(mut took: Vec<Duration>) -> String {
    took.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    format!("{:.1} / {:.1} ms", millis(took[took.len() / 2]), millis(took[took.len() - 1]))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let began = Instant::now();
    found(&data).await;
    row("what", "measured", "bar");
    row(&format!("files of {CITIES} cities made"), &format!("{:.0} s", began.elapsed().as_secs_f64()), "");
    let [citizen, ops] = configure(dir.path());
    let client = reqwest::Client::new();
    let began = Instant::now();
    let program = Program::start(dir.path());
    answered(&client, &format!("http://127.0.0.1:{ops}/readyz")).await;
    row("from its start to ready", &format!("{:.2} s", began.elapsed().as_secs_f64()), "< 2 s");
    row("memory then", &program.holds("VmRSS"), "");
    tokio::time::sleep(IDLE).await;
    row(
        &format!("memory after {} s in which nobody asks", IDLE.as_secs()),
        &program.holds("VmRSS"),
        "< 400 MB",
    );
    let [cold, warm] = pages(&client, citizen).await;
    let of = format!("first page of {} cities that nobody asked for, half / longest", cold.len());
    row(&of, &half_and_longest(cold), "< 50 ms");
    row("the same pages again, half / longest", &half_and_longest(warm), "");
    row("memory with these cities open", &program.holds("VmRSS"), "");
    let began = Instant::now();
    for city in 0..CITIES {
        answered(&client, &format!("http://127.0.0.1:{citizen}/c{city}/")).await;
    }
    row("every city asked once more", &format!("{:.1} s", began.elapsed().as_secs_f64()), "");
    row("memory with all of them open", &program.holds("VmRSS"), "");
    tokio::time::sleep(LEFT_ALONE).await;
    let of = format!("memory after {} minutes in which nobody asks", LEFT_ALONE.as_secs() / 60);
    row(&of, &program.holds("VmRSS"), "< 400 MB");
    row("the most memory at any time", &program.holds("VmHWM"), "");
}
