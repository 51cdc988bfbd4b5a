//! A citizen with a browser, behind what a load balancer does: a page that does not come is asked for again, the same form with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect};

/// How long a citizen goes on trying.
const PATIENCE: Duration = Duration::from_mins(1);

/// No node leads.
const NOBODY: usize = usize::MAX;

/// What stands in front of the two nodes: sends everybody to the one whose `/leader` says 200.
pub struct Front {
    client: Client,
    /// Where citizens come in, and where monitors ask, of each node.
    ways: Vec<(String, String)>,
    leader: AtomicUsize,
}

/// Connections that all citizens share, as a proxy's are.
pub fn client() -> Client {
    // A second call finds the first one's provider, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .danger_accept_invalid_certs(true)
        .connect_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

impl Front {
    /// Looks at both nodes from now on. `ways`: the address of citizens and of monitors of each node.
    pub fn before(ways: Vec<(String, String)>) -> Arc<Self> {
        let front = Arc::new(Self { client: client(), ways, leader: AtomicUsize::new(NOBODY) });
        let watched = Arc::downgrade(&front);
        tokio::spawn(async move {
            while let Some(front) = watched.upgrade() {
                let leader = front.look().await;
                front.leader.store(leader.unwrap_or(NOBODY), Ordering::Relaxed);
                drop(front);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        front
    }

    /// Something else stands in front: everybody is sent there.
    pub fn elsewhere(way: &str) -> Arc<Self> {
        let ways = vec![(way.to_owned(), String::new())];
        Arc::new(Self { client: client(), ways, leader: AtomicUsize::new(0) })
    }

    async fn look(&self) -> Option<usize> {
        let asked = |at: usize| {
            let asking = self.client.get(format!("{}/leader", self.ways[at].1));
            async move { asking.timeout(Duration::from_millis(400)).send().await.ok().map(|it| it.status()) }
        };
        let (first, second) = tokio::join!(asked(0), asked(1));
        [first, second].iter().position(|status| *status == Some(StatusCode::OK))
    }

    /// The node that leads.
    pub fn leader(&self) -> Option<usize> {
        Some(self.leader.load(Ordering::Relaxed)).filter(|leader| *leader != NOBODY)
    }

    /// Waits until this node leads no more.
    async fn leaves(&self, at: usize) {
        while self.leader() == Some(at) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What an answer was.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
}

/// A citizen's browser.
pub struct Browser {
    front: Arc<Front>,
    address: String,
    cookies: BTreeMap<String, String>,
    /// How long the citizen reads a page before the next one.
    pub reading: Duration,
    /// The last answer.
    pub last: Answer,
    /// The longest time that a page took, with every new try.
    pub longest: Duration,
    /// Tries that did not bring the page.
    pub again: u32,
}

impl Browser {
    /// The `n`th citizen.
    pub fn new(front: &Arc<Front>, n: usize) -> Self {
        Self {
            front: Arc::clone(front),
            address: format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255),
            cookies: BTreeMap::new(),
            reading: Duration::ZERO,
            last: Answer::default(),
            longest: Duration::ZERO,
            again: 0,
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Result<(), String> {
        let path = path.to_owned();
        self.send(|client, base| client.get(url(base, &path))).await
    }

    /// Sends a form of the page that is open.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let mut all = vec![("csrf", self.hidden("csrf")), ("once", self.hidden("once"))];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let path = path.to_owned();
        self.send(|client, base| client.post(url(base, &path)).form(&all)).await
    }

    /// Sends a form, and opens the page that the answer leads to.
    pub async fn go(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        self.post(path, fields).await?;
        let to = self.last.location.clone();
        if to.is_empty() {
            return Err(format!("POST {path}: {}", self.seen()));
        }
        self.get(&to).await
    }

    /// The status and the title of the page that is open.
    pub fn seen(&self) -> String {
        let title = self.last.text.split("<title>").nth(1).unwrap_or_default();
        format!("{} {}", self.last.status, title.split('<').next().unwrap_or_default())
    }

    fn hidden(&self, name: &str) -> String {
        let marked = format!("name=\"{name}\" value=\"");
        let after = self.last.text.split_once(&marked).map_or("", |(_, after)| after);
        after.split('"').next().unwrap_or_default().to_owned()
    }

    /// Sends the same request until there is a page.
    async fn send(&mut self, request: impl Fn(&Client, &str) -> RequestBuilder) -> Result<(), String> {
        tokio::time::sleep(self.reading).await;
        let began = Instant::now();
        let mut why = "nobody leads".to_owned();
        while began.elapsed() < PATIENCE {
            if let Some(at) = self.front.leader() {
                let front = Arc::clone(&self.front);
                let request = self.dressed(request(&front.client, &front.ways[at].0));
                let tried = tokio::select! {
                    tried = fetch(request) => tried,
                    () = front.leaves(at) => Err("the node leads no more".to_owned()),
                };
                match tried {
                    Ok((answer, cookies)) if !is_passing(answer.status) => {
                        self.cookies.extend(cookies);
                        self.last = answer;
                        self.longest = self.longest.max(began.elapsed());
                        return Ok(());
                    }
                    Ok((answer, _)) => why = answer.status.to_string(),
                    Err(error) => why = error,
                }
                self.again += 1;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.longest = self.longest.max(began.elapsed());
        Err(format!("gave up after {PATIENCE:?}: {why}"))
    }

    fn dressed(&self, request: RequestBuilder) -> RequestBuilder {
        let kept: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("x-forwarded-for", &self.address).header(header::COOKIE, kept.join("; "))
    }
}

/// Whether the answer says that the node cannot answer now.
fn is_passing(status: StatusCode) -> bool {
    [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT].contains(&status)
}

fn url(base: &str, path: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    format!("{base}/mihon{}", path.strip_prefix("/mihon").unwrap_or(path))
}

async fn fetch(request: RequestBuilder) -> Result<(Answer, BTreeMap<String, String>), String> {
    let response = request.send().await.map_err(|error| error.to_string())?;
    let cookies = cookies(&response);
    let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    let (status, location) = (response.status(), location.unwrap_or_default().to_owned());
    let text = response.text().await.map_err(|error| error.to_string())?;
    Ok((Answer { status, location, text }, cookies))
}

fn cookies(response: &Response) -> BTreeMap<String, String> {
    let lines = response.headers().get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.filter_map(|line| line.split(';').next()?.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
