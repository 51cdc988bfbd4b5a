//! A profile as TOML: what an engineer keeps beside the file and hands from city to city.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::{Table, Value};

use super::{
    Column, DateFormat, Format, Keep, Kind, Place, Profile, ProfileError, ProfileFault, Target, Transform,
};
use crate::cards::import::Encoding;

type Read<T> = Result<T, ProfileError>;

impl Profile {
    /// The profile in this TOML; a key that nobody knows is refused.
    pub fn from_toml(source: &str) -> Read<Self> {
        let table: Table = toml::from_str(source).map_err(|error| {
            let before = error.span().and_then(|span| source.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            ProfileError::new("TOML", "", ProfileFault::Syntax { line })
        })?;
        let mut keys = Keys { place: String::new(), table, allowed: Vec::new() };
        let kind = keys.word("kind", &Kind::all().map(Kind::code), Kind::from_code)?.unwrap_or_default();
        let fresh = Self::empty(kind);
        let quote = keys.text("quote")?.map(|quote| mark("quote", &quote)).transpose()?;
        let profile = Self {
            name: keys.text("name")?.unwrap_or_default(),
            kind,
            format: keys
                .word("format", &Format::all().map(Format::code), Format::from_code)?
                .unwrap_or_default(),
            encoding: keys.encoding()?,
            delimiter: keys
                .text("delimiter")?
                .and_then(|text| mark("delimiter", &text).transpose())
                .transpose()?,
            quote: quote.unwrap_or(fresh.quote),
            header: keys.flag("header")?.unwrap_or(fresh.header),
            skip_rows: keys.number("skip_rows")?.unwrap_or_default(),
            sheet: keys.text("sheet")?.filter(|sheet| !sheet.is_empty()),
            record_bytes: keys.number("record_bytes")?,
            columns: keys.tables("columns")?.into_iter().map(column).collect::<Read<_>>()?,
            date_formats: keys.words(
                "date_formats",
                &DateFormat::all().map(DateFormat::code),
                DateFormat::from_code,
            )?,
            required: keys.words("required", &Target::all().map(Target::code), Target::from_word)?,
            drop: keys.tables("drop")?.into_iter().map(dropped).collect::<Read<_>>()?,
        };
        keys.end()?;
        profile.check()?;
        Ok(profile)
    }

    /// The profile as TOML, which reads as the same profile.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: Value| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{key} = {value}");
        };
        line("name", text(&self.name));
        line("kind", text(self.kind.code()));
        line("format", text(self.format.code()));
        line("encoding", text(self.encoding.map_or("auto", Encoding::code)));
        if let Some(delimiter) = self.delimiter {
            line("delimiter", text(&delimiter.to_string()));
        }
        line("quote", text(&self.quote.map(String::from).unwrap_or_default()));
        line("header", Value::Boolean(self.header));
        line("skip_rows", Value::Integer(self.skip_rows.into()));
        if let Some(sheet) = &self.sheet {
            line("sheet", text(sheet));
        }
        if let Some(bytes) = self.record_bytes {
            line("record_bytes", Value::Integer(bytes.into()));
        }
        line("date_formats", list(self.date_formats.iter().map(|format| text(format.code()))));
        line("required", list(self.required.iter().map(|target| text(target.code()))));
        for column in &self.columns {
            let _ = write!(out, "\n[[columns]]\n{}", column_lines(column));
        }
        for place in &self.drop {
            let _ = write!(out, "\n[[drop]]\n{}", place_line(place));
        }
        out
    }
}

fn column(mut keys: Keys) -> Read<Column> {
    let codes = Target::all().map(Target::code);
    let target = keys.word("target", &codes, Target::from_word)?.ok_or_else(|| keys.missing("target"))?;
    let fresh = Column::new(target, place(&mut keys)?);
    let column = Column {
        optional: keys.flag("optional")?.unwrap_or_default(),
        transforms: keys.words("transforms", TRANSFORMS, Transform::from_code)?,
        values: keys.map("values")?,
        joint: keys.text("joint")?,
        keep: keys.word("keep", &Keep::all().map(Keep::code), Keep::from_code)?.unwrap_or(fresh.keep),
        ..fresh
    };
    keys.end()?;
    Ok(column)
}

/// What may stand among the transforms, for the sentence that says so.
const TRANSFORMS: &[&str] =
    &["width", "upper", "no_spaces", "one_space", "digits", "zeros:桁数", "cut:開始:文字数"];

fn dropped(mut keys: Keys) -> Read<Place> {
    let place = place(&mut keys)?;
    keys.end()?;
    Ok(place)
}

