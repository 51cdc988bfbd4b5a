//! Members of staff from the command line: the first one of a city, and whoever lost the password.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::command::{Outcome, Refused};
use super::office::Office;
use crate::accounts::{self, NewStaff, Password, PasswordHash};
use crate::db::{Actor, Fault};

/// A member of staff as the command names them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub slug: String,
    pub user: String,
    pub name: String,
    pub role: String,
}

impl Office {
    /// Adds somebody. An empty password means that one is drawn and told once.
    pub(super) async fn add_staff(
        &self,
        person: Person,
        typed: Vec<u8>,
        actor: Actor,
    ) -> Result<Outcome, Refused> {
        let city = self.city(&person.slug).await?;
        let (hash, drawn) = self.password(typed, &person.user).await?;
        let new = NewStaff {
            user: person.user,
            name: person.name,
            role: person.role,
            password: hash,
            must_change: true,
            home: None,
        };
        let told = new.clone();
        let added = city.db.write(actor, move |tx| accounts::add(tx, &new)).await;
        added.map_err(|error| Refused::wrong(&error))?;
        Ok(outcome(&told.user, &told.role, drawn.as_ref()))
    }

    /// Gives somebody a first password again.
    pub(super) async fn reset_staff(
        &self,
        slug: &str,
        user: String,
        typed: Vec<u8>,
        actor: Actor,
    ) -> Result<Outcome, Refused> {
        let city = self.city(slug).await?;
        let (hash, drawn) = self.password(typed, &user).await?;
        let who = user.clone();
        let done = city.db.write(actor, move |tx| {
            accounts::reset(tx, &who, &hash)?;
            let staff = accounts::by_user(tx, &who)?;
            Ok::<_, accounts::ResetError>(staff.map(|staff| staff.role_code).unwrap_or_default())
        });
        let role = done.await.map_err(|error| Refused::Wrong(format!("{user}: {error}")))?;
        Ok(outcome(&user, &role, drawn.as_ref()))
    }

    /// The hash of what was typed, or of what is drawn, and then that as well.
    async fn password(
        &self,
        typed: Vec<u8>,
        user: &str,
    ) -> Result<(PasswordHash, Option<SecretString>), Refused> {
        let typed = String::from_utf8(typed).map_err(|_| Refused::Call("password: no UTF-8".to_owned()))?;
        let drawn = typed.is_empty().then(|| Password::draw(&self.chance));
        let password = drawn.clone().unwrap_or_else(|| SecretString::from(typed));
        if drawn.is_none() {
            Password::allow(&password, user).map_err(|why| Refused::Wrong(format!("password: {why}")))?;
        }
        let chance = self.chance.clone();
        let hashing = tokio::task::spawn_blocking(move || Password::hash(&password, &chance)).await;
        let hash = hashing.map_err(|_| Refused::wrong(&Fault::Panicked))?;
        Ok((hash.map_err(|error| Refused::wrong(&error))?, drawn))
    }
}

fn outcome(user: &str, role: &str, drawn: Option<&SecretString>) -> Outcome {
    let password = drawn.map(|password| password.expose_secret().to_owned());
    let mut lines = vec![format!("{user} ({role})")];
    lines.extend(
        password.iter().map(|password| format!("最初のパスワード: {password}（もう表示されません）")),
    );
    lines.push("最初のログインで、本人のパスワードに変えてもらいます".to_owned());
    Outcome { fine: true, lines, report: json!({"user": user, "role": role, "password": password}) }
}
