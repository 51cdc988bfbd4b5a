//! Two nodes with their data on the disk and an arbiter between them: taken along, killed, taken over, taken along again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::*;
use crate::arbiter::{Identity, Keeper, Mode, Register, Saved, Spans};
use crate::base::Clock;

const CITY: &str = "999999";
const PAGE: usize = 512;

fn spans() -> Spans {
    let ms = Duration::from_millis;
    Spans {
        ping: ms(100),
        renew: ms(150),
        suspect: ms(400),
        ack: ms(400),
        answer: ms(300),
        stops_alone: false,
    }
}

/// The arbiter in this process.
#[derive(Clone)]
struct Arbiter(Arc<Mutex<Keeper>>, Instant);

impl Arbiter {
    fn new() -> Self {
        let keeper = Keeper::new(Register::new("mihon", "a", 1, 1), Duration::from_secs(1), Duration::ZERO);
        Self(Arc::new(Mutex::new(keeper)), Instant::now())
    }

    fn register(&self) -> Register {
        self.0.lock().unwrap().register().clone()
    }

    /// Waits until both nodes hold all cities alike.
    async fn mended(&self) {
        let began = Instant::now();
        while !self.register().in_sync || !self.register().exceptions.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", self.register());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn ask(&self) -> Box<Ask> {
        let this = self.clone();
        Box::new(move |call| {
            let mut keeper = this.0.lock().unwrap();
            let ruling = keeper.decide(&call, this.1.elapsed());
            let verdict = ruling.verdict;
            keeper.adopt(ruling);
            let answer = keeper.answer(call.id, verdict, this.1.elapsed());
            Box::pin(std::future::ready(Some(answer)))
        })
    }
}

/// What a city's engine would hold: the file, and the number of its last commit.
#[derive(Default)]
struct Engine {
    pages: Vec<Vec<u8>>,
    commit_no: u64,
    file_id: String,
}

struct Site {
    name: &'static str,
    dir: PathBuf,
    engine: Arc<Mutex<Engine>>,
    pipe: Pipe,
    line: mpsc::UnboundedSender<Line>,
    wishes: mpsc::UnboundedSender<Wish>,
    view: watch::Receiver<View>,
    board: Board,
    schema: i64,
    running: JoinHandle<Standing>,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("city")
}

fn site(root: &Path, name: &'static str, arbiter: &Arbiter, incarnation: u64) -> Site {
    site_of(root, name, arbiter, incarnation, 1)
}

fn site_of(root: &Path, name: &'static str, arbiter: &Arbiter, incarnation: u64, schema: i64) -> Site {
    let board = Board::default();
    let dir = root.join(name);
    std::fs::create_dir_all(dir.join("pair")).unwrap();
    let place = Place { file: file(&dir), log: dir.join("city-log"), index: dir.join("city-index") };
    let holder = Holder::open(&dir.join("pair"), Box::new(move |_| place.clone())).unwrap();
    let (pipe, commits) = Pipe::new();
    let engine = Arc::new(Mutex::new(Engine::default()));
    let (copied, saved_at) = (Arc::clone(&engine), dir.join("saved"));
    let saved = std::fs::read(&saved_at).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let saved: Saved = saved.unwrap_or_default();
    let saved = Saved { torn: saved.torn || holder.is_void(), ..saved };
    let outside = Outside {
        ask: arbiter.ask(),
        copies: Arc::new(move |_, target| {
            let engine = copied.lock().unwrap();
            std::fs::write(target, engine.pages.concat())?;
            let page_size = u32::try_from(PAGE).map_err(std::io::Error::other)?;
            Ok(Copied { page_size, commit_no: engine.commit_no, file_id: engine.file_id.clone() })
        }),
        save: Box::new(move |saved: Saved| std::fs::write(&saved_at, serde_json::to_vec(&saved)?)),
        cities: vec![CITY.to_owned()],
        scratch: dir.clone(),
        post: Post::open(&dir, Members::default(), &Clock::system(), &Board::default()),
        board: board.clone(),
        serving: Serving::never(),
        marks: Marks::open(&dir.join("pair")).unwrap(),
        found: BTreeMap::new(),
        schema,
    };
    let (cluster, node) = ("mihon".to_owned(), name.to_owned());
    let who = Identity { cluster, node, incarnation: incarnation << 32, mode: Mode::Witness, spans: spans() };
    let (driver, view) = Driver::new(who, saved, holder, pipe.clone(), outside);
    let (line, heard) = mpsc::unbounded_channel();
    let (wishes, orders) = mpsc::unbounded_channel();
    let running = tokio::spawn(driver.run(commits, heard, orders));
    Site { name, dir, engine, pipe, line, wishes, view, board, schema, running }
}

/// `a` leads with a first commit, and `b` holds it too.
async fn together(a: &mut Site, b: &Site) -> [JoinHandle<()>; 2] {
    a.leads().await;
    assert!(a.commit(1).await);
    let wires = connect(a, b);
    a.until(|view| view.in_sync).await;
    wires
}