/// One of `header`, `index` and `bytes`.
fn place(keys: &mut Keys) -> Read<Place> {
    let header = keys.text("header")?.map(Place::Header);
    let index = keys.number("index")?.map(Place::Index);
    let mut places = [header, index, keys.range("bytes")?].into_iter().flatten();
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (None, _) => Err(keys.missing("header, index, bytes")),
        (Some(_), Some(other)) => {
            Err(ProfileError::new(keys.key("header, index, bytes"), other.label(), ProfileFault::Twice))
        }
    }
}

fn mark(key: &str, text: &str) -> Read<Option<char>> {
    let mut chars = text.chars();
    let first = chars.next();
    if chars.next().is_none() {
        return Ok(first);
    }
    let allowed = "1文字".to_owned();
    Err(ProfileError::new(key, text, ProfileFault::Value { allowed }))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value::Array(values.collect())
}

fn place_line(place: &Place) -> String {
    match place {
        Place::Header(name) => format!("header = {}\n", text(name)),
        Place::Index(number) => format!("index = {number}\n"),
        Place::Bytes { from, length } => format!("bytes = [{from}, {length}]\n"),
    }
}

fn column_lines(column: &Column) -> String {
    let mut out = format!("target = {}\n{}", text(column.target.code()), place_line(&column.from));
    let mut line = |key: &str, value: Value| {
        let _ = writeln!(out, "{key} = {value}");
    };
    if column.optional {
        line("optional", Value::Boolean(true));
    }
    if !column.transforms.is_empty() {
        line("transforms", list(column.transforms.iter().map(|step| text(&step.code()))));
    }
    if let Some(joint) = &column.joint {
        line("joint", text(joint));
    }
    line("keep", text(column.keep.code()));
    if !column.values.is_empty() {
        let pairs = column.values.iter().map(|(word, meaning)| (word.clone(), text(meaning)));
        line("values", Value::Table(pairs.collect()));
    }
    out
}

/// The keys of one table, taken out one by one; what is left at the end is unknown.
struct Keys {
    /// `columns[2].` for the second column; empty for the profile itself.
    place: String,
    table: Table,
    allowed: Vec<&'static str>,
}

