//! The only doors to SQL: a transaction that reads, and one that writes as well.

use std::ops::{ControlFlow, Deref};

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::{Actor, Fault};
use crate::base::{Chance, Day, Moment};

/// One consistent view of the file. It cannot write.
#[derive(Debug)]
pub struct ReadTx<'c> {
    conn: &'c Connection,
    now: Moment,
}

impl<'c> ReadTx<'c> {
    pub(super) fn new(conn: &'c Connection, now: Moment) -> Self {
        Self { conn, now }
    }

    /// The moment of this transaction. For one file it never goes back from one write to the next.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The civil day in Japan at [`ReadTx::now`].
    pub fn today(&self) -> Day {
        self.now.day()
    }

    /// The first row, if there is one.
    pub fn opt<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, map).optional()?)
    }

    /// The first row; its absence is a fault.
    pub fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, map)?)
    }

    /// Every row, in the order of the statement.
    pub fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, map)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Row after row, in the order of the statement, until `each` has enough.
    pub fn walk(
        &self,
        sql: &str,
        params: impl Params,
        mut each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if each(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The number of the last commit that this view saw.
    pub fn commit_no(&self) -> Result<u64, Fault> {
        Ok(self.progress()?.0)
    }

    /// The number and the moment of the last commit that this view saw.
    pub(super) fn progress(&self) -> Result<(u64, Moment), Fault> {
        let (number, at): (i64, Moment) = self.one("SELECT commit_no, now_at FROM progress", [], |row| {
            Ok((row.get("commit_no")?, row.get("now_at")?))
        })?;
        let number = u64::try_from(number).map_err(|_| Fault::Stored("progress.commit_no".to_owned()))?;
        Ok((number, at))
    }
}

/// A part of the writer's transaction: what one job reads and writes, all of it or nothing.
#[derive(Debug)]
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    actor: &'c Actor,
    chance: &'c Chance,
}

impl<'c> WriteTx<'c> {
    pub(super) fn new(conn: &'c Connection, now: Moment, actor: &'c Actor, chance: &'c Chance) -> Self {
        Self { read: ReadTx::new(conn, now), actor, chance }
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// Randomness for tokens and numbers made inside the transaction.
    pub fn chance(&self) -> &Chance {
        self.chance
    }

    /// Runs a statement and gives the number of rows it changed.
    pub fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        self.still_open()?;
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// Inserts a row and gives its number.
    pub fn insert(&self, sql: &str, params: impl Params) -> Result<i64, Fault> {
        self.still_open()?;
        Ok(self.conn.prepare_cached(sql)?.insert(params)?)
    }

    /// Runs a part of the job that is undone alone when it is refused; what the job did before stays.
    pub fn part<T, E: From<Fault>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.run("SAVEPOINT part", [])?;
        let done = work(self);
        if done.is_err() {
            self.run("ROLLBACK TO part", [])?;
        }
        self.run("RELEASE part", [])?;
        done
    }

    /// After SQLite has ended the whole transaction, a further statement would commit by itself.
    fn still_open(&self) -> Result<(), Fault> {
        if self.conn.is_autocommit() {
            return Err(Fault::NotRegistered("the transaction was ended by SQLite".to_owned()));
        }
        Ok(())
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}
