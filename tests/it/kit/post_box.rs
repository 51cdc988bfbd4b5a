//! A mail server that takes letters and keeps them, and answers as it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

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
    arrived: Arc<Mutex<Vec<Mail>>>,
    moods: Arc<Mutex<VecDeque<Mood>>>,
}

impl PostBox {
    /// A server on a port of its own.
    pub async fn open(moods: &[Mood]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let moods = Arc::new(Mutex::new(moods.iter().copied().collect()));
        let post_box = Self { address, arrived: Arc::default(), moods };
        let server = post_box.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.converse(stream).await });
            }
        });
        post_box
    }

    /// Every letter that was taken.
    pub fn arrived(&self) -> Vec<Mail> {
        self.arrived.lock().unwrap().clone()
    }

    /// A connection that ends in the middle is one of the moods, so what is read and written may fail.
    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut from, mut to) = (String::new(), String::new());
        let mut mood = Mood::Takes;
        write.write_all(b"220 post.test\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let answer = match line.split(' ').next()? {
                "EHLO" => "250-post.test\r\n250 8BITMIME",
                "MAIL" => {
                    from = line.strip_prefix("MAIL FROM:")?.split_whitespace().next()?.to_owned();
                    "250 sender fine"
                }
                "RCPT" => {
                    to = line.strip_prefix("RCPT TO:")?.to_owned();
                    mood = self.moods.lock().unwrap().pop_front().unwrap_or(Mood::Takes);
                    match mood {
                        Mood::NotNow => "451 come again later",
                        Mood::Never => "550 no such mailbox",
                        Mood::Takes | Mood::HangsUp => "250 recipient fine",
                    }
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    if mood == Mood::HangsUp {
                        lines.next_line().await.ok()?;
                        return None;
                    }
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                        text.push_str(line.strip_prefix('.').unwrap_or(&line));
                        text.push('\n');
                    }
                    let mail = Mail { from: from.clone(), to: to.clone(), text };
                    self.arrived.lock().unwrap().push(mail);
                    "250 taken"
                }
                _ => "250 fine",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        Some(())
    }
}