impl Keys {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.place)
    }

    fn missing(&self, key: &str) -> ProfileError {
        ProfileError::new(self.key(key), "", ProfileFault::Missing)
    }

    fn wrong(&self, key: &str, value: &Value, allowed: &str) -> ProfileError {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        ProfileError::new(self.key(key), shown, ProfileFault::Value { allowed: allowed.to_owned() })
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.allowed.push(key);
        self.table.remove(key)
    }

    fn text(&mut self, key: &'static str) -> Read<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, &other, "文字列")),
        }
    }

    fn flag(&mut self, key: &'static str) -> Read<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(flag)),
            Some(other) => Err(self.wrong(key, &other, "true、false")),
        }
    }

    fn number(&mut self, key: &'static str) -> Read<Option<u16>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u16::try_from(number).ok());
        number.map(Some).ok_or_else(|| self.wrong(key, &value, "0〜65535"))
    }

    fn range(&mut self, key: &'static str) -> Read<Option<Place>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let numbers: Option<Vec<u16>> = value.as_array().and_then(|list| {
            list.iter().map(|one| one.as_integer().and_then(|number| u16::try_from(number).ok())).collect()
        });
        match numbers.as_deref() {
            Some([from, length]) => Ok(Some(Place::Bytes { from: *from, length: *length })),
            _ => Err(self.wrong(key, &value, "[開始バイト, バイト数]")),
        }
    }

    fn word<T>(
        &mut self,
        key: &'static str,
        allowed: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let word = value.as_str().and_then(read);
        word.map(Some).ok_or_else(|| self.wrong(key, &value, &allowed.join("、")))
    }

    fn words<T>(
        &mut self,
        key: &'static str,
        allowed: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Read<Vec<T>> {
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| self.wrong(key, &value, "文字列の並び"))?;
        let word = |one: &Value| {
            let word = one.as_str().and_then(&read);
            word.ok_or_else(|| self.wrong(key, one, &allowed.join("、")))
        };
        list.iter().map(word).collect()
    }

    fn encoding(&mut self) -> Read<Option<Encoding>> {
        let codes = ["auto", "utf-8", "utf-8-bom", "utf-16le", "utf-16be", "cp932"];
        let read = |code: &str| match code {
            "auto" => Some(None),
            code => Encoding::from_code(code).map(Some),
        };
        Ok(self.word("encoding", &codes, read)?.flatten())
    }

    fn map(&mut self, key: &'static str) -> Read<BTreeMap<String, String>> {
        let Some(value) = self.take(key) else { return Ok(BTreeMap::new()) };
        let table = value.as_table().ok_or_else(|| self.wrong(key, &value, "{ ファイルの値 = \"意味\" }"))?;
        let pair = |(word, meaning): (&String, &Value)| {
            let text = meaning.as_str().map(str::to_owned);
            text.map(|text| (word.clone(), text)).ok_or_else(|| self.wrong(key, meaning, "文字列"))
        };
        table.iter().map(pair).collect()
    }

    fn tables(&mut self, key: &'static str) -> Read<Vec<Self>> {
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        let tables: Option<Vec<Table>> =
            value.as_array().and_then(|list| list.iter().map(|one| one.as_table().cloned()).collect());
        let tables = tables.ok_or_else(|| self.wrong(key, &value, &format!("[[{key}]]")))?;
        let keys = |(at, table)| Self { place: format!("{key}[{}].", at + 1), table, allowed: Vec::new() };
        Ok(tables.into_iter().enumerate().map(keys).collect())
    }

    fn end(&self) -> Read<()> {
        let Some((key, value)) = self.table.iter().next() else { return Ok(()) };
        let fault = ProfileFault::UnknownKey { allowed: self.allowed.join("、") };
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Err(ProfileError::new(self.key(key), shown, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: &str = r#"
name = "J社 固定長"
kind = "card"
format = "fixed_bytes"
encoding = "cp932"
header = false
date_formats = ["EYYMMDD"]
required = ["kana"]

[[columns]]
target = "交付通知書ID"
bytes = [1, 9]

[[columns]]
target = "name"
bytes = [10, 40]
transforms = ["one_space"]
keep = "only_if_empty"

[[columns]]
target = "kana"
bytes = [50, 40]
optional = true

[[columns]]
target = "birth"
bytes = [90, 7]

[[columns]]
target = "location"
bytes = [97, 2]
values = { 01 = "本庁舎", "02" = "えーる \"ピア\"" }
joint = ""

[[drop]]
bytes = [99, 12]
"#;

    #[test]
    fn what_is_written_reads_as_the_same_profile() {
        let profile = Profile::from_toml(FIXED).unwrap();
        assert_eq!((profile.format, profile.encoding), (Format::FixedBytes, Some(Encoding::Cp932)));
        assert_eq!(profile.columns[4].values["02"], "えーる \"ピア\"");
        assert_eq!(profile.drop, [Place::Bytes { from: 99, length: 12 }]);
        assert_eq!(Profile::from_toml(&profile.to_toml()).unwrap(), profile);
        for kind in Kind::all() {
            let mut standard = Profile::standard(kind);
            standard.delimiter = Some('\t');
            standard.quote = None;
            standard.sheet = Some("一覧".to_owned());
            standard.record_bytes = Some(120);
            assert_eq!(Profile::from_toml(&standard.to_toml()).unwrap(), standard);
        }
    }

    fn sentence(from: &str, to: &str) -> String {
        assert!(FIXED.contains(from), "{from}");
        Profile::from_toml(&FIXED.replace(from, to)).unwrap_err().sentence()
    }

    #[test]
    fn every_mistake_is_told_with_its_key_and_its_value_in_japanese() {
        let syntax = sentence("kind = \"card\"", "kind = ");
        assert_eq!(syntax, "TOMLとして読めません（3行目）。");
        let unknown = sentence("header = false", "headers = false");
        assert!(
            unknown.starts_with("headers = false: このキーはありません。使えるキー: kind、"),
            "{unknown}"
        );
        let value = sentence("\"card\"", "\"cards\"");
        assert_eq!(value, "kind = cards: この値は使えません。使える値: card、booking、card_status");
        let target = sentence("\"birth\"", "\"誕生\"");
        assert!(target.starts_with("columns[4].target = 誕生: この値は使えません。"), "{target}");
        let place = sentence("bytes = [90, 7]", "");
        assert_eq!(place, "columns[4].header, index, bytes: この項目が必要です。");
        let number = sentence("[90, 7]", "[90]");
        assert!(number.starts_with("columns[4].bytes = [90]: "), "{number}");
        let transform = sentence("\"one_space\"", "\"lower\"");
        assert!(transform.contains("columns[2].transforms = lower: "), "{transform}");
        let overlap = sentence("[99, 12]", "[98, 12]");
        assert!(overlap.contains("同じ列が2回あります"), "{overlap}");
        let unmapped = sentence("target = \"birth\"", "target = \"made_on\"");
        assert!(unmapped.contains("「生年月日」に当たる列を決めてください"), "{unmapped}");
    }
}
