//! One LTX file (version 3, pages as LZ4 blocks, no checksum of the database), written and read.

use std::io::{self, Read, Write};

use super::crc::Crc;

const MAGIC: &[u8; 4] = b"LTX1";

/// The file carries no checksum of the whole database: readers refuse one.
const NO_CHECKSUM: u32 = 2;

/// A page whose size stands before it.
const SIZED: u16 = 1;

/// The bit that says that a checksum is there.
const PRESENT: u64 = 1 << 63;

/// Byte of the database file at which SQLite locks; its page is never written.
const LOCK_BYTE: u64 = 0x4000_0000;

/// The head of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of a page.
    pub page_size: u32,
    /// Pages of the database after the last commit.
    pub pages: u32,
    /// Number of the first commit; 1 = the whole database.
    pub first: u64,
    /// Number of the last commit.
    pub last: u64,
    /// When it was made, in milliseconds since 1970.
    pub at_ms: i64,
    /// Where the frames stood in the log, how many bytes, and the log's salts; zero when they came from elsewhere.
    pub log: (u64, u64, u32, u32),
}

impl Head {
    /// Bytes that it takes at the beginning of a file.
    pub(crate) const BYTES: u64 = 100;

    fn bytes(&self) -> [u8; 100] {
        let mut parts = Vec::with_capacity(100);
        parts.extend_from_slice(MAGIC);
        parts.extend_from_slice(&NO_CHECKSUM.to_be_bytes());
        parts.extend_from_slice(&self.page_size.to_be_bytes());
        parts.extend_from_slice(&self.pages.to_be_bytes());
        parts.extend_from_slice(&self.first.to_be_bytes());
        parts.extend_from_slice(&self.last.to_be_bytes());
        parts.extend_from_slice(&self.at_ms.to_be_bytes());
        parts.extend_from_slice(&0_u64.to_be_bytes());
        parts.extend_from_slice(&self.log.0.to_be_bytes());
        parts.extend_from_slice(&self.log.1.to_be_bytes());
        parts.extend_from_slice(&self.log.2.to_be_bytes());
        parts.extend_from_slice(&self.log.3.to_be_bytes());
        let mut bytes = [0; 100];
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = from;
        }
        bytes
    }

    /// Reads the head alone.
    pub(crate) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut bytes = [0; 100];
        from.read_exact(&mut bytes)?;
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8; 100]) -> io::Result<Self> {
        let four = |at: usize| {
            let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok()).unwrap_or_default();
            u32::from_be_bytes(part)
        };
        let eight = |at: usize| {
            let part = bytes.get(at..at + 8).and_then(|part| part.try_into().ok()).unwrap_or_default();
            u64::from_be_bytes(part)
        };
        if !bytes.starts_with(MAGIC) || !(512..=65_536).contains(&four(8)) {
            return Err(bad("not an LTX file"));
        }
        Ok(Self {
            page_size: four(8),
            pages: four(12),
            first: eight(16),
            last: eight(24),
            at_ms: i64::from_be_bytes(eight(32).to_be_bytes()),
            log: (eight(48), eight(56), four(64), four(68)),
        })
    }

    /// The page that SQLite never writes.
    pub(crate) fn lock_page(&self) -> u32 {
        u32::try_from(LOCK_BYTE / u64::from(self.page_size.max(1))).unwrap_or(u32::MAX) + 1
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn varint(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        to.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    to.push(low);
}

/// Writes one file; pages come in ascending order.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    to: W,
    head: Head,
    crc: Crc,
    written: u64,
    index: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(mut to: W, head: Head) -> io::Result<Self> {
        let bytes = head.bytes();
        to.write_all(&bytes)?;
        let mut crc = Crc::new();
        crc.update(&bytes);
        Ok(Self { to, head, crc, written: 100, index: Vec::new() })
    }

    /// Writes a page, unless it lies beyond the database or is the one that is never written.
    pub(crate) fn page(&mut self, number: u32, page: &[u8]) -> io::Result<()> {
        if number == self.head.lock_page() || number > self.head.pages {
            return Ok(());
        }
        let packed = lz4_flex::block::compress(page);
        let size = u32::try_from(packed.len()).map_err(io::Error::other)?;
        let mut head = Vec::with_capacity(10);
        head.extend_from_slice(&number.to_be_bytes());
        head.extend_from_slice(&SIZED.to_be_bytes());
        head.extend_from_slice(&size.to_be_bytes());
        self.to.write_all(&head)?;
        self.to.write_all(&packed)?;
        self.crc.update(&head);
        self.crc.update(page);
        let length = 10 + u64::from(size);
        varint(u64::from(number), &mut self.index);
        varint(self.written, &mut self.index);
        varint(length, &mut self.index);
        self.written += length;
        Ok(())
    }

    /// Writes what stands at the end.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        varint(0, &mut self.index);
        let mut end = vec![0; 6];
        end.extend_from_slice(&self.index);
        end.extend_from_slice(&u64::try_from(self.index.len()).map_err(io::Error::other)?.to_be_bytes());
        end.extend_from_slice(&0_u64.to_be_bytes());
        self.crc.update(&end);
        end.extend_from_slice(&(PRESENT | self.crc.sum()).to_be_bytes());
        self.to.write_all(&end)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Reads one file page by page; what was given out is void when the end says that the checksum is wrong.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    from: R,
    head: Head,
    crc: Crc,
    length: usize,
    ended: bool,
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(mut from: R) -> io::Result<Self> {
        let mut bytes = [0; 100];
        from.read_exact(&mut bytes)?;
        let head = Head::parse(&bytes)?;
        let mut crc = Crc::new();
        crc.update(&bytes);
        let length = usize::try_from(head.page_size).map_err(io::Error::other)?;
        Ok(Self { from, head, crc, length, ended: false })
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// The next page and its number; `None` at the end of a file that is whole.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u32, Vec<u8>)>> {
        if self.ended {
            return Ok(None);
        }
        let mut start = [0; 6];
        self.from.read_exact(&mut start)?;
        self.crc.update(&start);
        let [a, b, c, d, ..] = start;
        let number = u32::from_be_bytes([a, b, c, d]);
        if number == 0 {
            return self.end().map(|()| None);
        }
        let mut size = [0; 4];
        self.from.read_exact(&mut size)?;
        self.crc.update(&size);
        let size = usize::try_from(u32::from_be_bytes(size)).map_err(io::Error::other)?;
        if size > 2 * self.length + 64 {
            return Err(bad("a page is too large"));
        }
        let mut packed = vec![0; size];
        self.from.read_exact(&mut packed)?;
        let page = lz4_flex::block::decompress(&packed, self.length);
        let page = page.map_err(|_| bad("a page cannot be unpacked"))?;
        if page.len() != self.length {
            return Err(bad("a page has another length"));
        }
        self.crc.update(&page);
        Ok(Some((number, page)))
    }

    fn end(&mut self) -> io::Result<()> {
        let mut end = Vec::new();
        self.from.read_to_end(&mut end)?;
        let (rest, sum) = end.split_last_chunk::<8>().ok_or_else(|| bad("the end is missing"))?;
        self.crc.update(rest);
        if u64::from_be_bytes(*sum) != PRESENT | self.crc.sum() {
            return Err(bad("the checksum is wrong"));
        }
        self.ended = true;
        Ok(())
    }
}

