//! Mail from the command line: a bounce that the mail server pipes in.

use serde_json::json;

use super::command::{Outcome, Refused};
use super::office::Office;
use crate::db::Actor;
use crate::mail::{self, Bounced, mailbox};
use crate::municipalities::Municipality;

impl Office {
    /// Takes a bounce in. What cannot be used is kept in a file beside the city's, and the answer says where.
    pub(super) async fn bounce(
        &self,
        slug: &str,
        message: Vec<u8>,
        actor: Actor,
    ) -> Result<Outcome, Refused> {
        let city = self.city(slug).await?;
        let bounce = match mail::read_bounce(&message) {
            Ok(bounce) => bounce,
            Err(bad) => return Err(self.kept(&city, message, bad.to_string()).await),
        };
        let taken = city.db.write(actor, move |tx| mail::take_bounce(tx, &bounce)).await;
        match taken {
            Ok(done) => Ok(outcome(slug, done)),
            Err(error) => Err(self.kept(&city, message, error.to_string()).await),
        }
    }

    async fn kept(&self, city: &Municipality, message: Vec<u8>, why: String) -> Refused {
        let Some(dir) = city.profile.file.parent().map(|dir| dir.join("unread-mail")) else {
            return Refused::Wrong(why);
        };
        let name = format!("{}-{}.eml", self.clock.now().millis(), hex::encode(self.chance.bytes::<4>()));
        let keep = tokio::task::spawn_blocking(move || mailbox::keep_unread(&dir, &name, &message));
        match keep.await {
            Ok(Ok(path)) => Refused::Wrong(format!("{why}; the message is kept in {}", path.display())),
            Ok(Err(error)) => Refused::Wrong(format!("{why}; the message could not be kept: {error}")),
            Err(error) => Refused::Wrong(format!("{why}; the message could not be kept: {error}")),
        }
    }
}

fn outcome(slug: &str, done: Bounced) -> Outcome {
    let (word, line, letter) = match done {
        Bounced::Marked { letter, suppressed: true } => {
            ("suppressed", "不達として記録し、一斉メールと自動のメールを止めました", letter)
        }
        Bounced::Marked { letter, suppressed: false } => ("marked", "不達として記録しました", letter),
        Bounced::Again(letter) => ("again", "すでに記録されています", letter),
        Bounced::Nothing(letter) => ("nothing", "遅れ、または到着の知らせです。何も変えていません", letter),
    };
    let report = json!({"municipality": slug, "result": word, "letter": letter});
    Outcome { fine: true, lines: vec![format!("{slug}: 送信箱の{letter}番：{line}")], report }
}
