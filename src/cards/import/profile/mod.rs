//! How a file is laid out and what its columns mean (取込定義): one profile, whatever the format.
//!
//! **Invariant:** a profile that exists can be used: [`Profile::check`] is passed by every one that is read, proposed or saved.
//! **Invariant:** a saved profile is never changed; saving again adds a version, so that a run can always say how it was read.
//! **Invariant:** no profile lets a file change a status, a storage place, a remark or a booking of a registered card.
//!
//! Spec: 7(2)①.

mod dates;
mod propose;
mod saved;
mod standard;
mod store;
mod synonyms;
mod target;
mod transform;
mod written;
mod wrong;

use std::collections::BTreeMap;

use serde::Serialize;

use super::decode::Encoding;
use crate::base::text;

pub use dates::DateFormat;
pub(super) use dates::{day_of_number, normal_day, normal_time, serial, time_of_fraction};
pub use propose::propose;
pub use saved::{NAME_MAX, SaveError, SavedProfile, load, newest, save, saved, versions};
pub use target::Target;
pub use transform::Transform;
pub(super) use wrong::is_forbidden;
pub use wrong::{ProfileError, ProfileFault};

/// What the rows of a file tell of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Cards (作成情報).
    #[default]
    Card,
    /// Bookings of the system before.
    Booking,
    /// Status of cards in the system before.
    CardStatus,
}

crate::stored_as_code!(Kind);

impl Kind {
    /// Every kind.
    pub const fn all() -> [Self; 3] {
        [Self::Card, Self::Booking, Self::CardStatus]
    }

    /// The word in the column and in profiles.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Booking => "booking",
            Self::CardStatus => "card_status",
        }
    }

    /// The kind with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|kind| kind.code() == code)
    }

    /// The name that staff know.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Card => "カードの作成情報",
            Self::Booking => "予約",
            Self::CardStatus => "カードの状態",
        }
    }
}

/// How the bytes of a file are cut into cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Found out from the file: a workbook, or commas, tabs or semicolons.
    #[default]
    Auto,
    /// Separated by commas, or by the profile's own character.
    Csv,
    /// Separated by tabs.
    Tsv,
    /// Columns at fixed bytes of each line (固定長).
    FixedBytes,
    /// A workbook (.xlsx).
    Xlsx,
}

impl Format {
    /// Every format.
    pub const fn all() -> [Self; 5] {
        [Self::Auto, Self::Csv, Self::Tsv, Self::FixedBytes, Self::Xlsx]
    }

    /// The word that profiles write.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::FixedBytes => "fixed_bytes",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|format| format.code() == code)
    }

    /// The name that staff know.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auto => "自動判定",
            Self::Csv => "CSV（区切り文字）",
            Self::Tsv => "TSV（タブ区切り）",
            Self::FixedBytes => "固定長（バイト位置）",
            Self::Xlsx => "Excel（.xlsx）",
        }
    }
}

/// Where a column stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Under this header; width, case and spaces do not matter.
    Header(String),
    /// The column with this number, counted from 1.
    Index(u16),
    /// These bytes of a line, before decoding.
    Bytes {
        /// The first byte, counted from 1.
        from: u16,
        /// How many bytes.
        length: u16,
    },
}

impl Place {
    /// As staff read it: `氏名`, `3列目`, `21バイト目から40バイト`.
    pub fn label(&self) -> String {
        match self {
            Self::Header(name) => name.clone(),
            Self::Index(number) => format!("{number}列目"),
            Self::Bytes { from, length } => format!("{from}バイト目から{length}バイト"),
        }
    }
}

/// Whether a file may say something else of a registered card than the register does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Keep {
    /// What the file says is taken.
    #[default]
    Overwrite,
    /// It is taken only where the register says nothing.
    OnlyIfEmpty,
    /// It is taken for new cards only.
    Never,
}

impl Keep {
    /// Every policy.
    pub const fn all() -> [Self; 3] {
        [Self::Overwrite, Self::OnlyIfEmpty, Self::Never]
    }

    /// The word that profiles write.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Overwrite => "overwrite",
            Self::OnlyIfEmpty => "only_if_empty",
            Self::Never => "never",
        }
    }

    /// The policy with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|keep| keep.code() == code)
    }

    /// The name that staff know.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overwrite => "ファイルの値で更新する",
            Self::OnlyIfEmpty => "登録が空のときだけ入れる",
            Self::Never => "登録済みのカードでは変えない",
        }
    }
}

/// One column of the file and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it is about. Several columns of one target make one value, in the order of the profile.
    pub target: Target,
    /// Where it stands.
    pub from: Place,
    /// Whether a file may lack it.
    pub optional: bool,
    /// What is done to its value, in this order.
    pub transforms: Vec<Transform>,
    /// Words of the file and what they mean here, compared after the transforms.
    pub values: BTreeMap<String, String>,
    /// What stands before it when an earlier column of its target has a value; without it [`Target::joint`].
    pub joint: Option<String>,
    /// What becomes of a registered card that says something else.
    pub keep: Keep,
}

impl Column {
    /// A column that is taken as it stands.
    pub fn new(target: Target, from: Place) -> Self {
        let keep = if target.may_change() { Keep::Overwrite } else { Keep::Never };
        Self {
            target,
            from,
            optional: false,
            transforms: Vec::new(),
            values: BTreeMap::new(),
            joint: None,
            keep,
        }
    }

    /// A column under this header.
    pub fn headed(target: Target, header: &str) -> Self {
        Self::new(target, Place::Header(header.to_owned()))
    }
}

/// How a file is laid out and what its columns mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name; empty for one that was never saved.
    pub name: String,
    /// What its rows tell of.
    pub kind: Kind,
    /// How it is cut into cells.
    pub format: Format,
    /// Its encoding; `None` is found out.
    pub encoding: Option<Encoding>,
    /// What separates cells; `None` is found out, or follows from the format.
    pub delimiter: Option<char>,
    /// What stands around cells that hold the delimiter; `None` when nothing does.
    pub quote: Option<char>,
    /// Whether the first row that is not skipped names the columns.
    pub header: bool,
    /// Lines before the header, or before the first row.
    pub skip_rows: u16,
    /// Name of the workbook's sheet; `None` is the first visible one.
    pub sheet: Option<String>,
    /// Bytes of a record where none ends with a line (固定長で改行のないファイル).
    pub record_bytes: Option<u16>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How its days are written; empty for whatever is clear by itself.
    pub date_formats: Vec<DateFormat>,
    /// What must be filled in each row.
    pub required: Vec<Target>,
    /// Columns that are cut off before anything else, and may hold individual numbers.
    pub drop: Vec<Place>,
}

impl Profile {
    /// Its columns about this target, in their order.
    pub fn columns_of(&self, target: Target) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.target == target)
    }

    /// What becomes of a registered card when a file of this profile says something else here.
    pub fn keep(&self, target: Target) -> Keep {
        if !target.may_change() {
            return Keep::Never;
        }
        self.columns_of(target).map(|column| column.keep).next().unwrap_or(Keep::Never)
    }
}

/// A header as it is compared: width, case and spaces do not matter.
pub(super) fn header_key(name: &str) -> String {
    text::nfkc(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
