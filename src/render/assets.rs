//! Style sheets, pictures and scripts, embedded, each under an address that changes with its content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::{Error, ErrorKind};

#[derive(rust_embed::RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// The first digits of each file's digest, by path.
static DIGESTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Assets::iter()
        .filter_map(|path| {
            let digest = Assets::get(&path)?.metadata.sha256_hash();
            Some((path.into_owned(), hex::encode(digest).chars().take(12).collect()))
        })
        .collect()
});

/// An embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Its content.
    pub data: Cow<'static, [u8]>,
    /// Its media type, with the character set for text.
    pub media_type: String,
    /// Whether it was asked for under its present digest, so that it may be kept for good.
    pub current: bool,
}

/// The file at `address`, the part after `/assets/`: `<digest>/<path>`.
pub fn find(address: &str) -> Option<Asset> {
    let (digest, path) = address.split_once('/')?;
    let current = DIGESTS.get(path)? == digest;
    let data = Assets::get(path)?.data;
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    let media_type = match guessed.type_() {
        mime_guess::mime::TEXT => format!("{guessed}; charset=utf-8"),
        _ => guessed.to_string(),
    };
    Some(Asset { data, media_type, current })
}

/// Every embedded file's path, for tests.
pub fn names() -> Vec<String> {
    DIGESTS.keys().cloned().collect()
}

/// What `asset(…)` answers in a template: `/assets/<digest>/<path>`.
pub(super) fn address(path: &str) -> Result<String, Error> {
    let digest = DIGESTS
        .get(path)
        .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("no asset at {path}")))?;
    Ok(format!("/assets/{digest}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_served_under_its_digest_and_found_under_an_old_one() {
        let address = address("citizen/citizen.css").unwrap();
        let asset = find(address.strip_prefix("/assets/").unwrap()).unwrap();
        assert!(asset.current);
        assert_eq!(asset.media_type, "text/css; charset=utf-8");
        assert!(!find("000000000000/citizen/citizen.css").unwrap().current);
    }

    #[test]
    fn nothing_outside_the_assets_can_be_named() {
        for wrong in ["", "x", "x/../Cargo.toml", "x/citizen/none.css", "/etc/passwd"] {
            assert!(find(wrong).is_none(), "{wrong}");
        }
        assert!(super::address("citizen/none.css").is_err());
    }
}
