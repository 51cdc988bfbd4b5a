//! `madoguchi convert`: any layout into the standard card file. Knows no city and opens no database.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::import::{read_file, read_profile};
use super::{Failure, Shared, paper};
use crate::base::NoticePattern;
use crate::base::cp932::{Unmappable, to_cp932};
use crate::cards::import::{self, Context, File, Kind, Profile, RowError};

#[derive(Debug, Args)]
pub(super) struct Task {
    /// 取込定義のファイル（TOML）。なければ標準形式として読む
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// 書き出す文字コード
    #[arg(long, value_enum, default_value_t = Written::Utf8)]
    encoding: Written,
    /// 書き出す文字コードにない文字を〓にする。なければ何も書き出さない
    #[arg(long)]
    replace: bool,
    /// エラーの行を除いて書き出す
    #[arg(long)]
    skip_errors: bool,
    /// 変換するファイル
    input: PathBuf,
    /// 書き出すファイル。なければ標準出力
    output: Option<PathBuf>,
}

/// The encodings that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Written {
    /// UTF-8
    #[value(name = "utf-8")]
    Utf8,
    /// UTF-8（BOM付き）
    #[value(name = "utf-8-bom")]
    Utf8Bom,
    /// Shift_JIS（CP932）
    Cp932,
}

#[derive(Debug, Serialize)]
struct Converted<'f> {
    encoding: &'static str,
    rows: usize,
    written: usize,
    duplicate: usize,
    error: usize,
    errors: &'f [RowError],
    unmappable: Vec<Missing>,
}

/// A character that the file written does not have.
#[derive(Debug, Serialize)]
struct Missing {
    line: u64,
    character: String,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    if shared.paper().wants_json() && task.output.is_none() {
        return Err(Failure::Call("--json needs OUTPUT: the report goes to standard output".to_owned()));
    }
    let profile = match &task.profile {
        Some(path) => read_profile(path)?,
        None => Profile::standard(Kind::Card),
    };
    if profile.kind != Kind::Card {
        return Err(Failure::Call(format!(
            "kind = {:?}: convert writes card files only",
            profile.kind.code()
        )));
    }
    let bytes = read_file(&task.input)?;
    let file =
        import::read_with(&bytes, &profile, &any_city()?).map_err(|error| wrong(&task.input, &error))?;
    let (csv, lost) = written(&file, task.encoding);
    let good = (file.errors.is_empty() || task.skip_errors) && (lost.is_empty() || task.replace);
    match &task.output {
        Some(path) if good => std::fs::write(path, &csv).map_err(|error| wrong(path, &error))?,
        None if good => std::io::stdout().lock().write_all(&csv)?,
        _ => {}
    }
    tell(shared, task, &file, &lost, good)?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn written(file: &File, encoding: Written) -> (Vec<u8>, Vec<Unmappable>) {
    let csv = import::standard_csv(&file.rows);
    match encoding {
        Written::Utf8 => (csv, Vec::new()),
        Written::Utf8Bom => ([b"\xEF\xBB\xBF", csv.as_slice()].concat(), Vec::new()),
        // What was just written as UTF-8 is UTF-8.
        Written::Cp932 => to_cp932(std::str::from_utf8(&csv).unwrap_or_default()),
    }
}

fn tell(shared: &Shared, task: &Task, file: &File, lost: &[Unmappable], good: bool) -> Result<(), Failure> {
    let written = if good { file.rows.len() } else { 0 };
    let (duplicate, error) = (file.duplicates.len(), file.errors.len());
    let mut lines = vec![format!(
        "{}　{}行: 書き出し {written}　重複 {duplicate}　エラー {error}",
        file.found.label(),
        file.count()
    )];
    lines.extend(file.errors.iter().map(|error| {
        format!("{}行目 {}「{}」: {}", error.line, error.column, error.value, error.why.sentence())
    }));
    lines.extend(lost.iter().map(|one| {
        format!(
            "書き出しの{}行目「{}」（{}）: 文字コードにない文字です",
            one.line,
            one.character,
            code(one.character)
        )
    }));
    if !lost.is_empty() && !task.replace {
        lines.push(
            "書き出せない文字があります。--replace で〓にするか、--encoding utf-8 にしてください".to_owned(),
        );
    }
    if task.output.is_none() {
        for line in &lines {
            paper::error(line);
        }
        return Ok(());
    }
    let missing = |one: &Unmappable| Missing { line: one.line, character: code(one.character) };
    let report = Converted {
        encoding: file.found.code(),
        rows: file.count(),
        written,
        duplicate,
        error,
        errors: &file.errors,
        unmappable: lost.iter().map(missing).collect(),
    };
    Ok(shared.paper().report(&lines, &report)?)
}

/// `U+20BB7`.
fn code(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Wrong(format!("{}: {why}", path.display()))
}

/// Takes every notice ID and every place: the import into a city judges them.
fn any_city() -> Result<Context, Failure> {
    let pattern =
        NoticePattern::parse("^[0-9A-Z]{1,40}$").map_err(|error| Failure::Wrong(error.to_string()))?;
    Ok(Context { pattern, ..Context::default() })
}
