//! A city with staff of every role, its console served by the true router.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use madoguchi::accounts::{self, NewStaff, Password};
use madoguchi::base::{Chance, LocationId};
use madoguchi::calendar;
use madoguchi::config::{self, LimitsConfig};
use madoguchi::db::{Actor, Fault, WriteTx};
use madoguchi::municipalities::{self, Municipality, Registry};
use madoguchi::render::Renderer;
use madoguchi::web::{self, Peer, Secure, State};
use secrecy::SecretString;
use tower::ServiceExt;

use super::StoppedClock;
use super::location::new_location;

/// Everybody's password.
pub const PASSWORD: &str = "ひばり tonbo 88";

/// The roles that a city begins with; each has one person whose user ID is the role's code.
pub const ROLES: [&str; 5] = ["counter", "call_center", "manager", "administrator", "auditor"];

/// Somebody at the server's command line.
pub const CLI: Actor = Actor::Cli { uid: 0 };

/// A city (見本市, `/mihon`) with two offices.
#[derive(Debug)]
pub struct Console {
    /// The open city.
    pub city: Arc<Municipality>,
    /// The clock that it reads.
    pub clock: StoppedClock,
    /// What pages reach.
    pub state: State,
    /// The two offices.
    pub offices: [LocationId; 2],
    _dir: tempfile::TempDir,
}

impl Console {
    /// A city at this time in Japan (`2026-04-13 09:42`), whose staff need no second factor.
    pub async fn at(time: &str) -> Self {
        Self::of(time, |_| ()).await
    }

    /// The same, whose commits are archived beside its data.
    pub async fn archived_at(time: &str) -> Self {
        Self::of(time, |config| {
            config.archive.dir = Some(config.data_dir.join("archive"));
            config.archive.min_free_mb = 1;
        })
        .await
    }

    async fn of(time: &str, adjust: impl FnOnce(&mut config::Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, chance) = (StoppedClock::at(time), Chance::seeded(1));
        municipalities::create(dir.path(), "999999", false, (&clock.clock(), &chance), CLI).await.unwrap();
        let mut config = config(dir.path());
        adjust(&mut config);
        let registry = Registry::new(&config, "http://127.0.0.1:8080", clock.clock(), chance.clone());
        let city = registry.open(&registry.profiles()[0]).await.unwrap();
        let offices = city.db.write(CLI, fill).await.unwrap();
        let state = State {
            registry,
            renderer: Renderer::load().unwrap(),
            fonts: Arc::default(),
            clock: clock.clock(),
            chance,
            limits: LimitsConfig::default(),
            trusted_proxies: Arc::default(),
            failures: Arc::default(),
            breaker: Arc::default(),
            uploads: Arc::default(),
            pair: None,
            demo: false,
            second_factor: false,
        };
        Self { city, clock, state, offices, _dir: dir }
    }

    /// The console's router.
    pub fn router(&self) -> Router {
        web::staff::router(&self.state)
    }

    /// Writes to the city's file.
    pub async fn write<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.city.db.write(CLI, job).await
    }

    /// A terminal where nobody is signed in.
    pub fn terminal(&self) -> Terminal {
        Terminal {
            router: self.router(),
            cookie: String::new(),
            peer: [10, 0, 0, 1].into(),
            csrf: String::new(),
        }
    }

    /// One more person of a role, with everybody's password.
    pub async fn hire(&self, user: &'static str, role: &'static str) {
        let hired = self.write(move |tx| {
            let new = NewStaff {
                user: user.to_owned(),
                name: "森 二郎".to_owned(),
                role: role.to_owned(),
                password: Password::hash(&SecretString::from(PASSWORD), tx.chance())?,
                must_change: false,
                home: None,
            };
            accounts::add(tx, &new).map_err(|error| Fault::Stored(error.to_string()))
        });
        hired.await.unwrap();
    }

    /// A terminal where the person of this user ID is signed in.
    pub async fn signed_in(&self, role: &str) -> Terminal {
        let mut terminal = self.terminal();
        terminal.sign_in(role, PASSWORD).await;
        let me = terminal.get("/me").await;
        assert_eq!(me.status, 200, "{role}: {}", me.body);
        terminal
    }
}