/// Connects two sites; the wires last until one of them ends.
fn connect(a: &Site, b: &Site) -> [JoinHandle<()>; 2] {
    let wire = |from: &Site, to: &Site| {
        let (out, mut messages) = mpsc::unbounded_channel::<Message>();
        let line = to.line.clone();
        let (cluster, node) = ("mihon".to_owned(), to.name.to_owned());
        let intro = Intro { protocol: PROTOCOL, cluster, node, build: "test".to_owned(), schema: to.schema };
        from.line.send(Line::Up(out, intro)).unwrap();
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                let bytes = message.encode().unwrap();
                if line.send(Line::Heard(Message::decode(&bytes).unwrap())).is_err() {
                    return;
                }
            }
        })
    };
    [wire(a, b), wire(b, a)]
}

impl Site {
    async fn until(&mut self, what: impl Fn(&View) -> bool) {
        let patience = Duration::from_secs(10);
        let reached = tokio::time::timeout(patience, self.view.wait_for(|view| what(view))).await.is_ok();
        let view = *self.view.borrow();
        assert!(reached, "{} stays {view:?}", self.name);
    }

    async fn leads(&mut self) {
        self.until(|view| matches!(view.standing, Standing::Leading(_))).await;
        let bytes = std::fs::read(file(&self.dir)).unwrap_or_default();
        let pages: Vec<Vec<u8>> = bytes.chunks(PAGE).map(<[u8]>::to_vec).collect();
        let commit_no =
            pages.first().map_or(0, |page| u64::from_be_bytes(page[100..108].try_into().unwrap()));
        *self.engine.lock().unwrap() = Engine { pages, commit_no, file_id: "one".to_owned() };
        self.wishes.send(Wish::Ready).unwrap();
    }

    /// A commit that changes some pages; whether it counts.
    async fn commit(&self, seed: u64) -> bool {
        let (engine, pipe, path) = (Arc::clone(&self.engine), self.pipe.clone(), file(&self.dir));
        let done = tokio::task::spawn_blocking(move || {
            let (changed, number) = {
                let mut engine = engine.lock().unwrap();
                engine.commit_no += 1;
                let number = engine.commit_no;
                let size = 3 + usize::try_from(seed * 7 % 20).unwrap();
                let mut changed = Changed { size: u32::try_from(size).unwrap(), ..Changed::default() };
                let old = engine.pages.len();
                engine.pages.resize(size, Vec::new());
                for at in 0..size {
                    if at == 0 || at >= old || (seed + at as u64).is_multiple_of(3) {
                        let mut page = vec![u8::try_from((seed + at as u64) % 256).unwrap(); PAGE];
                        if at == 0 {
                            page[16..18].copy_from_slice(&512_u16.to_be_bytes());
                            page[100..108].copy_from_slice(&number.to_be_bytes());
                        }
                        engine.pages[at] = page.clone();
                        changed.pages.insert(u32::try_from(at).unwrap() + 1, page);
                    }
                }
                std::fs::write(path, engine.pages.concat()).unwrap();
                (changed, number)
            };
            pipe.commit(CITY, number, Some(changed)).is_ok()
        });
        done.await.unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(file(&self.dir)).unwrap()
    }

