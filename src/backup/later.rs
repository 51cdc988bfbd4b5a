//! What came after a copy: told by the file that was put aside, or, when that cannot be read, by the program's own log.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::store;
use crate::base::{Moment, OutboxId};
use crate::db::{Db, Fault, Glance, Inspected, ReadTx};

/// Operations and letters that are listed; beyond that only their number is told.
const MOST: u32 = 1000;

/// What came after a copy and is not in the restored file. It names numbers, never people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Where this is known from: `file`, `log`, or `nothing`.
    pub known_from: String,
    /// Why not from the file, if it is not.
    pub why_not: Option<String>,
    /// Number of events in the audit chain after the copy.
    pub events: u64,
    /// The first of them.
    pub operations: Vec<LaterOperation>,
    /// Letters that citizens got after the copy: the file no longer knows why.
    pub mails: Vec<LaterMail>,
    /// Letters that wait in the copy and were sent since.
    pub sent_already: Vec<OutboxId>,
}

/// One operation after the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterOperation {
    /// When.
    pub at: Moment,
    /// Room and verb, such as `booking.confirmed`.
    pub operation: String,
    /// Kind of the record.
    pub record_kind: String,
    /// Its row in the former file.
    pub record_id: Option<i64>,
    /// Kind of the actor: `citizen`, `staff`, `cli`, `system`.
    pub actor_kind: String,
    /// Number of the booking, if it was about one.
    pub booking: Option<String>,
}

/// One letter that was sent after the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterMail {
    /// Its row in the former file.
    pub id: OutboxId,
    /// What it is.
    pub kind: String,
    /// When the mail server took it.
    pub at: Moment,
    /// Number of the booking that it tells of.
    pub booking: Option<String>,
}

/// What the former file of the city, put aside at `file`, knows beyond the copy.
pub fn later_in_file(file: &Path, copy: &Inspected, now: Moment) -> Result<Later, String> {
    let (events, head, since) = (copy.events, copy.head.clone(), copy.at);
    let read = Db::glance(file, &copy.code, now, move |tx: &ReadTx<'_>| {
        if events > 0 && store::link(tx, events)?.as_deref() != Some(head.as_str()) {
            return Ok::<_, Fault>(None);
        }
        Ok(Some(Later {
            known_from: "file".to_owned(),
            why_not: None,
            events: store::events_after(tx, events)?,
            operations: store::operations_after(tx, events, MOST)?,
            mails: store::mails_sent_after(tx, since, MOST)?,
            sent_already: store::sent_among_old(tx, since)?,
        }))
    });
    match read {
        Ok(Glance::Seen(Some(later))) => Ok(later),
        Ok(Glance::Seen(None)) => Err("the former file has another past than the copy".to_owned()),
        Ok(Glance::Older) => Err("the former file has an older schema".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What the program's log says was sent for this city after the copy. `dir` is where the log's files lie.
pub fn later_in_logs(dir: &Path, slug: &str, since: Moment) -> std::io::Result<Later> {
    let mut later = Later { known_from: "log".to_owned(), ..Later::default() };
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != "log") {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        later.mails.extend(text.lines().filter_map(|line| sent(line, slug)).filter(|mail| mail.at > since));
    }
    later.mails.sort_by_key(|mail| mail.at);
    later.sent_already = later.mails.iter().map(|mail| mail.id).collect();
    Ok(later)
}

/// The letter that a line of the log says was sent, whichever of the two forms the line has.
fn sent(line: &str, slug: &str) -> Option<LaterMail> {
    let field = |name: &str| -> Option<&str> {
        let (_, rest) =
            line.split_once(&format!("\"{name}\":")).or_else(|| line.split_once(&format!(" {name}=")))?;
        let end = rest.find([',', ' ', '}']).unwrap_or(rest.len());
        Some(rest.get(..end)?.trim_matches('"'))
    };
    if field("result")? != "sent" || field("municipality")? != slug {
        return None;
    }
    let at = field("timestamp").or_else(|| line.split_whitespace().next())?;
    let at: jiff::Timestamp = at.parse().ok()?;
    Some(LaterMail {
        id: OutboxId::of(field("id")?.parse().ok()?),
        kind: field("kind")?.to_owned(),
        at: Moment::from_millis(at.as_millisecond()),
        booking: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_log_tell_which_letter_was_sent_when() {
        let text = "2026-04-13T01:02:03.004000Z  INFO madoguchi::jobs::deliver_mail: mail municipality=\"mihon\" id=7 \
                    kind=\"booking_confirmed\" result=\"sent\" attempt=1";
        let json = "{\"timestamp\":\"2026-04-13T01:02:03.004000Z\",\"level\":\"INFO\",\"message\":\"mail\",\
                    \"municipality\":\"mihon\",\"id\":7,\"kind\":\"booking_confirmed\",\"result\":\"sent\",\"attempt\":1}";
        let expected = LaterMail {
            id: OutboxId::of(7),
            kind: "booking_confirmed".to_owned(),
            at: Moment::from_millis(1_776_042_123_004),
            booking: None,
        };
        assert_eq!(sent(text, "mihon"), Some(expected.clone()));
        assert_eq!(sent(json, "mihon"), Some(expected));
        assert_eq!(sent(json, "other"), None);
        assert_eq!(sent(&text.replace("sent", "later"), "mihon"), None);
    }
}
