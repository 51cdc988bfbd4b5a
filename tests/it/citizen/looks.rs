//! What old engines cannot draw, and what nobody can read, never reaches a page.

use std::collections::BTreeMap;

use madoguchi::render::{assets, template_names};

const STYLE: &str = include_str!("../../../assets/citizen/citizen.css");

/// What the engines of old browsers do not know. Spec: UI 3.
const BEYOND_OLD_ENGINES: [&str; 15] = [
    "var(",
    "--",
    "display:grid",
    "display:flex",
    ":is(",
    ":where(",
    ":has(",
    ":focus-visible",
    "inset:",
    "gap:",
    "min(",
    "max(",
    "clamp(",
    "aspect-ratio",
    "@import",
];

const BEYOND_THE_POLICY: [&str; 7] =
    ["<script", "style=", "<dialog", "<details", "type=\"date\"", "javascript:", "<style"];

/// The style sheet without its comments and spaces.
fn style() -> String {
    let mut whole = String::new();
    let mut rest = STYLE;
    while let Some((before, comment)) = rest.split_once("/*") {
        whole.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    whole.push_str(rest);
    whole.split_whitespace().collect::<Vec<_>>().join(" ").replace(": ", ":")
}

#[test]
fn the_style_sheet_asks_nothing_that_old_engines_do_not_know() {
    let style = style();
    for token in BEYOND_OLD_ENGINES {
        assert!(!style.contains(token), "citizen.css holds {token}");
    }
    assert!(style.len() < 14 * 1024, "{} bytes", style.len());
}

#[test]
fn sizes_of_text_are_relative() {
    for rule in style().split(['{', ';', '}']) {
        let size = rule.strip_prefix("font-size:").or_else(|| rule.strip_prefix("font:"));
        let in_print = size == Some("10pt");
        assert!(size.is_none_or(|size| in_print || !size.contains("px") && !size.contains("pt")), "{rule}");
    }
}

#[test]
fn templates_hold_no_script_and_no_style_of_their_own() {
    for name in template_names().iter().filter(|name| name.starts_with("citizen/")) {
        let source = std::fs::read_to_string(format!("templates/{name}")).unwrap();
        for token in BEYOND_THE_POLICY {
            assert!(!source.contains(token), "{name} holds {token}");
        }
        for (at, _) in source.match_indices(" on") {
            let word: String = source[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(!source[at + 1 + word.len()..].starts_with('='), "{name} listens with {word}");
        }
    }
}

#[test]
fn no_citizen_asset_is_a_script_or_comes_from_elsewhere() {
    for name in assets::names().iter().filter(|name| name.starts_with("citizen/")) {
        assert!(name.rsplit('.').next().is_some_and(|kind| ["css", "svg"].contains(&kind)), "{name}");
        let source = std::fs::read_to_string(format!("assets/{name}")).unwrap();
        assert!(!source.contains("<script") && !source.contains("url(http"), "{name}");
    }
}

/// Relative luminance as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_pair_of_text_and_ground_can_be_read() {
    let pairs = [
        ("#1a1a1a", "#ffffff"),
        ("#4d4d4d", "#ffffff"),
        ("#4d4d4d", "#f4f6f9"),
        ("#0017c1", "#ffffff"),
        ("#0017c1", "#eef2ff"),
        ("#0017c1", "#f4f6f9"),
        ("#6a1b8a", "#ffffff"),
        ("#ce0000", "#ffffff"),
        ("#ce0000", "#fff7f6"),
        ("#b00000", "#ffffff"),
        ("#115a36", "#e6f5ec"),
        ("#5a4500", "#fdf3cf"),
        ("#4d4d4d", "#eceef1"),
        ("#4d4d4d", "#f0f1f3"),
        ("#595959", "#ffffff"),
        ("#a90000", "#ffffff"),
        ("#1a1a1a", "#fff3c4"),
        ("#0017c1", "#fff3c4"),
        ("#ffffff", "#0017c1"),
        ("#000000", "#ffd43d"),
    ];
    for (text, ground) in pairs {
        assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {:.2}", contrast(text, ground));
    }
    for (border, ground) in
        [("#5c6675", "#ffffff"), ("#76808f", "#ffffff"), ("#197a4b", "#ffffff"), ("#927200", "#ffffff")]
    {
        assert!(contrast(border, ground) >= 3.0, "{border} on {ground}");
    }
}

#[test]
fn the_pairs_are_those_of_the_style_sheet() {
    let used: BTreeMap<&str, bool> = [
        "#1a1a1a", "#4d4d4d", "#0017c1", "#6a1b8a", "#ce0000", "#b00000", "#115a36", "#5a4500", "#eceef1",
        "#595959",
    ]
    .into_iter()
    .map(|colour| (colour, STYLE.contains(colour)))
    .collect();
    assert!(used.values().all(|used| *used), "{used:?}");
}
