//! Letters to the operators, beside the cities' outboxes: they tell of the machine, and must go out when a file is away.

use std::time::Duration;

use super::Desk;
use crate::base::Email;
use crate::mail::{Answer, Parcel, Rendered};

/// How often and after how long a mail server that does not answer is asked again.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_mins(1);

/// Sends a letter to each of `backup.mail_to`, and goes on trying for a while when the mail server does not answer.
pub(super) async fn write(desk: &Desk, about: &str, letter: Rendered) {
    let Some(config) = desk.backups.clone() else { return };
    let Some(first) = desk.registry.profiles().first() else { return };
    let Ok(from) = Email::parse(&first.mail_from) else { return };
    for to in config.mail_to.iter().filter_map(|to| Email::parse(to).ok()) {
        let id = format!("{about}-{}-{}", desk.clock.now().millis(), to.domain());
        let parcel = Parcel {
            to,
            from_name: "窓口システム".to_owned(),
            from: from.clone(),
            bounce: None,
            reply_to: None,
            message_id: id,
            at: desk.clock.now(),
            language: "ja".to_owned(),
            stop: None,
            letter: letter.clone(),
        };
        for _ in 0..TRIES {
            match desk.transport.send(&parcel).await {
                Answer::Taken(_) => break,
                Answer::Never { said: why, .. } | Answer::Later(why, _) | Answer::NoServer(why) => {
                    tracing::error!(why, about, "the operators could not be told");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
