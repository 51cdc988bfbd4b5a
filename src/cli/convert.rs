//! `madoguchi convert`: any encoding and order of columns into the standard card file. Knows no city and opens no database.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::import::read_file;
use super::{Failure, Shared, paper};
use crate::base::NoticePattern;
use crate::cards::import::{self, Context, RowError};

#[derive(Debug, Args)]
pub(super) struct Task {
    /// エラーの行を除いて書き出す
    #[arg(long)]
    skip_errors: bool,
    /// 変換するファイル
    input: PathBuf,
    /// 書き出すファイル。なければ標準出力
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Converted<'f> {
    encoding: &'static str,
    rows: usize,
    written: usize,
    duplicate: usize,
    error: usize,
    errors: &'f [RowError],
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    if shared.paper().wants_json() && task.output.is_none() {
        return Err(Failure::Call("--json needs OUTPUT: the report goes to standard output".to_owned()));
    }
    let bytes = read_file(&task.input)?;
    let wrong =
        |path: &PathBuf, why: &dyn std::fmt::Display| Failure::Wrong(format!("{}: {why}", path.display()));
    let file = import::read(&bytes, &any_city()?).map_err(|error| wrong(&task.input, &error))?;
    let good = file.errors.is_empty() || task.skip_errors;
    let csv = import::standard_csv(&file.rows);
    match &task.output {
        Some(path) if good => std::fs::write(path, &csv).map_err(|error| wrong(path, &error))?,
        None if good => std::io::stdout().lock().write_all(&csv)?,
        _ => {}
    }
    let written = if good { file.rows.len() } else { 0 };
    let (duplicate, error) = (file.duplicates.len(), file.errors.len());
    let summary = format!(
        "{}　{}行: 書き出し {written}　重複 {duplicate}　エラー {error}",
        file.found.label(),
        file.count()
    );
    let mut lines = vec![summary];
    lines.extend(file.errors.iter().map(|error| {
        format!("{}行目 {}「{}」: {}", error.line, error.column, error.value, error.why.sentence())
    }));
    if task.output.is_some() {
        let report = Converted {
            encoding: file.found.code(),
            rows: file.count(),
            written,
            duplicate,
            error,
            errors: &file.errors,
        };
        shared.paper().report(&lines, &report)?;
    } else {
        for line in &lines {
            paper::error(line);
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes every notice ID and every place: the import into a city judges them.
fn any_city() -> Result<Context, Failure> {
    let pattern =
        NoticePattern::parse("^[0-9A-Z]{1,40}$").map_err(|error| Failure::Wrong(error.to_string()))?;
    Ok(Context { pattern, ..Context::default() })
}
