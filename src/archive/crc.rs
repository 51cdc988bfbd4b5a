//! CRC-64/GO-ISO, eight bytes at a time, as LTX files carry it.

use std::sync::OnceLock;

const POLYNOMIAL: u64 = 0xD800_0000_0000_0000;

type Tables = [[u64; 256]; 8];

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Box::new([[0; 256]; 8]);
        let mut before = [0_u64; 256];
        for (byte, slot) in (0_u64..).zip(before.iter_mut()) {
            let step = |crc: u64| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            *slot = (0..8).fold(byte, |crc, _| step(crc));
        }
        let first = before;
        for table in tables.iter_mut() {
            *table = before;
            for slot in &mut before {
                *slot = at(&first, *slot) ^ (*slot >> 8);
            }
        }
        tables
    })
}

fn at(table: &[u64; 256], crc: u64) -> u64 {
    let [low, ..] = crc.to_le_bytes();
    table.get(usize::from(low)).copied().unwrap_or_default()
}

/// A checksum on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc(u64);

impl Crc {
    pub(crate) fn new() -> Self {
        Self(!0)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let tables = tables();
        let mut crc = self.0;
        let mut eights = bytes.chunks_exact(8);
        for eight in &mut eights {
            let word = crc ^ u64::from_le_bytes(eight.try_into().unwrap_or_default());
            crc = tables
                .iter()
                .rev()
                .enumerate()
                .fold(0, |sum, (place, table)| sum ^ at(table, word >> (8 * place)));
        }
        let [first, ..] = tables;
        for byte in eights.remainder() {
            crc = at(first, crc ^ u64::from(*byte)) ^ (crc >> 8);
        }
        self.0 = crc;
    }

    pub(crate) fn sum(self) -> u64 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard_comes_out_however_the_bytes_are_cut() {
        for cut in 0..9 {
            let mut crc = Crc::new();
            crc.update(&b"123456789"[..cut]);
            crc.update(&b"123456789"[cut..]);
            assert_eq!(crc.sum(), 0xb909_56c7_75a4_1001);
        }
    }
}
