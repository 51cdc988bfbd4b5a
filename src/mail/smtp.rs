//! Handing letters to a mail server, or to files. The only file that knows the mail library.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::verdict::judge;
use super::{Answer, Method, Rendered};
use crate::base::{Email, Moment};
use crate::config::{MailConfig, MailTls, MailTransport};

/// A letter with everything that stands on its envelope.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// To whom.
    pub to: Email,
    /// The city's name as the sender's.
    pub from_name: String,
    /// The sender's address.
    pub from: Email,
    /// Where bounces go, before the letter's number is put in; `None` = to the sender.
    pub bounce: Option<Email>,
    /// Where answers go; `None` = to the sender.
    pub reply_to: Option<Email>,
    /// The part of the Message-ID before the `@`.
    pub message_id: String,
    /// When it leaves.
    pub at: Moment,
    /// The language that it is written in, as mail readers name it (`ja`, `en`).
    pub language: String,
    /// The page where its receiver can refuse letters like this one.
    pub stop: Option<String>,
    /// What it says.
    pub letter: Rendered,
}

/// Why no transport could be made.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The host name or its certificates cannot be used.
    #[error("mail.host: {0}")]
    Host(String),
}

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into this directory, one `.eml` a letter.
    Files(PathBuf),
}

impl Transport {
    /// The transport of the configuration. Connects to nothing yet.
    pub fn new(config: &MailConfig) -> Result<Self, TransportError> {
        match config.transport {
            MailTransport::File => Ok(Self::Files(config.dir.clone())),
            MailTransport::Smtp => smtp(config).map(Self::Smtp),
        }
    }

    /// Hands one letter over and gives the answer.
    pub async fn send(&self, parcel: &Parcel) -> Answer {
        let (message, envelope) = match pack(parcel) {
            Ok(packed) => packed,
            Err(why) => return Answer::Never { said: why, no_mailbox: false },
        };
        match self {
            Self::Smtp(server) => match server.send_raw(&envelope, &message.formatted()).await {
                Ok(said) => Answer::Taken(said.message().collect::<Vec<_>>().join(" ")),
                Err(error) => answer(&error),
            },
            Self::Files(dir) => match write(dir, &parcel.message_id, &message.formatted()).await {
                Ok(()) => Answer::Taken("written".to_owned()),
                Err(error) => Answer::NoServer(error.to_string()),
            },
        }
    }

    /// Whether the mail server greets us, or the directory can be written to.
    pub async fn greets(&self) -> Result<(), String> {
        match self {
            Self::Smtp(server) => match server.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the mail server does not answer NOOP".to_owned()),
                Err(error) => Err(error.to_string()),
            },
            Self::Files(dir) => {
                let probe = dir.join(".probe");
                tokio::fs::create_dir_all(dir).await.map_err(|error| error.to_string())?;
                tokio::fs::write(&probe, b"").await.map_err(|error| error.to_string())?;
                tokio::fs::remove_file(&probe).await.map_err(|error| error.to_string())
            }
        }
    }
}

/// What an error means: a reply of the server by its code, anything else by its absence.
fn answer(error: &lettre::transport::smtp::Error) -> Answer {
    let said = error.to_string();
    match error.status() {
        Some(code) => {
            let text = said.split_once("): ").map_or(said.as_str(), |(_, text)| text);
            judge(u16::from(code), &format!("{code} {text}"))
        }
        None => Answer::NoServer(said),
    }
}

fn smtp(config: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, TransportError> {
    let host = |error: lettre::transport::smtp::Error| TransportError::Host(error.to_string());
    let tls = match config.tls {
        MailTls::None => Tls::None,
        MailTls::Starttls => Tls::Required(TlsParameters::new(config.host.clone()).map_err(host)?),
        MailTls::Implicit => Tls::Wrapper(TlsParameters::new(config.host.clone()).map_err(host)?),
    };
    let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(tls)
        .timeout(Some(Duration::from_secs(30)))
        .pool_config(PoolConfig::new().max_size(config.connections.into()));
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        server = server.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
    }
    Ok(server.build())
}

