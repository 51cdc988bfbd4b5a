//! One commit of one city on its way to the other node and into its log.

use std::collections::BTreeMap;
use std::io;

use crate::archive::ltx::{self, Head, Writer};

/// What a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The leader's epoch.
    pub epoch: u64,
    /// The leader's number of it, over all cities.
    pub txid: u64,
    /// The city's code.
    pub city: String,
    /// The city's own number of the commit.
    pub commit_no: u64,
    /// Checksum of the city's file before it; zero when the leader does not know it.
    pub before: u64,
    /// The same after it.
    pub after: u64,
    /// The pages, as an LTX file.
    pub ltx: Vec<u8>,
}

impl Frame {
    /// Packs the pages of a commit, after which the file has `pages` pages.
    pub fn pack(
        page_size: u32,
        pages: u32,
        commit_no: u64,
        changed: &BTreeMap<u32, Vec<u8>>,
    ) -> io::Result<Vec<u8>> {
        let head = Head { page_size, pages, first: commit_no, last: commit_no, ..Head::default() };
        let mut writer = Writer::new(Vec::new(), head)?;
        for (number, page) in changed {
            writer.page(*number, page)?;
        }
        writer.finish()
    }

    /// The changed pages, the size of a page, and how many pages the file has afterwards.
    pub fn unpack(&self) -> io::Result<(BTreeMap<u32, Vec<u8>>, u32, u32)> {
        let mut changed = BTreeMap::new();
        let head = ltx::read(self.ltx.as_slice(), |_, number, page| {
            changed.insert(number, page.to_vec());
            Ok(())
        })?;
        Ok((changed, head.page_size, head.pages))
    }

    /// Whether its pages were lost before they came into the line: nobody can go on from here without comparing pages.
    pub fn is_hole(&self) -> bool {
        // The size of a page, which is zero when there was none.
        self.ltx.get(8..12).is_none_or(|size| size == [0; 4])
    }

    /// The frame as bytes.
    pub fn write(&self, to: &mut Vec<u8>) {
        for number in [self.epoch, self.txid, self.commit_no, self.before, self.after] {
            to.extend_from_slice(&number.to_be_bytes());
        }
        for part in [self.city.as_bytes(), &self.ltx] {
            to.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            to.extend_from_slice(part);
        }
    }

    /// Takes the next frame off `bytes`.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (epoch, txid, commit_no) = (number(bytes)?, number(bytes)?, number(bytes)?);
        let (before, after) = (number(bytes)?, number(bytes)?);
        let city = String::from_utf8(part(bytes)?.to_vec()).ok()?;
        let ltx = part(bytes)?.to_vec();
        Some(Self { epoch, txid, city, commit_no, before, after, ltx })
    }
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*head))
}

fn part<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*head)).ok()?;
    let (part, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_and_a_cut_one_does_not() {
        let changed = BTreeMap::from([(1, vec![7; 4096]), (3, vec![9; 4096])]);
        let ltx = Frame::pack(4096, 3, 12, &changed).unwrap();
        let frame =
            Frame { epoch: 2, txid: 5, city: "999999".into(), commit_no: 12, before: 1, after: 2, ltx };
        let mut bytes = Vec::new();
        frame.write(&mut bytes);
        frame.write(&mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(Frame::read(&mut rest), Some(frame.clone()));
        assert_eq!(Frame::read(&mut rest), Some(frame.clone()));
        assert!(rest.is_empty());
        assert_eq!(Frame::read(&mut &bytes[..bytes.len() / 2 - 1]), None);
        assert!(!frame.is_hole());
        assert_eq!(frame.unpack().unwrap(), (changed, 4096, 3));
        let ltx = Frame::pack(0, 0, 13, &BTreeMap::new()).unwrap();
        assert!(Frame { ltx, ..frame }.is_hole());
    }
}
