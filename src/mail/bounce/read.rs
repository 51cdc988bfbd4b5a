//! From the text of a bounce to what it says: reports of RFC 3464, and what Japanese carriers sent before and still send.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::{Bounce, Fate};
use crate::base::Email;
use crate::mail::verdict::{Status, enhanced, without_addresses};

/// Letters of a number, see `outbox.message_id`.
const NUMBER: usize = 32;

/// The most of a message that is looked at: a bounce carries its letter, and a letter is small.
const TEXT_MAX: usize = 256 * 1024;

/// Words in subjects and bodies of what comes back for good.
const FOR_GOOD: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such mailbox",
    "mailbox unavailable",
    "does not exist",
    "host unknown",
    "undeliver",
    "returned mail",
    "delivery failure",
    "failure notice",
    "delivery status notification (failure)",
    "メールアドレスが見つかりません",
    "宛先不明",
    "あて先不明",
    "届けられません",
    "送信できませんでした",
    "配信できませんでした",
];

/// Words of what may pass.
const FOR_NOW: &[&str] = &["mailbox full", "over quota", "quota exceeded", "容量", "いっぱい", "満杯"];

/// Words of what is still tried.
const DELAYED: &[&str] = &["delayed", "still being retried", "warning: message", "will be retried"];

/// Why a message is no bounce that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBounce {
    /// It is no mail message.
    #[error("no mail message: it has no header lines")]
    NoMessage,
    /// It is a message, but tells of no letter that came back: an answer, an absence note, advertising.
    #[error("no bounce: a message of another kind")]
    NoBounce,
    /// It is a bounce, but says neither a number nor an address.
    #[error("a bounce that names neither a letter nor an address")]
    Nameless,
}

/// What a bounce says.
pub fn read_bounce(bytes: &[u8]) -> Result<Bounce, BadBounce> {
    let message = MessageParser::default().parse(bytes).ok_or(BadBounce::NoMessage)?;
    if !["From", "Subject", "Date", "Received", "To"].iter().any(|name| message.header_raw(*name).is_some()) {
        return Err(BadBounce::NoMessage);
    }
    let mut texts = Texts::default();
    texts.gather(&message, 0);
    if !is_bounce(&message, &texts) {
        return Err(BadBounce::NoBounce);
    }
    let bounce = Bounce {
        ids: ids(&message, &texts),
        to: addresses(&message, &texts),
        fate: fate(&message, &texts),
        said: said(&message, &texts),
    };
    if bounce.ids.is_empty() && bounce.to.is_empty() { Err(BadBounce::Nameless) } else { Ok(bounce) }
}

/// The readable parts of a message and of those inside it.
#[derive(Debug, Default)]
struct Texts {
    /// The parts that a machine wrote for a machine.
    status: String,
    /// The heads of the messages that came back.
    heads: String,
    /// Everything else.
    words: String,
}

impl Texts {
    fn gather(&mut self, message: &Message<'_>, depth: u8) {
        if depth > 0 {
            for (name, value) in message.headers_raw() {
                push(&mut self.heads, &format!("{name}:{value}"));
            }
        }
        for part in &message.parts {
            let is = |kind: &str, of: &str| {
                part.content_type().is_some_and(|one| {
                    one.c_type.eq_ignore_ascii_case(kind)
                        && one.c_subtype.as_deref().unwrap_or_default().to_lowercase().contains(of)
                })
            };
            let (status, head) = (is("message", "delivery-status"), is("text", "rfc822-headers"));
            let into = if status {
                &mut self.status
            } else if head {
                &mut self.heads
            } else {
                &mut self.words
            };
            match &part.body {
                PartType::Text(text) | PartType::Html(text) => push(into, text),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                    push(into, &String::from_utf8_lossy(bytes));
                }
                PartType::Message(inner) if depth < 3 => self.gather(inner, depth + 1),
                PartType::Message(_) | PartType::Multipart(_) => {}
            }
        }
    }

    /// The values of a field of the machine's part.
    fn fields(&self, name: &str) -> Vec<String> {
        field(&self.status, name)
    }
}

fn push(into: &mut String, text: &str) {
    let room = TEXT_MAX.saturating_sub(into.len());
    into.extend(text.chars().take(room));
    into.push('\n');
}

/// The values of a field, its folded lines put together.
fn field(text: &str, name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if inside && line.starts_with([' ', '\t']) {
            if let Some(last) = found.last_mut() {
                last.push(' ');
                last.push_str(line.trim());
            }
            continue;
        }
        inside = false;
        if let Some((key, value)) = line.split_once(':')
            && key.trim().eq_ignore_ascii_case(name)
        {
            found.push(value.trim().to_owned());
            inside = true;
        }
    }
    found
}

fn raw<'m>(message: &'m Message<'_>, name: &'static str) -> &'m str {
    message.header_raw(name).unwrap_or_default().trim()
}

