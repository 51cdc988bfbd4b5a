//! How the pair stands as one node sees it: for the status page, the metrics and the command line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::arbiter::Began;

/// What a node does at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It follows, or waits to.
    #[default]
    Following,
    /// It leads.
    Leading,
    /// It led, and another node does now.
    Fenced,
    /// Its data cannot be gone on with.
    Broken,
}

/// Why a city is not held alike by both nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Why {
    /// The file of the node that follows is another one (another file id), and nobody has said which is the true one.
    OtherFile,
    /// In the place of the file of the node that follows lies the file of the city with this code.
    OtherCity(String),
    /// The configuration of the node that follows does not have the city.
    NotConfigured,
    /// The leader cannot open its file: damaged, too new for its build, another municipality's.
    CannotOpen(String),
    /// The node that follows cannot write its file.
    CannotWrite(String),
    /// The file of the node that follows comes out different again and again.
    Diverges,
    /// The register names it; this node does not know more.
    Register,
}

impl Why {
    /// The same for operators.
    pub fn sentence(&self) -> String {
        match self {
            Self::OtherFile => "もう一台のファイルが、この自治体の別のファイル".to_owned(),
            Self::OtherCity(code) => {
                format!("もう一台のファイルの場所に、別の自治体（{code}）のファイルがある")
            }
            Self::NotConfigured => "もう一台の設定にこの自治体がない".to_owned(),
            Self::CannotOpen(why) => format!("主でファイルを開けない（{why}）"),
            Self::CannotWrite(why) => format!("もう一台でファイルに書けない（{why}）"),
            Self::Diverges => "合わせても、もう一台のファイルが違ってくる（ディスクを確かめる）".to_owned(),
            Self::Register => "台帳に別扱いと書かれている".to_owned(),
        }
    }
}

/// A city that the pair does not hold alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Six-digit code of the city.
    pub city: String,
    /// The node whose file is the true one; no other node serves the city until people decide.
    pub holder: String,
    /// Why.
    pub why: Why,
}

/// Why the other node is not taken along at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// Its build knows an older schema than the leader's: it could not open the files. Bring it up to date.
    OlderBuild {
        /// The version that the leader's build makes.
        leader: i64,
        /// The newest version that the other build knows.
        other: i64,
    },
}

/// What the leader has committed and the other node does not hold yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// Commits.
    pub commits: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Milliseconds since the other node got on last; zero when it holds everything.
    pub since_ms: u64,
}

/// How the pair stands.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// This node.
    pub node: String,
    /// What it does.
    pub role: Role,
    /// The newest epoch that it knows.
    pub epoch: u64,
    /// The node that leads, as the register said last; empty as long as it said nothing.
    pub leader: String,
    /// Whether the other node is reached.
    pub linked: bool,
    /// Whether the register says that both hold everything, apart from the exceptions.
    pub in_sync: bool,
    /// Whether pages are served and mail is sent here.
    pub may_serve: bool,
    /// The last commit in this epoch: of the leader the last one made, of the node that follows the last one that is durable.
    pub position: u64,
    /// Whether the files of a node that does not lead are whole.
    pub whole: bool,
    /// How this node came to lead, if it does.
    pub began: Option<Began>,
    /// What the other node lacks. Only the leader knows; none when there is no node to take along.
    pub lag: Option<Lag>,
    /// The cities that are not held alike.
    pub exceptions: Vec<Exception>,
    /// Why the other node is not taken along at all.
    pub trouble: Option<Trouble>,
}

/// Where a node shows how it stands. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Shown>>);

#[derive(Debug, Default)]
struct Shown {
    report: Report,
    withheld: BTreeMap<String, String>,
}

impl Board {
    /// How things stand now.
    pub fn report(&self) -> Report {
        self.shown().report.clone()
    }

    /// The other node, when its file of this city is the true one: it is not opened here until people decide.
    pub fn held_elsewhere(&self, city: &str) -> Option<String> {
        self.shown().withheld.get(city).cloned()
    }

    pub(super) fn show(&self, report: Report) {
        self.shown().report = report;
    }

    pub(super) fn withhold(&self, cities: BTreeMap<String, String>) {
        self.shown().withheld = cities;
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The exceptions of the register, with what is known about each.
pub(super) fn exceptions(named: &BTreeMap<String, String>, known: &BTreeMap<String, Why>) -> Vec<Exception> {
    let exception = |(city, holder): (&String, &String)| {
        let why = known.get(city).cloned().unwrap_or(Why::Register);
        Exception { city: city.clone(), holder: holder.clone(), why }
    };
    named.iter().map(exception).collect()
}
