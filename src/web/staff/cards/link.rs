//! Addresses of the list: other orders, other pages, fewer filters.

use super::Ask;

/// What may stand in an address, in this order.
pub(super) const KNOWN: [&str; 11] =
    ["q", "s", "without", "label", "storage", "location", "run", "sort", "desc", "after", "before"];

/// Taken out wherever the list begins anew.
pub(super) const ANEW: [(&str, &str); 3] = [("after", ""), ("before", ""), ("at", "")];

/// The address of this page with other values; an empty value is left out.
pub(super) fn address(query: &Ask, other: &[(&str, &str)]) -> String {
    let joined = pairs(query, other)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    if joined.is_empty() { "/cards#main".to_owned() } else { format!("/cards?{joined}#main") }
}

/// The address of a new letter to those who were found.
pub(super) fn carried(query: &Ask) -> String {
    let pairs = pairs(query, &ANEW).into_iter().filter(|(name, _)| !matches!(*name, "sort" | "desc"));
    let all: Vec<String> = pairs.map(|(name, value)| format!("cards_{name}={value}")).collect();
    format!("/mail/bulk/new?{}#main", all.join("&"))
}

/// The address of another page that goes on with what this one found.
pub(super) fn handed_to(path: &str, query: &Ask) -> String {
    let all: Vec<String> =
        pairs(query, &ANEW).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}#main", all.join("&"))
}

/// What the address says, as hidden fields of a form say it.
pub(super) fn pairs(query: &Ask, other: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut all = query.clone();
    all.extend(other.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let plain = |value: &String| -> String {
        value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
    };
    let known = KNOWN.iter().chain(&["at"]);
    known
        .filter_map(|name| Some((*name, plain(all.get(*name)?))))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The address with other values, from the beginning of the list.
pub(super) fn anew(query: &Ask, other: &[(&str, &str)]) -> String {
    address(query, &[other, &ANEW].concat())
}

/// The address without one of the filters.
pub(super) fn without(query: &Ask, name: &str) -> String {
    match name {
        "label" | "storage" | "location" | "run" if query.contains_key(name) => anew(query, &[(name, "")]),
        "number" => anew(query, &[("q", "")]),
        _ => {
            let before = query.get("without").map(String::as_str).unwrap_or_default();
            let both = if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") };
            anew(query, &[("without", &both)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&str, &str)]) -> Ask {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_filter_is_taken_off_without_losing_the_others() {
        let query = ask(&[("s", "ab12"), ("label", "booked"), ("after", "3"), ("at", "51")]);
        assert_eq!(without(&query, "words"), "/cards?s=ab12&without=words&label=booked#main");
        assert_eq!(without(&query, "label"), "/cards?s=ab12#main");
        let twice = ask(&[("s", "ab12"), ("without", "words")]);
        assert_eq!(without(&twice, "birth"), "/cards?s=ab12&without=words.birth#main");
    }

    #[test]
    fn nothing_typed_comes_back_in_an_address_unfiltered() {
        let query = ask(&[("q", "\"><script>"), ("evil", "x"), ("sort", "name")]);
        assert_eq!(address(&query, &[]), "/cards?q=script&sort=name#main");
    }
}