fn config(dir: &std::path::Path) -> config::Config {
    let source = format!(
        "data_dir = \"{}\"\n[[municipality]]\ncode = \"999999\"\nslug = \"mihon\"\nname = \"見本市\"\nmail_from = \"noreply@mihon.example\"\n",
        dir.display()
    );
    config::parse(&dir.join("config.toml"), &source).unwrap()
}

fn fill(tx: &WriteTx<'_>) -> Result<[LocationId; 2], Fault> {
    let fault = |error: &dyn std::fmt::Display| Fault::Stored(error.to_string());
    let mut offices = Vec::new();
    for (code, name) in [("1", "本庁舎 市民課"), ("2", "東総合支所")] {
        offices.push(calendar::add_location(tx, &new_location(code, name)).map_err(|error| fault(&error))?);
    }
    for (user, name) in ROLES.iter().zip(["山田 花子", "佐藤 健", "鈴木 一郎", "高橋 翔", "田中 恵"])
    {
        let new = NewStaff {
            user: (*user).to_owned(),
            name: name.to_owned(),
            role: (*user).to_owned(),
            password: Password::hash(&SecretString::from(PASSWORD), tx.chance())?,
            must_change: false,
            home: None,
        };
        accounts::add(tx, &new).map_err(|error| fault(&error))?;
    }
    Ok([offices[0], offices[1]])
}

/// A browser in its barest form: one cookie, one answer at a time, redirects told and not followed.
#[derive(Clone, Debug)]
pub struct Terminal {
    router: Router,
    cookie: String,
    peer: IpAddr,
    /// The token that forms carry.
    pub csrf: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Where it leads.
    pub to: String,
    /// Every header that names a cookie.
    pub cookies: Vec<String>,
    /// The policy of what may be loaded.
    pub policy: String,
    /// The page.
    pub body: String,
}

const FORM: &str = "application/x-www-form-urlencoded";

impl Terminal {
    /// Signs in as far as the password goes.
    pub async fn sign_in(&mut self, user: &str, password: &str) -> Answer {
        self.get("/login").await;
        self.post("/login", &[("user", user), ("password", password)]).await
    }

    /// Asks for a page below the city's path.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, Body::empty(), "").await
    }

    /// Sends a form with its token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf.clone();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post_bare(path, &all).await
    }

    /// Sends a form as it is.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        self.ask(Method::POST, path, Body::from(pairs.collect::<Vec<_>>().join("&")), FORM).await
    }

    /// Sends the file of a form with its token.
    pub async fn send_file(&mut self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let head = format!(
            "--LIMIT\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--LIMIT\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n",
            self.csrf
        );
        let body = [head.as_bytes(), bytes, b"\r\n--LIMIT--\r\n"].concat();
        self.ask(Method::POST, path, Body::from(body), "multipart/form-data; boundary=LIMIT").await
    }

    async fn ask(&mut self, method: Method, path: &str, body: Body, kind: &str) -> Answer {
        let address = if path.starts_with("/mihon") { path.to_owned() } else { format!("/mihon{path}") };
        let mut request = Request::builder()
            .method(&method)
            .uri(&address)
            .header(header::HOST, "madoguchi.example")
            .header(header::COOKIE, &self.cookie);
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(Peer(self.peer));
        request.extensions_mut().insert(Secure(false));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        let text = |name: header::HeaderName| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let cookies =
            headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
        let answer = Answer {
            status: response.status().as_u16(),
            to: text(header::LOCATION),
            cookies: cookies.collect(),
            policy: text(header::CONTENT_SECURITY_POLICY),
            body: String::from_utf8_lossy(&to_bytes(response.into_body(), 1 << 24).await.unwrap())
                .into_owned(),
        };
        if let Some(cookie) = answer.cookies.last() {
            cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf);
        }
        answer
    }
}

fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
