//! One fault while citizens book: how it is set up, measured, and looked at afterwards.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::archive::{self, Place, Target};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::citizen::Front;
use super::city::CODE;
use super::cluster::{Cluster, PATIENCE, Wishes};
use super::compare;
use super::storm::{Promise, Storm};

/// Clusters at once, whatever the number of threads: each is three processes.
const AT_ONCE: usize = 5;

static ROOM: Semaphore = Semaphore::const_new(AT_ONCE);

/// A cluster and citizens who book at it.
pub struct Scene {
    what: &'static str,
    pub cluster: Cluster,
    /// What stands before the two nodes, where it is not the test's own.
    pub front: Option<Arc<Front>>,
    storm: Option<Storm>,
    promises: Vec<Promise>,
    next: usize,
    _room: SemaphorePermit<'static>,
}

/// How often each fault is done.
pub fn rounds() -> u32 {
    std::env::var("MADOGUCHI_ROUNDS").ok().map_or(1, |rounds| rounds.parse().unwrap())
}

impl Scene {
    /// A cluster in sync at which citizens book.
    pub async fn open(what: &'static str) -> Self {
        Self::with(what, Wishes::default()).await
    }

    /// The same of a special cluster.
    pub async fn with(what: &'static str, wishes: Wishes) -> Self {
        let mut scene = Self::made(what, wishes).await;
        scene.storm().await;
        scene
    }

    /// A cluster in sync to which nobody comes yet.
    pub async fn calm_open(what: &'static str) -> Self {
        Self::made(what, Wishes::default()).await
    }

    async fn made(what: &'static str, wishes: Wishes) -> Self {
        let room = ROOM.acquire().await.unwrap();
        let cluster = Cluster::start(wishes).await;
        Self { what, cluster, front: None, storm: None, promises: Vec::new(), next: 0, _room: room }
    }

    /// Citizens come, and the first have booked.
    pub async fn storm(&mut self) {
        if self.storm.is_none() {
            let front = Arc::clone(self.front.as_ref().unwrap_or(&self.cluster.front));
            self.storm = Some(Storm::begin(&front, self.next));
        }
        self.books(4).await;
    }

    /// Waits until so many more have booked, and tells how long it took.
    pub async fn books(&self, more: usize) -> Duration {
        let booked = self.storm.as_ref().unwrap().promises(more, PATIENCE).await;
        booked.unwrap_or_else(|why| panic!("{}: {why}\n{}", self.what, self.cluster.logs()))
    }

    /// Nobody books for this long.
    pub async fn books_nothing(&self, span: Duration) {
        let storm = self.storm.as_ref().unwrap();
        // Who was answered in this very moment counts still.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = storm.promised();
        tokio::time::sleep(span).await;
        assert_eq!(
            storm.promised(),
            before,
            "{}: booked although nobody may\n{}",
            self.what,
            self.cluster.logs()
        );
    }

    /// Forgets how long anybody has waited for a page up to now.
    pub fn look_anew(&self) {
        self.storm.as_ref().unwrap().look_anew();
    }

    /// A figure of this scene.
    pub fn figure(&self, name: &str, span: Duration) {
        println!("{:<58} {name:<36} {:>6.2} s", self.what, span.as_secs_f64());
    }

    /// The longest wait of a citizen since the last look, as a figure.
    pub fn longest(&self, name: &str) {
        self.figure(name, self.storm.as_ref().unwrap().longest());
    }

    /// Lets the citizens finish. Nobody may have failed.
    pub async fn calm(&mut self) {
        let Some(storm) = self.storm.take() else { return };
        let (weather, next) = storm.end().await;
        self.next = next;
        assert!(weather.failed.is_empty(), "{}: {:?}\n{}", self.what, weather.failed, self.cluster.logs());
        println!(
            "{:<58} {} bookings, {} pages asked for again, longest wait {:.2} s",
            self.what,
            weather.promises.len(),
            weather.again,
            weather.longest.as_secs_f64()
        );
        self.promises.extend(weather.promises);
    }

    /// Everybody finishes; waits until a file out of this node's archive holds everything that was promised.
    pub async fn archived(&mut self, at: usize) -> Duration {
        self.calm().await;
        let all = self.promises.len();
        let file = self.cluster.scratch().join("archived.db");
        std::fs::create_dir_all(self.cluster.scratch()).unwrap();
        let city = Place::Dir(self.cluster.archive(at).join(CODE));
        let held = async || {
            let _ = std::fs::remove_file(&file);
            archive::rebuild(&city, Target::Newest, &file).is_ok() && compare::bookings(&file) >= all
        };
        let took = self.cluster.until("everything is in the archive", held).await;
        compare::holds(&self.cluster, &file, &self.promises);
        took
    }

    /// Everybody finishes; both machines hold everything.
    pub async fn close(mut self) {
        self.calm().await;
        compare::both_hold(&self.cluster, &self.promises).await;
        let register = self.cluster.register().await;
        compare::letters(&self.cluster, register.unwrap().epoch);
    }

    /// The same of machines with the newer build, whose step has only added something.
    pub async fn close_newer(mut self) {
        self.calm().await;
        compare::both_hold_as(&self.cluster, &self.promises, compare::as_before_the_step).await;
    }
}