    fn commit_no(&self) -> u64 {
        u64::from_be_bytes(self.bytes()[100..108].try_into().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_goes_from_node_to_node_and_every_acknowledged_commit_goes_along() {
    let root = tempfile::tempdir().unwrap();
    let arbiter = Arbiter::new();
    let mut a = site(root.path(), "a", &arbiter, 1);
    let mut b = site(root.path(), "b", &arbiter, 2);
    a.leads().await;
    for seed in 0..5 {
        assert!(a.commit(seed).await, "alone");
    }
    let wires = connect(&a, &b);
    a.until(|view| view.in_sync).await;
    for seed in 5..40 {
        assert!(a.commit(seed).await, "in sync");
    }
    assert_eq!(b.commit_no(), 40);
    assert!(a.bytes() == b.bytes());

    // The line breaks for a moment: the log goes on where it was.
    wires.iter().for_each(JoinHandle::abort);
    a.line.send(Line::Down).unwrap();
    b.line.send(Line::Down).unwrap();
    let wires = connect(&a, &b);
    for seed in 40..50 {
        assert!(a.commit(seed).await, "in sync again");
    }
    assert!(a.bytes() == b.bytes());
    a.until(|view| view.in_sync).await;

    // The leader is killed. It leaves something that nobody acknowledged, and a log of its engine's.
    a.running.abort();
    wires.iter().for_each(JoinHandle::abort);
    b.line.send(Line::Down).unwrap();
    let killed = Instant::now();
    b.leads().await;
    assert!(killed.elapsed() < Duration::from_secs(5));
    assert_eq!(b.engine.lock().unwrap().commit_no, 50);
    assert!(!a.commit(99).await, "a killed leader acknowledges nothing");
    std::fs::write(a.dir.join("city-log"), "not acknowledged").unwrap();
    for seed in 60..70 {
        assert!(b.commit(seed).await);
    }

    // It comes back, and follows.
    let a = site(root.path(), "a", &arbiter, 3);
    let _wires = connect(&a, &b);
    b.until(|view| view.in_sync).await;
    for seed in 70..80 {
        assert!(b.commit(seed).await);
    }
    assert!(a.bytes() == b.bytes());
    assert_eq!(a.commit_no(), 70);
    assert_eq!(
        std::fs::read_dir(a.dir.join("pair/quarantine")).unwrap().count(),
        1,
        "nothing is thrown away"
    );
    assert!(!a.dir.join("city-log").exists());

    // And is given leadership, on purpose this time.
    let mut a = a;
    let asked = Instant::now();
    b.wishes.send(Wish::HandOver).unwrap();
    a.leads().await;
    assert!(asked.elapsed() < Duration::from_secs(2));
    assert_eq!(b.running.await.unwrap(), Standing::Fenced);
    assert_eq!(arbiter.register().leader, "a");
    assert!(a.commit(90).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_went_wrong_is_found_at_the_next_commit_and_mended() {
    let root = tempfile::tempdir().unwrap();
    let arbiter = Arbiter::new();
    let mut a = site(root.path(), "a", &arbiter, 1);
    let b = site(root.path(), "b", &arbiter, 2);
    let _wires = together(&mut a, &b).await;
    assert!(a.commit(2).await);
    // The node that follows keeps its file open; what it knows of the page is what it wrote.
    b.running.abort();
    a.line.send(Line::Down).unwrap();
    a.until(|view| !view.in_sync).await;
    let mut bytes = b.bytes();
    bytes[2 * PAGE + 10] ^= 1;
    std::fs::write(file(&b.dir), bytes).unwrap();
    let b = site(root.path(), "b", &arbiter, 3);
    assert_eq!(std::fs::read_dir(b.dir.join("pair/quarantine")).unwrap().count(), 1, "what was held is kept");
    let _wires = connect(&a, &b);
    a.until(|view| view.in_sync).await;
    let named = BTreeMap::from([(CITY.to_owned(), "a".to_owned())]);
    assert_eq!(arbiter.register().exceptions, named, "without the city, which is said");
    for seed in 3..8 {
        assert!(a.commit(seed).await);
    }
    arbiter.mended().await;
    assert!(a.commit(8).await);
    assert!(a.bytes() == b.bytes());

    // The leader's file is replaced by another one: nobody follows on the old one.
    a.engine.lock().unwrap().commit_no = 500;
    a.engine.lock().unwrap().file_id = "another".to_owned();
    a.pipe.begin(CITY, "another", 500);
    a.until(|view| !view.in_sync).await;
    a.until(|view| view.in_sync).await;
    assert!(a.commit(9).await);
    assert!(a.commit_no() == 501 && a.bytes() == b.bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_with_an_older_schema_follows_no_newer_one_and_a_newer_one_follows_an_older() {
    let root = tempfile::tempdir().unwrap();
    let arbiter = Arbiter::new();
    let mut a = site(root.path(), "a", &arbiter, 1);
    let b = site_of(root.path(), "b", &arbiter, 2, 2);
    let wires = together(&mut a, &b).await;
    assert!(a.commit(2).await);
    a.wishes.send(Wish::HandOver).unwrap();
    let mut b = b;
    b.leads().await;
    assert_eq!(a.running.await.unwrap(), Standing::Fenced);
    wires.iter().for_each(JoinHandle::abort);
    b.line.send(Line::Down).unwrap();

    let a = site(root.path(), "a", &arbiter, 3);
    let _wires = connect(&a, &b);
    assert!(b.commit(3).await, "alone");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let told = Some(Trouble::OlderBuild { leader: 2, other: 1 });
    assert_eq!((b.board.report().trouble, a.board.report().trouble), (told.clone(), told));
    assert!(!arbiter.register().in_sync && a.commit_no() == 2, "{:?}", arbiter.register());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_end_keeps_the_checksums_and_a_file_that_changed_its_length_is_read_anyway() {
    let root = tempfile::tempdir().unwrap();
    let arbiter = Arbiter::new();
    let mut a = site(root.path(), "a", &arbiter, 1);
    let b = site(root.path(), "b", &arbiter, 2);
    let _wires = together(&mut a, &b).await;
    for seed in 2..9 {
        assert!(a.commit(seed).await);
    }
    b.wishes.send(Wish::Rest).unwrap();
    assert_eq!(b.running.await.unwrap(), Standing::Following);
    let tables = b.dir.join("pair/tables");
    assert!(tables.exists());
    a.line.send(Line::Down).unwrap();
    a.until(|view| !view.in_sync).await;

    let b = site(root.path(), "b", &arbiter, 3);
    assert!(!tables.exists(), "it is gone before anything is written");
    let _wires = connect(&a, &b);
    a.until(|view| view.in_sync).await;
    for seed in 9..14 {
        assert!(a.commit(seed).await);
    }
    assert!(a.commit_no() == 13 && a.bytes() == b.bytes());
}
