//! A fact of a person that not everybody in the office may see.
//!
//! **Invariant:** it is never drawn, serialised, printed or written to a log by itself; whoever wants the value asks for the whole of it.
//!
//! In the console only the file that knows what somebody may see asks: the architecture test holds the others to it, so that
//! a page cannot forget to hide a name.

use std::fmt;

/// A fact of a person: a name, a birth date, an address, a remark, a notice ID. Spec: 7(2)②.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// The fact, closed.
    pub const fn of(fact: T) -> Self {
        Self(fact)
    }

    /// The fact as it is. Whoever calls this answers for who sees it.
    pub const fn uncover(&self) -> &T {
        &self.0
    }

    /// The fact as it is, without its cover.
    pub fn into_uncovered(self) -> T {
        self.0
    }
}

impl Personal<String> {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("＊＊＊")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_does_not_show_in_what_is_printed_for_engineers() {
        let name = Personal::of("田中 健太".to_owned());
        assert_eq!(format!("{name:?}"), "＊＊＊");
        assert_eq!(name.uncover(), "田中 健太");
    }
}
