//! The program's own log: lines on standard error, or a file a day.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogConfig, LogFormat};

/// The log cannot be written where the configuration says.
#[derive(Debug, thiserror::Error)]
#[error("log.dir = {dir}: {why}")]
pub struct LogError {
    dir: PathBuf,
    why: String,
}

/// Writes out what was logged when it is dropped; keep it until the program ends.
#[derive(Debug)]
#[must_use]
pub struct Log {
    _file: Option<WorkerGuard>,
}

/// Begins the log. A second call in a process changes nothing.
pub fn log(config: &LogConfig) -> Result<Log, LogError> {
    let Some(dir) = &config.dir else {
        begin(config, std::io::stderr, true);
        return Ok(Log { _file: None });
    };
    let wrong = |why: String| LogError { dir: dir.clone(), why };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| wrong(error.to_string()))?;
    let daily = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("madoguchi")
        .filename_suffix("log")
        .build(dir)
        .map_err(|error| wrong(error.to_string()))?;
    let (writer, guard) = tracing_appender::non_blocking(daily);
    begin(config, writer, false);
    Ok(Log { _file: Some(guard) })
}

fn begin<W>(config: &LogConfig, writer: W, terminal: bool)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Libraries speak of trouble only; the house and its requests speak as they were asked to.
    let level = &config.level;
    let filter = EnvFilter::new(format!("warn,madoguchi={level},request={level}"));
    let ansi = terminal && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(ansi);
    // Refused only when a log has begun already.
    let _ = match config.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