/// Reads a whole file, gives each page to `each`, and fails when its checksum is wrong; what was given out is void then.
pub(crate) fn read(
    from: impl Read,
    mut each: impl FnMut(&Head, u32, &[u8]) -> io::Result<()>,
) -> io::Result<Head> {
    let mut reader = Reader::new(from)?;
    let head = reader.head();
    while let Some((number, page)) = reader.next()? {
        each(&head, number, &page)?;
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head { page_size: 4096, pages: 3, first: 7, last: 9, at_ms: 1_776_040_920_000, log: (32, 8240, 1, 2) }
    }

    fn file() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), head()).unwrap();
        writer.page(1, &[1; 4096]).unwrap();
        writer.page(3, &[3; 4096]).unwrap();
        writer.page(4, &[4; 4096]).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn what_is_written_is_read_again_and_pages_beyond_the_end_are_left_out() {
        let mut pages = Vec::new();
        let read = read(file().as_slice(), |_, number, page| {
            pages.push((number, page[0]));
            Ok(())
        });
        assert_eq!(read.unwrap(), head());
        assert_eq!(pages, [(1, 1), (3, 3)]);
    }

    #[test]
    fn a_file_that_was_cut_or_changed_anywhere_is_refused() {
        let whole = file();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            assert!(read(changed.as_slice(), |_, _, _| Ok(())).is_err(), "byte {at}");
        }
        assert!(read(&whole[..whole.len() - 1], |_, _, _| Ok(())).is_err());
    }
}
