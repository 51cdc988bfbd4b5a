//! The page on which a person says how a file is to be read.

use serde::Serialize;

use super::format_form::{has_words, may_be_complete, place_of, value_of};
use super::upload::Upload;
use super::views::kind_word;
use crate::cards::import::{
    DateFormat, Encoding, Format, Keep, Kind, NAME_MAX, Peek, Place, Profile, SavedProfile, Target,
};
use crate::render::View;
use crate::web::staff::parts::Wrong;

/// Step 2.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one for each box and part of the page, each by itself")]
pub(in crate::web::staff) struct FormatPage {
    token: String,
    file: String,
    kind: &'static str,
    /// What was found out of the file.
    found: Option<FoundView>,
    choices: Choices,
    fixed: bool,
    header: bool,
    skip: u16,
    sheet: String,
    targets: Vec<TargetRow>,
    /// Columns of individual numbers, as staff name them.
    forbidden: Vec<String>,
    drop: bool,
    /// Saved profiles of this kind.
    saved: Vec<SavedRow>,
    name: String,
    name_max: usize,
    may_complete: bool,
    complete: bool,
    /// Whether the standard layout can be written: cards alone have one that is read everywhere.
    may_convert: bool,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct FoundView {
    format: &'static str,
    encoding: &'static str,
    delimiter: &'static str,
    rows: usize,
    head: Vec<String>,
    first: Vec<(u64, Vec<String>)>,
}

/// What can be chosen about the layout: code, word, whether it is chosen.
#[derive(Debug, Serialize)]
struct Choices {
    format: Vec<Choice>,
    encoding: Vec<Choice>,
    delimiter: Vec<Choice>,
    days: Vec<Choice>,
}

type Choice = (String, String, bool);

/// One thing that a file can tell, and where it stands.
#[derive(Debug, Serialize)]
struct TargetRow {
    code: &'static str,
    label: &'static str,
    must: bool,
    columns: Vec<Choice>,
    from: u16,
    length: u16,
    /// More columns that are joined to the first, or nothing.
    more: String,
    /// Its value in the first row.
    sample: String,
    keep: Vec<Choice>,
    words: Option<String>,
}

#[derive(Debug, Serialize)]
struct SavedRow {
    name: String,
    version: u32,
    chosen: bool,
}

impl FormatPage {
    pub(super) fn of(
        upload: &Upload,
        profile: &Profile,
        seen: Option<&Peek>,
        saved: &[SavedProfile],
        wrong: Vec<Wrong>,
    ) -> Self {
        let kind = profile.kind;
        let forbidden = seen.map(|seen| seen.forbidden.clone()).unwrap_or_default();
        let of_kind = saved.iter().filter(|one| one.profile.kind == kind);
        Self {
            token: upload.token.clone(),
            file: upload.name.clone(),
            kind: kind_word(kind),
            found: seen.map(found),
            choices: choices(profile),
            fixed: profile.format == Format::FixedBytes,
            header: profile.header,
            skip: profile.skip_rows,
            sheet: profile.sheet.clone().unwrap_or_default(),
            targets: Target::of(kind).iter().map(|target| row(*target, profile, seen)).collect(),
            forbidden: forbidden.into_iter().map(|at| place_of(profile, seen, at).label()).collect(),
            drop: !profile.drop.is_empty(),
            saved: of_kind
                .map(|one| SavedRow {
                    name: one.profile.name.clone(),
                    version: one.version,
                    chosen: one.profile.name == profile.name,
                })
                .collect(),
            name: profile.name.clone(),
            name_max: NAME_MAX,
            may_complete: may_be_complete(kind),
            complete: upload.complete,
            may_convert: kind == Kind::Card,
            wrong,
        }
    }
}

impl FormatPage {
    /// The same without the way to the standard layout for whoever may not see what it would hold.
    pub(super) fn convertible(self, sees: bool) -> Self {
        Self { may_convert: self.may_convert && sees, ..self }
    }
}

fn found(seen: &Peek) -> FoundView {
    let width = seen.width.max(seen.found.header.len());
    let column = |at: usize| format!("{}列目", at + 1);
    let name = |at: usize| seen.found.header.get(at).filter(|name| !name.trim().is_empty()).cloned();
    FoundView {
        format: seen.found.format.label(),
        encoding: seen.found.label(),
        delimiter: delimiter_word(seen.found.delimiter),
        rows: seen.found.rows,
        head: (0..width).map(|at| name(at).unwrap_or_else(|| column(at))).collect(),
        first: seen.first.clone(),
    }
}

const fn delimiter_word(delimiter: Option<char>) -> &'static str {
    match delimiter {
        Some(',') => "カンマ",
        Some('\t') => "タブ",
        Some(';') => "セミコロン",
        Some(_) => "その他",
        None => "なし",
    }
}

fn choices(profile: &Profile) -> Choices {
    let format = |one: Format| (one.code().to_owned(), one.label().to_owned(), one == profile.format);
    let encoding =
        |one: Encoding| (one.code().to_owned(), one.label().to_owned(), Some(one) == profile.encoding);
    let auto = |chosen| (String::new(), "自動で判定".to_owned(), chosen);
    let delimiter = |code: &str, of: char| {
        (code.to_owned(), delimiter_word(Some(of)).to_owned(), profile.delimiter == Some(of))
    };
    let days = |one: DateFormat| {
        (one.code().to_owned(), one.code().to_owned(), profile.date_formats.as_slice() == [one])
    };
    let mut all_days = vec![auto(profile.date_formats.is_empty())];
    if profile.date_formats.len() > 1 {
        all_days.push(("keep".to_owned(), "いまの設定のまま（複数）".to_owned(), true));
    }
    all_days.extend(DateFormat::all().map(days));
    Choices {
        format: Format::all().map(format).into(),
        encoding: [auto(profile.encoding.is_none())]
            .into_iter()
            .chain(Encoding::all().map(encoding))
            .collect(),
        delimiter: vec![
            auto(profile.delimiter.is_none()),
            delimiter("comma", ','),
            delimiter("tab", '\t'),
            delimiter("semicolon", ';'),
        ],
        days: all_days,
    }
}

