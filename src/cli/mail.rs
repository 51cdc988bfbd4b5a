//! `madoguchi mail bounce`: a bounce from the mail server's pipe.

use std::io::Read;
use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, Shared, run_command};
use crate::app::{Command, Order};
use crate::mail::mailbox::BOUNCE_MAX;

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// 不達の知らせ（バウンス）を標準入力から1通読み、宛先に印を付ける
    Bounce {
        /// 自治体の slug
        #[arg(long, value_name = "SLUG")]
        municipality: String,
    },
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let Task::Bounce { municipality } = task;
    let municipality = shared.city(&config, municipality)?.slug.clone();
    let order = Order { command: Command::MailBounce { municipality }, payload: message()? };
    shared.paper().outcome(&run_command(shared, &config, order)?)
}

fn message() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(BOUNCE_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BOUNCE_MAX {
        return Err(Failure::Wrong(format!(
            "standard input: more than {BOUNCE_MAX} bytes; a bounce is smaller. Nothing was read in"
        )));
    }
    if bytes.is_empty() {
        return Err(Failure::Wrong("standard input: empty; pipe one message into the command".to_owned()));
    }
    Ok(bytes)
}
