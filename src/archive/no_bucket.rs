//! Stands for a store in a build without the feature `s3`, whose configuration can name none.

use std::io;

use super::place::Place;
use crate::base::Moment;
use crate::config::ArchiveConfig;

/// There is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {}

/// There is none.
#[derive(Debug)]
pub(super) enum Upload {}

impl Bucket {
    pub(super) fn of(_: &ArchiveConfig) -> Option<Self> {
        None
    }

    pub(super) fn place(self, _: String) -> Place {
        match self {}
    }

    pub(super) fn url(self, _: &str) -> String {
        match self {}
    }

    pub(super) fn get(self, _: &str) -> io::Result<Vec<u8>> {
        match self {}
    }

    pub(super) fn beginning(self, _: &str) -> io::Result<Vec<u8>> {
        match self {}
    }

    pub(super) fn is_there(self, _: &str) -> io::Result<bool> {
        match self {}
    }

    pub(super) fn list(self, _: &str) -> io::Result<(Vec<String>, Vec<String>)> {
        match self {}
    }

    pub(super) fn put(self, _: &str, _: Vec<u8>) -> io::Result<()> {
        match self {}
    }

    pub(super) fn remove(self, _: &str) -> io::Result<()> {
        match self {}
    }

    pub(super) fn read(self, _: &str, _: u64) -> io::Result<io::Empty> {
        match self {}
    }

    pub(super) fn upload(self, _: &str, _: Moment) -> io::Result<Upload> {
        match self {}
    }
}

impl Upload {
    pub(super) fn finish(self) -> io::Result<()> {
        match self {}
    }
}

impl io::Write for Upload {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}
