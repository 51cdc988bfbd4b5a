//! From the form of step 2 to a profile: what is not asked there stays as the profile had it.

use crate::cards::import::{Column, DateFormat, Encoding, Format, Keep, Kind, Peek, Place, Profile, Target};
use crate::web::Fields;

/// The profile that the form describes, beginning with the one that the page showed.
pub(super) fn profile(fields: &Fields, shown: &Profile, seen: Option<&Peek>) -> Profile {
    let mut profile = layout(fields, shown);
    let kind = profile.kind;
    let columns = Target::of(kind).iter().flat_map(|target| columns(fields, shown, *target, profile.format));
    profile.columns = columns.collect();
    profile.drop = dropped(fields, &profile, seen);
    profile
}

/// How the file is cut into cells.
pub(super) fn layout(fields: &Fields, shown: &Profile) -> Profile {
    let format = Format::from_code(&fields.get("format")).unwrap_or(shown.format);
    let delimiter = match fields.get("delimiter").as_str() {
        "comma" => Some(','),
        "tab" => Some('\t'),
        "semicolon" => Some(';'),
        _ => None,
    };
    let days = fields.get("days");
    Profile {
        format,
        encoding: Encoding::from_code(&fields.get("encoding")),
        delimiter: delimiter.filter(|_| matches!(format, Format::Auto | Format::Csv)),
        header: fields.get("header") != "no" && format != Format::FixedBytes,
        skip_rows: fields.get("skip").parse().unwrap_or(0),
        sheet: Some(fields.get("sheet")).filter(|sheet| !sheet.is_empty()),
        date_formats: DateFormat::from_code(&days).map_or_else(
            || if days == "keep" { shown.date_formats.clone() } else { Vec::new() },
            |one| vec![one],
        ),
        name: fields.get("name"),
        ..shown.clone()
    }
}

/// The columns of one target. Where the same place is chosen again, what the profile does with it stays.
fn columns(fields: &Fields, shown: &Profile, target: Target, format: Format) -> Vec<Column> {
    let Some(place) = place(fields, target, format) else { return Vec::new() };
    let before: Vec<Column> = shown.columns_of(target).cloned().collect();
    let mut columns = match before.first() {
        Some(first) if first.from == place => before,
        _ => vec![Column::new(target, place)],
    };
    let keep = Keep::from_code(&fields.get(&format!("keep.{}", target.code())));
    for column in &mut columns {
        if let Some(keep) = keep.filter(|_| target.may_change()) {
            column.keep = keep;
        }
        if has_words(target) {
            column.values = words(&fields.text(&format!("words.{}", target.code())));
        }
    }
    columns
}

/// Where the form says that a target stands.
fn place(fields: &Fields, target: Target, format: Format) -> Option<Place> {
    let code = target.code();
    if format == Format::FixedBytes {
        let number = |field: &str| fields.get(&format!("{field}.{code}")).parse().ok().filter(|n| *n > 0);
        return Some(Place::Bytes { from: number("from")?, length: number("length")? });
    }
    let chosen = fields.get(&format!("col.{code}"));
    match chosen.split_once(':')? {
        ("h", name) => Some(Place::Header(name.to_owned())),
        ("i", number) => Some(Place::Index(number.parse().ok()?)),
        _ => None,
    }
}

/// Whether a file may call the values of this target by words of its own.
pub(super) fn has_words(target: Target) -> bool {
    matches!(target, Target::Location | Target::Storage | Target::Status)
}

/// A line for each word: `ファイルの語=登録の語`.
fn words(text: &str) -> std::collections::BTreeMap<String, String> {
    let pair = |line: &str| {
        let (theirs, ours) = line.split_once(['=', '＝'])?;
        Some((theirs.trim().to_owned(), ours.trim().to_owned())).filter(|(theirs, _)| !theirs.is_empty())
    };
    text.lines().filter_map(pair).collect()
}

/// Columns that are cut off: those of the profile, and the ones of individual numbers where that was ticked.
fn dropped(fields: &Fields, profile: &Profile, seen: Option<&Peek>) -> Vec<Place> {
    if !fields.has("drop") {
        return Vec::new();
    }
    let mut drop = profile.drop.clone();
    for at in seen.map(|seen| seen.forbidden.clone()).unwrap_or_default() {
        let place = place_of(profile, seen, at);
        if !drop.contains(&place) {
            drop.push(place);
        }
    }
    drop
}

/// The place of a column as the form and a profile name it: by its header where that names one column alone.
pub(super) fn place_of(profile: &Profile, seen: Option<&Peek>, at: usize) -> Place {
    let header = seen.map(|seen| seen.found.header.as_slice()).unwrap_or_default();
    let name = header.get(at).map(|name| name.trim()).filter(|name| !name.is_empty() && profile.header);
    let is_alone = |name: &&str| header.iter().filter(|other| other.trim() == *name).count() == 1;
    match name.filter(is_alone) {
        Some(name) => Place::Header(name.to_owned()),
        None => Place::Index(u16::try_from(at + 1).unwrap_or(u16::MAX)),
    }
}

/// A place as the form writes it.
pub(super) fn value_of(place: &Place) -> String {
    match place {
        Place::Header(name) => format!("h:{name}"),
        Place::Index(number) => format!("i:{number}"),
        Place::Bytes { .. } => String::new(),
    }
}

/// Whether a file of this kind can be said to name every card.
pub(super) fn may_be_complete(kind: Kind) -> bool {
    kind == Kind::Card
}
