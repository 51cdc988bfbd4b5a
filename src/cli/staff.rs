//! `madoguchi staff add|reset`: the first member of staff, and whoever lost the password.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use rustix::termios::{LocalModes, OptionalActions};

use super::{Failure, Shared, run_command};
use crate::app::{Command, Order};

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// 職員を加える
    Add {
        #[command(flatten)]
        person: Person,
        /// 名前（書かなければ利用者ID）
        #[arg(long)]
        name: Option<String>,
        /// 役割（counter 窓口、call_center コールセンター、manager 管理者、administrator システム管理者、auditor 監査）
        #[arg(long)]
        role: String,
    },
    /// 最初のパスワードに戻す（二要素の登録とログインも取り消す）
    Reset {
        #[command(flatten)]
        person: Person,
    },
}

#[derive(Debug, Args)]
pub(super) struct Person {
    /// 自治体の slug
    #[arg(long, value_name = "SLUG")]
    municipality: String,
    /// 利用者ID
    user: String,
    /// パスワードを書いたファイル（- は標準入力）。書かなければ、端末では尋ね、ほかでは自動で作って一度だけ表示する
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(super) fn run(shared: &Shared, task: Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let (Task::Add { person, .. } | Task::Reset { person }) = &task;
    shared.city(&config, &person.municipality)?;
    let password = password(person.password_file.as_deref())?;
    let command = match task {
        Task::Add { person, name, role } => Command::StaffAdd {
            municipality: person.municipality,
            name: name.unwrap_or_else(|| person.user.clone()),
            user: person.user,
            role,
        },
        Task::Reset { person } => {
            Command::StaffReset { municipality: person.municipality, user: person.user }
        }
    };
    let outcome = run_command(shared, &config, Order { command, payload: password.into_bytes() })?;
    shared.paper().outcome(&outcome)
}

/// The password that was given, or nothing when one is to be drawn.
fn password(file: Option<&Path>) -> Result<String, Failure> {
    let text = match file {
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text)?;
            text
        }
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::Call(format!("{}: {error}", path.display())))?,
        None if io::stdin().is_terminal() => return ask(),
        None => return Ok(String::new()),
    };
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        Err(Failure::Call("the password file is empty".to_owned()))
    } else {
        Ok(password)
    }
}

/// Asks twice at the terminal without showing what is typed.
fn ask() -> Result<String, Failure> {
    let first = hidden("パスワード（何も入れなければ自動で作ります）: ")?;
    if !first.is_empty() && hidden("もう一度: ")? != first {
        return Err(Failure::Wrong("the two passwords differ".to_owned()));
    }
    Ok(first)
}

fn hidden(prompt: &str) -> io::Result<String> {
    let mut err = io::stderr().lock();
    write!(err, "{prompt}")?;
    err.flush()?;
    let stdin = io::stdin();
    let usual = rustix::termios::tcgetattr(&stdin)?;
    let mut quiet = usual.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    rustix::termios::tcsetattr(&stdin, OptionalActions::Flush, &quiet)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    rustix::termios::tcsetattr(&stdin, OptionalActions::Flush, &usual)?;
    writeln!(err)?;
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
