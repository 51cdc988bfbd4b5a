//! What an answer of a mail server means: taken, not now, never; and whose fault it is.
//!
//! **Invariant:** only an answer that says that there is no such mailbox speaks against an address; a server that refuses us,
//! our sign-in or the letter does not.

use crate::base::Email;

/// What the mail server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took the letter.
    Taken(String),
    /// Not now, it said.
    Later(String, Busy),
    /// There was no conversation: it is down, its certificate is wrong, it broke off, it refuses our sign-in.
    NoServer(String),
    /// Never: the address or the letter is refused.
    Never {
        /// What was said.
        said: String,
        /// Whether it was said that there is no such mailbox.
        no_mailbox: bool,
    },
}

/// Who is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// This one mailbox, or for a reason that may be its own.
    Mailbox,
    /// It wants to see whether we come back.
    Greylist,
    /// The whole destination: too many letters, too many connections.
    Domain,
}

/// Words of a server that wants fewer letters.
const TOO_MANY: &[&str] =
    &["rate limit", "ratelimit", "rate-limit", "too many", "too fast", "throttl", "try again later, closing"];

/// Words with which an address is praised or blamed, where no enhanced code says it.
const NOT_THE_ADDRESS: &[&str] = &[
    "relay",
    "spf",
    "dkim",
    "dmarc",
    "policy",
    "block",
    "spam",
    "authenticat",
    "sender",
    "denied",
    "reject list",
];

/// The meaning of a reply with this code, such as 450 or 550.
pub(super) fn judge(code: u16, said: &str) -> Answer {
    let low = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    let said = said.to_owned();
    match code {
        // They are about us and not about the letter: sign-in, TLS, the order of the conversation.
        454 | 500..=504 | 521 | 523 | 524 | 530 | 534 | 535 | 538 => Answer::NoServer(said),
        421 => Answer::Later(said, Busy::Domain),
        400..=499 if low.contains("greylist") || low.contains("graylist") => {
            Answer::Later(said, Busy::Greylist)
        }
        400..=499 if has(TOO_MANY) => Answer::Later(said, Busy::Domain),
        400..=499 => Answer::Later(said, Busy::Mailbox),
        _ => {
            let no_mailbox = match enhanced(&said) {
                Some(status) => status.no_mailbox(),
                None => matches!(code, 550 | 551 | 553) && !has(NOT_THE_ADDRESS),
            };
            Answer::Never { said, no_mailbox }
        }
    }
}

/// An enhanced status code (RFC 3463), such as 5.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) class: u16,
    pub(super) subject: u16,
    pub(super) detail: u16,
}

impl Status {
    /// Whether it says for good that nothing can be delivered to this address: unknown, moved, closed.
    pub(super) fn no_mailbox(self) -> bool {
        self.class == 5 && matches!((self.subject, self.detail), (1, 0..=4 | 6 | 10) | (2, 1) | (0, 0))
    }

    /// Whether the letter came back for good, and for a reason that another letter would meet too: also a filter.
    pub(super) fn is_hard(self) -> bool {
        self.class == 5 && !matches!((self.subject, self.detail), (2, 2 | 3) | (3 | 4 | 6, _))
    }
}

/// The first enhanced status code in a text.
pub(super) fn enhanced(text: &str) -> Option<Status> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let mut numbers = word.split('.').map(|part| (part.len() <= 3).then(|| part.parse::<u16>().ok())?);
        let status = Status { class: numbers.next()??, subject: numbers.next()??, detail: numbers.next()?? };
        (matches!(status.class, 2 | 4 | 5) && numbers.next().is_none()).then_some(status)
    })
}

/// The same text, short, on one line and with every mail address in it taken out: answers are shown to whoever may not
/// see addresses, and stand in logs.
pub(super) fn without_addresses(said: &str) -> String {
    let cover = |word: &str| {
        let is_address = word.contains('@');
        if is_address { "＜宛先＞".to_owned() } else { word.to_owned() }
    };
    let plain: Vec<String> = said.split_whitespace().map(cover).collect();
    plain.join(" ").chars().filter(|c| !c.is_control()).take(300).collect()
}

/// The same, where the address might stand without its domain too.
pub(super) fn without_address(said: &str, to: &Email) -> String {
    without_addresses(&said.replace(to.as_str(), "＜宛先＞"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(code: u16, said: &str) -> Option<bool> {
        match judge(code, said) {
            Answer::Never { no_mailbox, .. } => Some(no_mailbox),
            _ => None,
        }
    }

    #[test]
    fn an_unknown_mailbox_speaks_against_the_address_and_a_refusal_of_us_does_not() {
        for (code, said, speaks) in [
            (550, "5.1.1 <a@b.jp>: Recipient address rejected: User unknown", true),
            (550, "no such mailbox", true),
            (553, "sorry, no mailbox here by that name", true),
            (550, "Unknown user: a@docomo.ne.jp", true),
            (554, "5.7.1 <a@b.jp>: Relay access denied", false),
            (550, "relay not permitted", false),
            (550, "5.7.26 unauthenticated mail is prohibited (SPF)", false),
            (552, "5.2.2 mailbox full", false),
            (554, "transaction failed", false),
        ] {
            assert_eq!(never(code, said), Some(speaks), "{code} {said}");
        }
    }

    #[test]
    fn a_refused_sign_in_is_the_servers_matter_and_kills_no_letter() {
        for code in [454, 500, 503, 530, 535, 538] {
            assert!(matches!(judge(code, "5.7.8 bad credentials"), Answer::NoServer(_)), "{code}");
        }
    }

    #[test]
    fn busy_is_told_apart() {
        for (code, said, busy) in [
            (450, "4.2.0 <a@b.jp>: Greylisted, try again", Busy::Greylist),
            (421, "4.7.0 try again later", Busy::Domain),
            (451, "4.7.28 Our system has detected an unusual rate; rate limited", Busy::Domain),
            (452, "4.2.2 mailbox full", Busy::Mailbox),
            (451, "come again later", Busy::Mailbox),
        ] {
            assert_eq!(judge(code, said), Answer::Later(said.to_owned(), busy), "{code}");
        }
    }

    #[test]
    fn codes_are_found_among_words_and_addresses_are_taken_out() {
        assert_eq!(enhanced("smtp; 550 5.1.1 unknown"), Some(Status { class: 5, subject: 1, detail: 1 }));
        assert_eq!(enhanced("from 192.0.2.1 version 3.1.4 at 5.1"), None);
        assert_eq!(
            without_addresses("550 <taro@example.jp>: unknown\r\n see ta.ro@b.jp"),
            "550 ＜宛先＞ unknown see ＜宛先＞"
        );
    }
}
