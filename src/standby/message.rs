//! What goes over the link between the two nodes: words, frames, checksums of pages, pages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::post::Note;
use super::report::{Trouble, Why};
use crate::arbiter::{Hello, Word};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Who speaks. The first message of each side.
    Intro(Intro),
    /// A word that stands alone.
    Word(Word),
    /// A hello with what the sender holds.
    Hello(Hello, Holding),
    /// The leader does not take the other node along.
    Refused(Trouble),
    /// What the leader knows about cities that are not held alike, and the ids of its files.
    Known(BTreeMap<String, Why>, BTreeMap<String, String>),
    /// One commit.
    Frame(Frame),
    /// The checksums of the pages that the sender has of a city.
    Sums(Part, Vec<u64>),
    /// There are no more cities.
    SumsDone(u64),
    /// Pages of a city, as an LTX file.
    Pages(Part, Vec<u8>),
    /// A city's pages are all there.
    City(Part, Whole),
    /// All cities are there; frames up to this number are in them.
    PagesDone(u64, u64),
    /// What the sender tells of itself, for people.
    Note(Note),
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intro {
    /// What the link speaks.
    pub protocol: u32,
    /// The cluster.
    pub cluster: String,
    /// The node.
    pub node: String,
    /// The version of its build.
    pub build: String,
    /// The version of the schema that the build knows.
    pub schema: i64,
}

/// What a node that does not lead holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Epoch and number of the last commit, if its files are whole.
    pub last: Option<(u64, u64)>,
    /// The cities of its configuration, each with the id of its file; none where there is no file that could be read.
    pub cities: BTreeMap<String, Option<String>>,
    /// Cities whose commits were left out of what it holds.
    pub without: BTreeSet<String>,
    /// Why it cannot take cities along.
    pub whys: BTreeMap<String, Why>,
}

/// Which city in which following.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The hello of the following.
    pub nonce: u64,
    /// The city's code.
    pub city: String,
    /// Bytes of a page.
    pub page_size: u32,
}

/// How a city's file is when all its pages are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// The id of the file.
    pub file_id: String,
    /// Its pages.
    pub pages: u32,
    /// The last commit in it.
    pub commit_no: u64,
    /// The checksum of all pages.
    pub sum: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Head {
    Intro(Intro),
    Word(Word),
    Hello(Hello, Holding),
    Refused(Trouble),
    Known(BTreeMap<String, Why>, BTreeMap<String, String>),
    Frame,
    Sums(Part),
    SumsDone(u64),
    Pages(Part),
    City(Part, Whole),
    PagesDone(u64, u64),
    Note(Note),
}

impl Message {
    /// The message as bytes: the length of its head, the head as JSON, the rest.
    pub fn encode(&self) -> serde_json::Result<Vec<u8>> {
        let (head, body) = match self {
            Self::Intro(intro) => (Head::Intro(intro.clone()), Vec::new()),
            Self::Word(word) => (Head::Word(word.clone()), Vec::new()),
            Self::Hello(hello, held) => (Head::Hello(hello.clone(), held.clone()), Vec::new()),
            Self::Refused(trouble) => (Head::Refused(trouble.clone()), Vec::new()),
            Self::Known(whys, ids) => (Head::Known(whys.clone(), ids.clone()), Vec::new()),
            Self::Frame(frame) => {
                let mut body = Vec::with_capacity(frame.ltx.len() + 64);
                frame.write(&mut body);
                (Head::Frame, body)
            }
            Self::Sums(part, sums) => {
                (Head::Sums(part.clone()), sums.iter().flat_map(|sum| sum.to_be_bytes()).collect())
            }
            Self::SumsDone(nonce) => (Head::SumsDone(*nonce), Vec::new()),
            Self::Pages(part, ltx) => (Head::Pages(part.clone()), ltx.clone()),
            Self::City(part, whole) => (Head::City(part.clone(), whole.clone()), Vec::new()),
            Self::PagesDone(nonce, txid) => (Head::PagesDone(*nonce, *txid), Vec::new()),
            Self::Note(note) => (Head::Note(note.clone()), Vec::new()),
        };
        let head = serde_json::to_vec(&head)?;
        let mut bytes = u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// The message in these bytes, if it is one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (head, body) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        Some(match serde_json::from_slice(head).ok()? {
            Head::Intro(intro) => Self::Intro(intro),
            Head::Word(word) => Self::Word(word),
            Head::Hello(hello, holding) => Self::Hello(hello, holding),
            Head::Refused(trouble) => Self::Refused(trouble),
            Head::Known(whys, ids) => Self::Known(whys, ids),
            Head::Frame => {
                let mut body = body;
                Self::Frame(Frame::read(&mut body)?)
            }
            Head::Sums(part) => {
                let sums = body.as_chunks::<8>().0.iter().map(|sum| u64::from_be_bytes(*sum)).collect();
                Self::Sums(part, sums)
            }
            Head::SumsDone(nonce) => Self::SumsDone(nonce),
            Head::Pages(part) => Self::Pages(part, body.to_vec()),
            Head::City(part, whole) => Self::City(part, whole),
            Head::PagesDone(nonce, txid) => Self::PagesDone(nonce, txid),
            Head::Note(note) => Self::Note(note),
        })
    }
}
