//! `madoguchi maintenance on|off`: the citizens' pages of a city closed for a while.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, Shared, run_command};
use crate::app::Command;
use crate::base::{Minute, Moment};

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// 市民のページを、いまから閉じる
    #[command(name = "on")]
    Close {
        /// 自治体の slug
        #[arg(long, value_name = "SLUG")]
        municipality: String,
        /// 理由（記録に残る。市民には見えない）
        #[arg(long)]
        reason: String,
        /// 再開の予定（日本時間、例 "2026-04-13 06:00"）。書かなければ未定
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<Moment>,
    },
    /// 市民のページを開く
    #[command(name = "off")]
    Open {
        /// 自治体の slug
        #[arg(long, value_name = "SLUG")]
        municipality: String,
    },
}

pub(super) fn run(shared: &Shared, task: Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let (Task::Close { municipality, .. } | Task::Open { municipality }) = &task;
    shared.city(&config, municipality)?;
    let command = match task {
        Task::Close { municipality, reason, until } => Command::MaintenanceOn { municipality, reason, until },
        Task::Open { municipality } => Command::MaintenanceOff { municipality },
    };
    shared.paper().outcome(&run_command(shared, &config, command)?)
}

/// A time in Japan, written `2026-04-13 06:00`.
fn time(text: &str) -> Result<Moment, String> {
    let wrong = || format!("{text}: allowed is a time such as 2026-04-13 06:00");
    let (day, time) = text.trim().split_once([' ', 'T']).ok_or_else(wrong)?;
    let (hour, minute) = time.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, most: u16| {
        text.parse::<u16>().ok().filter(|number| *number <= most && text.len() == 2).ok_or_else(wrong)
    };
    let minutes = number(hour, 23)? * 60 + number(minute, 59)?;
    Ok(Moment::at(day.parse().map_err(|_| wrong())?, Minute::of(minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_in_japan() {
        let six = time("2026-04-13 06:00").unwrap();
        assert_eq!((six.day().to_string().as_str(), six.minute()), ("2026-04-13", Minute::of(360)));
        for wrong in ["", "tomorrow", "2026-04-13", "2026-04-31 06:00", "2026-04-13 24:00", "2026-04-13 6:00"]
        {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