fn row(target: Target, profile: &Profile, seen: Option<&Peek>) -> TargetRow {
    let columns: Vec<_> = profile.columns_of(target).collect();
    let first = columns.first().map(|column| &column.from);
    let (from, length) = match first {
        Some(Place::Bytes { from, length }) => (*from, *length),
        _ => (0, 0),
    };
    let rest: Vec<String> = columns.iter().skip(1).map(|column| column.from.label()).collect();
    let keep = |one: Keep| {
        (
            one.code().to_owned(),
            one.label().to_owned(),
            columns.first().is_some_and(|column| column.keep == one),
        )
    };
    let lines = |column: &crate::cards::import::Column| {
        let lines: Vec<String> =
            column.values.iter().map(|(theirs, ours)| format!("{theirs}={ours}")).collect();
        lines.join("\n")
    };
    TargetRow {
        code: target.code(),
        label: target.label(),
        must: Target::needed(profile.kind).contains(&target),
        columns: places(profile, seen, first),
        from,
        length,
        more: rest.join("、"),
        sample: first.and_then(|place| sample(place, seen)).unwrap_or_default(),
        keep: if target.may_change() { Keep::all().map(keep).into() } else { Vec::new() },
        words: has_words(target).then(|| columns.first().map(|column| lines(column)).unwrap_or_default()),
    }
}

/// Every column of the file, and the chosen place where the file lacks it.
fn places(profile: &Profile, seen: Option<&Peek>, chosen: Option<&Place>) -> Vec<Choice> {
    let width = seen.map_or(0, |seen| seen.width.max(seen.found.header.len()));
    let hidden = seen.map(|seen| seen.forbidden.clone()).unwrap_or_default();
    let mut all: Vec<Choice> = (0..width)
        .filter(|at| !hidden.contains(at))
        .map(|at| {
            let place = place_of(profile, seen, at);
            (value_of(&place), place.label(), is(chosen, &place))
        })
        .collect();
    if let Some(place) = chosen.filter(|_| !all.iter().any(|(_, _, chosen)| *chosen)) {
        all.push((value_of(place), format!("{}（このファイルにない）", place.label()), true));
    }
    all.insert(0, (String::new(), "使わない".to_owned(), chosen.is_none()));
    all
}

fn is(chosen: Option<&Place>, place: &Place) -> bool {
    let key =
        |name: &str| crate::base::text::nfkc(name).split_whitespace().collect::<String>().to_uppercase();
    match (chosen, place) {
        (Some(Place::Header(one)), Place::Header(other)) => key(one) == key(other),
        (chosen, place) => chosen == Some(place),
    }
}

fn sample(place: &Place, seen: Option<&Peek>) -> Option<String> {
    let seen = seen?;
    let at = match place {
        Place::Header(_) => seen
            .found
            .header
            .iter()
            .position(|name| is(Some(place), &Place::Header(name.trim().to_owned())))?,
        Place::Index(number) => usize::from(*number).checked_sub(1)?,
        Place::Bytes { .. } => return None,
    };
    seen.first.first()?.1.get(at).cloned()
}

impl View for FormatPage {
    const TEMPLATE: &'static str = "staff/import_format.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let choice = |code: &str, chosen| (code.to_owned(), code.to_owned(), chosen);
        let target = |fixed: bool| TargetRow {
            code: "location",
            label: "交付場所",
            must: true,
            columns: vec![choice("", false), choice("h:窓口", true)],
            from: u16::from(fixed),
            length: 20,
            more: "名".to_owned(),
            sample: "本庁".to_owned(),
            keep: vec![choice("overwrite", true)],
            words: Some("本庁=本庁舎".to_owned()),
        };
        let page = |fixed: bool, wrong: Vec<Wrong>| Self {
            token: "0".repeat(32),
            file: "koufu.csv".to_owned(),
            kind: "作成情報",
            found: wrong.is_empty().then(|| FoundView {
                format: "CSV",
                encoding: "UTF-8",
                delimiter: "カンマ",
                rows: 12,
                head: vec!["窓口".to_owned()],
                first: vec![(2, vec!["本庁".to_owned()])],
            }),
            choices: Choices {
                format: vec![choice("auto", true)],
                encoding: vec![choice("", true)],
                delimiter: vec![choice("", true)],
                days: vec![choice("", true)],
            },
            fixed,
            header: !fixed,
            skip: 0,
            sheet: String::new(),
            targets: vec![target(fixed)],
            forbidden: if fixed { Vec::new() } else { vec!["個人番号".to_owned()] },
            drop: false,
            saved: vec![SavedRow { name: "J-LIS".to_owned(), version: 2, chosen: true }],
            name: "J-LIS".to_owned(),
            name_max: NAME_MAX,
            may_complete: true,
            complete: false,
            may_convert: true,
            wrong,
        };
        let wrong = vec![Wrong::new("columns", "「氏名」に当たる列を決めてください。")];
        vec![("import format", page(false, Vec::new())), ("import format wrong", page(true, wrong))]
    }
}
