//! Letters that were handed to files: what stands in them. The only file that knows the mail parser.

use std::path::Path;

use mail_parser::{Message, MessageParser, MimeHeaders};

use crate::base::Moment;

/// A letter in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Name of the file.
    pub file: String,
    /// When it was written, as its head says.
    pub at: Option<Moment>,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Names of the files that it carries.
    pub attachments: Vec<String>,
}

/// A file that a letter carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The newest `most` letters in `dir`, newest first. What is no letter is passed over. Blocks.
pub fn filed(dir: &Path, most: usize) -> std::io::Result<Vec<Filed>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml")
            && let Some(letter) = letter(&path)
        {
            found.push(letter);
        }
    }
    found.sort_by_key(|letter| std::cmp::Reverse(letter.at));
    found.truncate(most);
    Ok(found)
}

/// The `number`th file that the letter in `file` carries. `file` is a plain name in `dir`; anything else is nothing. Blocks.
pub fn carried(dir: &Path, file: &str, number: u32) -> Option<Carried> {
    if !file.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-') {
        return None;
    }
    let bytes = std::fs::read(dir.join(file)).ok()?;
    let message = MessageParser::default().parse(&bytes)?;
    let part = message.attachment(number)?;
    let name = part.attachment_name().unwrap_or("attachment").to_owned();
    Some(Carried { name, bytes: part.contents().to_vec() })
}

fn letter(path: &Path) -> Option<Filed> {
    let bytes = std::fs::read(path).ok()?;
    let message: Message<'_> = MessageParser::default().parse(&bytes)?;
    let address = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    let attachments = message.attachments().map(|part| part.attachment_name().unwrap_or("添付").to_owned());
    Some(Filed {
        file: path.file_name()?.to_str()?.to_owned(),
        at: message.date().map(|date| Moment::from_millis(date.to_timestamp() * 1000)),
        to: address.unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        attachments: attachments.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "From: a@example.jp\r\nTo: hanako@mihon.example\r\n\
        Date: Mon, 13 Apr 2026 00:42:00 +0000\r\nSubject: =?utf-8?b?5LqI57SE?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n5LqI57SE\r\n--x\r\nContent-Type: text/calendar\r\n\
        Content-Disposition: attachment; filename=\"a.ics\"\r\n\r\nBEGIN\r\n--x--\r\n";

    #[test]
    fn a_letter_is_read_with_its_japanese_and_what_it_carries() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.eml"), LETTER).unwrap();
        std::fs::write(dir.path().join("notes.txt"), "no letter").unwrap();
        let found = filed(dir.path(), 10).unwrap();
        assert_eq!(found.len(), 1);
        let first = found.first().unwrap();
        assert_eq!((first.subject.as_str(), first.to.as_str()), ("予約", "hanako@mihon.example"));
        assert_eq!((first.text.as_str(), first.attachments.as_slice()), ("予約", &["a.ics".to_owned()][..]));
        assert_eq!(carried(dir.path(), "a.eml", 0).unwrap().name, "a.ics");
    }

    #[test]
    fn nothing_outside_of_the_directory_is_read() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.eml"), LETTER).unwrap();
        std::fs::create_dir(dir.path().join("inner")).unwrap();
        assert_eq!(carried(&dir.path().join("inner"), "../a.eml", 0), None);
    }
}
