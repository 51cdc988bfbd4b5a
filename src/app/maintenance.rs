//! Maintenance from the command line: the citizens' pages closed and opened.

use serde_json::json;

use super::command::{Outcome, Refused};
use super::office::Office;
use crate::base::Moment;
use crate::db::Actor;
use crate::notices::{self, Close};

impl Office {
    /// Closes a city's pages from now on.
    pub(super) async fn close_pages(
        &self,
        slug: &str,
        reason: String,
        until: Option<Moment>,
        actor: Actor,
    ) -> Result<Outcome, Refused> {
        let wish = Close { reason, until };
        let closed = self.city(slug).await?.db.write(actor, move |tx| notices::close(tx, &wish)).await;
        closed.map_err(|error| Refused::wrong(&error))?;
        Ok(outcome(slug, true, "市民のページを閉じました。maintenance off で開きます"))
    }

    /// Opens them again.
    pub(super) async fn reopen_pages(&self, slug: &str, actor: Actor) -> Result<Outcome, Refused> {
        let opened = self.city(slug).await?.db.write(actor, notices::reopen).await;
        opened.map_err(|error| Refused::wrong(&error))?;
        Ok(outcome(slug, false, "市民のページを開きました"))
    }
}

fn outcome(slug: &str, closed: bool, line: &str) -> Outcome {
    let report = json!({"municipality": slug, "closed": closed});
    Outcome { fine: true, lines: vec![format!("{slug}: {line}")], report }
}
