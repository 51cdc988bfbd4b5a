//! A mail server that takes letters and keeps them, and answers as it is told to.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use madoguchi::config::{MailConfig, MailTransport};
use madoguchi::jobs::Desk;
use madoguchi::mail::{Pace, Rules, Transport};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::TestMunicipality;

/// What the server does with the next letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// Says 451 to the recipient.
    NotNow,
    /// Says 550 to the recipient.
    Never,
    /// Hangs up in the middle of the letter.
    HangsUp,
    /// Takes it, after so many milliseconds.
    Slow(u64),
    /// Says 452 after the whole letter.
    FullAfterData,
    /// Says 554 after the whole letter.
    RefusesTheLetter,
    /// Says 421, too many connections, and hangs up.
    TooMany,
    /// Takes the recipient after so many milliseconds, and then the letter.
    Ponders(u64),
    /// Says 552, the mailbox is full, for good.
    MailboxFull,
    /// Says 450 greylisted.
    Greylists,
}

/// How the server meets whoever connects.
#[derive(Clone, Default)]
pub struct Manner {
    /// With this certificate; it takes no letter before STARTTLS.
    pub tls: Option<TlsAcceptor>,
    /// It refuses every sign-in with 535.
    pub refuses_sign_in: bool,
    /// Letters to addresses in this domain get 451, however often they come.
    pub busy_domain: Option<&'static str>,
    /// It puts each recipient off once.
    pub greylists: bool,
}

impl std::fmt::Debug for Manner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manner").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// A letter as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The sender on the envelope, with its brackets.
    pub from: String,
    /// The recipient on the envelope, with its brackets.
    pub to: String,
    /// Head and body.
    pub text: String,
    /// Whether it came through TLS.
    pub by_tls: bool,
}

impl Mail {
    /// A line of the head.
    pub fn head(&self, name: &str) -> Option<&str> {
        let start = format!("{name}: ");
        self.text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(&start))
    }
}

/// The server. It moves through `moods`, one a letter, and takes every letter after them.
#[derive(Clone, Debug)]
pub struct PostBox {
    /// Where it listens.
    pub address: SocketAddr,
    manner: Manner,
    arrived: Arc<Mutex<Vec<Mail>>>,
    moods: Arc<Mutex<VecDeque<Mood>>>,
    /// Recipients that were put off.
    seen: Arc<Mutex<HashSet<String>>>,
    /// Conversations under way, and the most that there were.
    talking: Arc<(AtomicUsize, AtomicUsize)>,
    /// Conversations that were ever begun.
    begun: Arc<AtomicUsize>,
}

impl PostBox {
    /// A server on a port of its own.
    pub async fn open(moods: &[Mood]) -> Self {
        Self::with(moods, Manner::default()).await
    }

    /// The same with other manners.
    pub async fn with(moods: &[Mood], manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let moods = Arc::new(Mutex::new(moods.iter().copied().collect()));
        let post_box = Self {
            address,
            manner,
            arrived: Arc::default(),
            moods,
            seen: Arc::default(),
            talking: Arc::default(),
            begun: Arc::default(),
        };
        let server = post_box.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    server.begun.fetch_add(1, Ordering::SeqCst);
                    let now = server.talking.0.fetch_add(1, Ordering::SeqCst) + 1;
                    server.talking.1.fetch_max(now, Ordering::SeqCst);
                    server.converse(stream).await;
                    server.talking.0.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        post_box
    }

    /// What hands this city's letters to this server, as fast as it can.
    pub fn desk(&self, city: &TestMunicipality) -> Desk {
        desk_for(city, self.address)
    }

    /// Every letter that was taken.
    pub fn arrived(&self) -> Vec<Mail> {
        self.arrived.lock().unwrap().clone()
    }

    /// How many were taken.
    pub fn count(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }

    /// How many letters have moods of their own and have not come yet.
    pub fn awaited(&self) -> usize {
        self.moods.lock().unwrap().len()
    }

    /// The most conversations at a time, and how many were begun in all.
    pub fn conversations(&self) -> (usize, usize) {
        (self.talking.1.load(Ordering::SeqCst), self.begun.load(Ordering::SeqCst))
    }