/// The message and its envelope. Old carrier addresses are quoted, and need an envelope of their own: the library would
/// read the address again from the header and not find it.
fn pack(parcel: &Parcel) -> Result<(Message, Envelope), String> {
    let to = address(&parcel.to)?;
    let from = address(&parcel.from)?;
    let back = match &parcel.bounce {
        Some(bounce) => verp(bounce, &parcel.message_id)?,
        None => from.clone(),
    };
    let envelope = Envelope::new(Some(back), vec![to.clone()]).map_err(|error| error.to_string())?;
    let mut builder = Message::builder()
        .envelope(envelope.clone())
        .from(Mailbox::new(Some(parcel.from_name.clone()), from))
        .to(Mailbox::new(None, to))
        .subject(&parcel.letter.subject)
        .message_id(Some(format!("<{}@{}>", parcel.message_id, parcel.from.domain())))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(parcel.at.millis()).unwrap_or(0)));
    if let Some(reply_to) = &parcel.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
    }
    let body = parcel.letter.body.replace('\n', "\r\n");
    let attached = attachments(parcel)?;
    let words = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body);
    // Never the builder's plain body: it says no MIME-Version, and a reader may then show the base64 as it stands.
    let message = if attached.is_empty() {
        builder.singlepart(words)
    } else {
        builder
            .multipart(attached.into_iter().fold(MultiPart::mixed().singlepart(words), MultiPart::singlepart))
    };
    let mut message = message.map_err(|error| error.to_string())?;
    for (name, value) in further(parcel) {
        message.headers_mut().insert_raw(HeaderValue::new(name, value));
    }
    Ok((message, envelope))
}

/// What else stands in the head: nobody may answer by itself, the language for readers that speak, and the way out of news,
/// as a page and, where that is behind TLS, as the one press that mail readers offer (RFC 8058).
fn further(parcel: &Parcel) -> Vec<(HeaderName, String)> {
    let name = HeaderName::new_from_ascii_str;
    let mut all = vec![
        (name("Auto-Submitted"), "auto-generated".to_owned()),
        (name("X-Auto-Response-Suppress"), "All".to_owned()),
        (name("Content-Language"), parcel.language.clone()),
    ];
    if let Some(stop) = &parcel.stop {
        all.push((name("List-Unsubscribe"), format!("<{stop}>")));
        if stop.starts_with("https://") {
            all.push((name("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click".to_owned()));
        }
    }
    all
}

/// The calendar file and the code for the counter, as far as the letter has them.
fn attachments(parcel: &Parcel) -> Result<Vec<SinglePart>, String> {
    let mut all = Vec::new();
    if let Some((method, file)) = &parcel.letter.calendar {
        all.push(attachment(*method, file)?);
    }
    if let Some(code) = &parcel.letter.code {
        let kind = ContentType::parse("image/png").map_err(|error| error.to_string())?;
        all.push(Attachment::new("code.png".to_owned()).body(code.clone(), kind));
    }
    Ok(all)
}

fn attachment(method: Method, file: &str) -> Result<SinglePart, String> {
    let method = if method == Method::Cancel { "CANCEL" } else { "PUBLISH" };
    let kind = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
        .map_err(|error| error.to_string())?;
    Ok(Attachment::new("booking.ics".to_owned()).body(file.to_owned(), kind))
}

fn address(email: &Email) -> Result<Address, String> {
    let local =
        if email.needs_quotes() { format!("\"{}\"", email.local()) } else { email.local().to_owned() };
    Address::new(local, email.domain()).map_err(|error| error.to_string())
}

/// The bounce address of one letter, so that a bounce tells which letter it is about whatever stands in it.
fn verp(bounce: &Email, message_id: &str) -> Result<Address, String> {
    let local = format!("{}+{message_id}", bounce.local());
    Address::new(local, bounce.domain()).map_err(|error| error.to_string())
}

async fn write(dir: &std::path::Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(dir).await?;
    let (part, whole) = (dir.join(format!("{name}.part")), dir.join(format!("{name}.eml")));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, &whole).await
}
