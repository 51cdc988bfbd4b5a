//! A mail address as people in Japan have it, old carrier forms included.

use std::fmt;

use super::text;

/// Carriers that once gave out addresses with `..` inside or `.` before the `@`; they are still in use.
const CARRIERS: [&str; 3] = ["docomo.ne.jp", "ezweb.ne.jp", "au.com"];

/// Domains that are often mistyped, and what was meant.
const SLIPS: [(&str, &str); 36] = [
    ("docomo.co.jp", "docomo.ne.jp"),
    ("docomo.jp", "docomo.ne.jp"),
    ("docomo.ne.jo", "docomo.ne.jp"),
    ("docomo.ne", "docomo.ne.jp"),
    ("docomo.com", "docomo.ne.jp"),
    ("docomo.en.jp", "docomo.ne.jp"),
    ("docomo.ne.co.jp", "docomo.ne.jp"),
    ("dokomo.ne.jp", "docomo.ne.jp"),
    ("docmo.ne.jp", "docomo.ne.jp"),
    ("ezweb.co.jp", "ezweb.ne.jp"),
    ("ezweb.jp", "ezweb.ne.jp"),
    ("ezweb.ne.jo", "ezweb.ne.jp"),
    ("ezwed.ne.jp", "ezweb.ne.jp"),
    ("au.ne.jp", "au.com"),
    ("au.co.jp", "au.com"),
    ("softbank.jp", "softbank.ne.jp"),
    ("softbank.co.jp", "softbank.ne.jp"),
    ("i.softbank.ne.jp", "i.softbank.jp"),
    ("gmail.co.jp", "gmail.com"),
    ("gmail.ne.jp", "gmail.com"),
    ("gmail.jp", "gmail.com"),
    ("gmail.co", "gmail.com"),
    ("gmail.con", "gmail.com"),
    ("gmail.cm", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gmial.com", "gmail.com"),
    ("gamil.com", "gmail.com"),
    ("gmali.com", "gmail.com"),
    ("gnail.com", "gmail.com"),
    ("g-mail.com", "gmail.com"),
    ("icloud.co.jp", "icloud.com"),
    ("icloud.jp", "icloud.com"),
    ("icoud.com", "icloud.com"),
    ("yahoo.ne.jp", "yahoo.co.jp"),
    ("yahoo.jp", "yahoo.co.jp"),
    ("yahoo.co.jo", "yahoo.co.jp"),
];

/// A mail address that can be sent to. Its domain is in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why a text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("empty")]
    Empty,
    /// It is longer than 254 characters.
    #[error("too long")]
    TooLong,
    /// It has no `@`, or more than one.
    #[error("not exactly one @")]
    At,
    /// The part before the `@` cannot be.
    #[error("the part before the @ cannot be")]
    Local,
    /// The part after the `@` cannot be.
    #[error("the part after the @ cannot be")]
    Domain,
}

impl Email {
    /// The address in a typed text. Full-width characters, spaces around it, and the dots and dashes of a Japanese keyboard
    /// do no harm.
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let typed: String = text::nfkc(typed).chars().map(plain).collect();
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.len() > 254 {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailError::At)?;
        if domain.contains('@') {
            return Err(EmailError::At);
        }
        let domain = domain.to_ascii_lowercase();
        if !is_domain(&domain) {
            return Err(EmailError::Domain);
        }
        if !is_local(local, CARRIERS.contains(&domain.as_str())) {
            return Err(EmailError::Local);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// An address that nobody has, for a value that is still to be read.
    pub(crate) fn unknown() -> Self {
        Self("unknown@invalid.invalid".to_owned())
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Enough to recognise it, not enough to learn it: `ta***@example.jp`.
    pub fn masked(&self) -> String {
        let shown: String = self.local().chars().take(2).collect();
        format!("{shown}***@{}", self.domain())
    }

    /// The domain that was probably meant, when this one is a usual slip.
    pub fn typo_hint(&self) -> Option<&'static str> {
        SLIPS.iter().find(|(slip, _)| *slip == self.domain()).map(|(_, meant)| *meant)
    }

    /// Whether the part before the `@` must be quoted to be sent: the old carrier forms.
    pub fn needs_quotes(&self) -> bool {
        let local = self.local();
        local.contains("..") || local.starts_with('.') || local.ends_with('.')
    }
}

/// What a Japanese keyboard writes where an address has a dot or a dash; no address holds these signs themselves.
const fn plain(typed: char) -> char {
    match typed {
        '。' | '｡' => '.',
        'ー' | '‐' | '‑' | '–' | '—' | '−' => '-',
        other => other,
    }
}

fn is_local(local: &str, carrier: bool) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots = local.contains("..") || local.ends_with('.');
    (1..=64).contains(&local.len())
        && local.bytes().all(allowed)
        && !local.starts_with('.')
        && (carrier || !dots)
}

fn is_domain(domain: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && domain.split('.').all(label) && last.bytes().any(|b| b.is_ascii_alphabetic())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_an_address() {
        for (typed, address) in [
            ("taro@example.jp", "taro@example.jp"),
            ("  ｔａｒｏ＠Ｅｘａｍｐｌｅ．ｊｐ ", "taro@example.jp"),
            ("Taro.Y+card@Example.JP", "Taro.Y+card@example.jp"),
            ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
            ("ab.@ezweb.ne.jp", "ab.@ezweb.ne.jp"),
            ("ｔａｒｏ－ｙ＠ｅｘａｍｐｌｅ。ｊｐ", "taro-y@example.jp"),
            ("taroーy@example.jp", "taro-y@example.jp"),
        ] {
            assert_eq!(Email::parse(typed).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_cannot_be_sent_to_is_refused() {
        for (typed, why) in [
            ("", EmailError::Empty),
            ("taro", EmailError::At),
            ("ta@ro@example.jp", EmailError::At),
            ("日本@example.jp", EmailError::Local),
            ("a..b@example.jp", EmailError::Local),
            ("ab.@example.jp", EmailError::Local),
            ("a b@example.jp", EmailError::Local),
            ("\"a\"@example.jp", EmailError::Local),
            ("a\r\nBcc:b@example.jp", EmailError::Local),
            ("taro@docomo", EmailError::Domain),
            ("taro@-a.jp", EmailError::Domain),
            ("taro@例え.jp", EmailError::Domain),
            ("taro@192.0.2.1", EmailError::Domain),
        ] {
            assert_eq!(Email::parse(typed), Err(why), "{typed}");
        }
        assert_eq!(Email::parse(&format!("{}@example.jp", "a".repeat(250))), Err(EmailError::TooLong));
    }

    #[test]
    fn a_masked_address_shows_two_letters() {
        assert_eq!(Email::parse("taro@example.jp").unwrap().masked(), "ta***@example.jp");
        assert_eq!(Email::parse("a@example.jp").unwrap().masked(), "a***@example.jp");
    }

    #[test]
    fn usual_slips_are_known() {
        assert_eq!(Email::parse("a@gmail.co.jp").unwrap().typo_hint(), Some("gmail.com"));
        for (slip, meant) in SLIPS {
            assert_eq!(Email::parse(&format!("a@{slip}")).unwrap().typo_hint(), Some(meant));
            assert_eq!(Email::parse(&format!("a@{meant}")).unwrap().typo_hint(), None, "{meant} is no slip");
        }
    }
}
