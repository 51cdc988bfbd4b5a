//! Faults: what nobody at the screen can act upon. Refusals are the operations' own.

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The lane is full or no reader came free in time: the caller may try again shortly. Nothing was written.
    #[error("the database is busy")]
    Busy,
    /// The transaction was not committed: nothing was registered.
    #[error("nothing was registered: {0}")]
    NotRegistered(String),
    /// The commit stands here but was not acknowledged: whether it will last cannot be said.
    #[error("the commit was not acknowledged")]
    Unsure,
    /// The database has been closed, or this node may not write.
    #[error("the database takes no requests now")]
    Closed,
    /// The job panicked; its part of the transaction was rolled back.
    #[error("a job panicked")]
    Panicked,
    /// SQLite said no.
    #[error("sqlite: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A stored value is not what the program expects.
    #[error("stored value not understood: {0}")]
    Stored(String),
}

impl Fault {
    /// The column list of a violated unique index, such as `booking_member.card_id, booking_member.procedure`.
    pub fn unique_violation(&self) -> Option<&str> {
        let Self::Sql(rusqlite::Error::SqliteFailure(error, Some(message))) = self else { return None };
        let unique = error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            || error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY;
        if unique { message.strip_prefix("UNIQUE constraint failed: ") } else { None }
    }
}

/// Turns the violation of one unique index into the refusal it stands for.
pub trait OnUnique<T> {
    /// `Err(refusal())` when the index that starts with `column` (`table.column`) refused; any other fault stays one.
    fn on_unique<E: From<Fault>>(self, column: &str, refusal: impl FnOnce() -> E) -> Result<T, E>;
}

impl<T> OnUnique<T> for Result<T, Fault> {
    fn on_unique<E: From<Fault>>(self, column: &str, refusal: impl FnOnce() -> E) -> Result<T, E> {
        self.map_err(|fault| {
            let hit = fault
                .unique_violation()
                .is_some_and(|columns| columns.split(", ").next().is_some_and(|first| first == column));
            if hit { refusal() } else { fault.into() }
        })
    }
}