    /// A connection that ends in the middle is one of the moods, so what is read and written may fail.
    async fn converse(&self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut plain = BufReader::new(stream);
        plain.write_all(b"220 post.test\r\n").await.ok()?;
        let Some(acceptor) = &self.manner.tls else { return self.letters(plain, false).await };
        let mut line = String::new();
        loop {
            line.clear();
            if plain.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let answer = match line.trim_end() {
                "STARTTLS" => break,
                hello if hello.starts_with("EHLO") => "250-post.test\r\n250 STARTTLS",
                _ => "530 5.7.0 Must issue a STARTTLS command first",
            };
            plain.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        plain.write_all(b"220 go on\r\n").await.ok()?;
        let secured = acceptor.accept(plain.into_inner()).await.ok()?;
        self.letters(BufReader::new(secured), true).await
    }

    async fn letters<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        by_tls: bool,
    ) -> Option<()> {
        let (mut from, mut to, mut line) = (String::new(), String::new(), String::new());
        let mut mood = Mood::Takes;
        loop {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            let answer = match line.split(' ').next()? {
                "EHLO" if self.manner.refuses_sign_in => "250-post.test\r\n250 AUTH PLAIN LOGIN",
                "EHLO" => "250-post.test\r\n250 8BITMIME",
                "AUTH" => "535 5.7.8 authentication failed",
                "MAIL" => {
                    from = line.strip_prefix("MAIL FROM:")?.split_whitespace().next()?.to_owned();
                    "250 sender fine"
                }
                "RCPT" => {
                    to = line.strip_prefix("RCPT TO:")?.to_owned();
                    mood = self.mood(&to);
                    if let Mood::Ponders(millis) = mood {
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                    }
                    recipient(mood)
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.ok()?;
                    let text = self.data(&mut stream, mood).await?;
                    let mail = Mail { from: from.clone(), to: to.clone(), text, by_tls };
                    self.after(mail, mood).await
                }
                _ => "250 fine",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
            if mood == Mood::TooMany {
                return None;
            }
        }
    }

    fn mood(&self, to: &str) -> Mood {
        if self.manner.busy_domain.is_some_and(|domain| to.contains(domain)) {
            return Mood::NotNow;
        }
        if self.manner.greylists && self.seen.lock().unwrap().insert(to.to_owned()) {
            return Mood::Greylists;
        }
        self.moods.lock().unwrap().pop_front().unwrap_or(Mood::Takes)
    }

    async fn data<S: AsyncRead + Unpin>(&self, stream: &mut BufReader<S>, mood: Mood) -> Option<String> {
        let (mut text, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 || mood == Mood::HangsUp {
                return None;
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if line == "." {
                return Some(text);
            }
            text.push_str(line.strip_prefix('.').unwrap_or(line));
            text.push('\n');
        }
    }

    async fn after(&self, mail: Mail, mood: Mood) -> &'static str {
        match mood {
            Mood::FullAfterData => return "452 4.3.1 insufficient system storage",
            Mood::RefusesTheLetter => return "554 5.7.1 message refused by policy",
            Mood::Slow(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            _ => {}
        }
        self.arrived.lock().unwrap().push(mail);
        "250 taken"
    }
}

/// What hands this city's letters to a server at this address, whether there is one or not.
pub fn desk_for(city: &TestMunicipality, address: SocketAddr) -> Desk {
    let config = MailConfig {
        transport: MailTransport::Smtp,
        host: address.ip().to_string(),
        port: address.port(),
        domain_connections: 8,
        domain_per_minute: 1_000_000,
        ..MailConfig::default()
    };
    let (registry, renderer) = (city.state.registry.clone(), city.state.renderer.clone());
    Desk::new(registry, renderer, Transport::new(&config).unwrap(), city.clock.clock())
        .with_pace(Pace::new(Rules::of(&config)))
}

fn recipient(mood: Mood) -> &'static str {
    match mood {
        Mood::NotNow => "451 come again later",
        Mood::Never => "550 no such mailbox",
        Mood::TooMany => "421 4.7.0 too many connections",
        Mood::MailboxFull => "552 5.2.2 mailbox full",
        Mood::Greylists => "450 4.2.0 Greylisted, come back in a minute",
        _ => "250 recipient fine",
    }
}