fn is_bounce(message: &Message<'_>, texts: &Texts) -> bool {
    let from = raw(message, "From").to_lowercase();
    let from_machine =
        ["mailer-daemon", "postmaster", "mail delivery"].iter().any(|word| from.contains(word));
    let answer = raw(message, "Auto-Submitted").to_lowercase().contains("auto-replied");
    let failed = !raw(message, "X-Failed-Recipients").is_empty();
    !texts.status.trim().is_empty()
        || failed
        || (from_machine && (!answer || has(&low(message, texts), FOR_GOOD)))
}

/// Numbers in what the bounce was sent to, then in what it carries.
fn ids(message: &Message<'_>, texts: &Texts) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["To", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References"] {
        numbers(raw(message, name), &mut found);
    }
    numbers(&texts.heads, &mut found);
    numbers(&texts.status, &mut found);
    numbers(&texts.words, &mut found);
    found
}

/// Runs of 32 hexadecimal digits right before an `@`.
fn numbers(text: &str, into: &mut Vec<String>) {
    let parts: Vec<&str> = text.split('@').collect();
    for before in parts.iter().take(parts.len().saturating_sub(1)) {
        let from = before.rfind(|c: char| !c.is_ascii_hexdigit()).map_or(0, |at| at + 1);
        let run = before.get(from..).unwrap_or_default();
        let number = run.to_ascii_lowercase();
        if run.len() == NUMBER && !into.contains(&number) {
            into.push(number);
        }
    }
}

fn addresses(message: &Message<'_>, texts: &Texts) -> Vec<Email> {
    let mut named: Vec<String> = Vec::new();
    for name in ["Original-Recipient", "Final-Recipient"] {
        let values = texts.fields(name);
        named.extend(values.iter().map(|value| value.rsplit(';').next().unwrap_or_default().to_owned()));
    }
    named.extend(raw(message, "X-Failed-Recipients").split(',').map(str::to_owned));
    named.extend(field(&texts.heads, "To"));
    let mut found: Vec<Email> = Vec::new();
    // Carriers wrote the address into a sentence, quoted where it has dots in a row.
    for word in named.iter().map(String::as_str).chain(texts.words.split_whitespace()) {
        let bare = word.trim().trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '"');
        let bare = bare.trim_start_matches("mailto:").replace('"', "");
        if let Ok(email) = Email::parse(&bare)
            && !found.contains(&email)
        {
            found.push(email);
        }
    }
    found
}

fn low(message: &Message<'_>, texts: &Texts) -> String {
    format!("{} {}", message.subject().unwrap_or_default(), texts.words).to_lowercase()
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn fate(message: &Message<'_>, texts: &Texts) -> Fate {
    let actions = texts.fields("Action");
    let action = |word: &str| actions.iter().any(|value| value.to_lowercase().starts_with(word));
    let low = low(message, texts);
    if action("failed") {
        let status = texts.fields("Status").iter().find_map(|value| enhanced(value));
        let exact = texts.fields("Diagnostic-Code").iter().find_map(|value| enhanced(value));
        // Many servers write a general 5.0.0 or 5.5.0 and say more in their words.
        let exact =
            exact.filter(|_| status.is_none_or(|one| matches!((one.subject, one.detail), (0 | 5, 0))));
        let hard = exact.or(status).map_or_else(|| !has(&low, FOR_NOW), Status::is_hard);
        return if hard { Fate::Hard } else { Fate::Soft };
    }
    if action("delayed") || actions.is_empty() && has(&low, DELAYED) {
        return Fate::Delayed;
    }
    if !actions.is_empty() {
        return Fate::Arrived;
    }
    let by_code = enhanced(&texts.words).map(|status| if status.is_hard() { Fate::Hard } else { Fate::Soft });
    match by_code {
        Some(fate) => fate,
        None if has(&low, FOR_NOW) => Fate::Soft,
        None if has(&low, FOR_GOOD) => Fate::Hard,
        None => Fate::Soft,
    }
}

/// The words of the server: its diagnosis, else the first line that speaks of the failure.
fn said(message: &Message<'_>, texts: &Texts) -> String {
    let bare = |value: String| match value.split_once(';') {
        Some((kind, words)) if kind.trim().eq_ignore_ascii_case("smtp") => words.trim().to_owned(),
        _ => value,
    };
    let diagnosis = texts.fields("Diagnostic-Code").into_iter().next().map(bare);
    let line = || {
        let speaks = |line: &&str| enhanced(line).is_some() || has(&line.to_lowercase(), FOR_GOOD);
        texts.words.lines().map(str::trim).find(speaks).map(str::to_owned)
    };
    let status = || texts.fields("Status").into_iter().next();
    let words = diagnosis.or_else(line).or_else(status);
    without_addresses(&words.unwrap_or_else(|| message.subject().unwrap_or_default().to_owned()))
}
