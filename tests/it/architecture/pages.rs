//! Templates: each belongs to one view, escapes what it shows, and asks nothing of another origin.

use std::collections::BTreeSet;

use super::source::{all, is, tree};

/// What a template may not hold.
fn offences(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bare = without_comments(text);
    for (number, line) in text.lines().enumerate() {
        if line.contains("| safe") || line.contains("|safe") {
            let reason = |line: &str| line.contains("{# safe:");
            let above = number.checked_sub(1).and_then(|above| text.lines().nth(above)).is_some_and(reason);
            if !reason(line) && !above {
                found.push(format!("line {}: safe without a reason", number + 1));
            }
        }
    }
    if bare.contains("autoescape") {
        found.push("turns escaping off".to_owned());
    }
    if is(path, "html") {
        found.extend(html_offences(&bare));
    }
    if path.starts_with("citizen/") && bare.chars().any(is_japanese) {
        let line = bare.lines().find(|line| line.chars().any(is_japanese)).unwrap_or_default();
        found.push(format!("a sentence that is not in messages: {}", line.trim()));
    }
    found
}

fn html_offences(bare: &str) -> Vec<String> {
    let lower = bare.to_lowercase();
    let inline = [" style=\"", "<style", " onclick=", " onchange=", " onsubmit=", " onload=", "javascript:"];
    let mut found: Vec<String> =
        inline.iter().filter(|part| lower.contains(**part)).map(|part| format!("inline: {part}")).collect();
    if lower
        .match_indices("<script")
        .any(|(at, _)| !lower[at..].split('>').next().unwrap_or_default().contains("src="))
    {
        found.push("inline script".to_owned());
    }
    for part in ["src=\"http", "srcset=\"http", "action=\"http", "src=\"//", "rel=\"stylesheet\" href=\"http"]
    {
        if lower.contains(part) {
            found.push(format!("another origin: {part}"));
        }
    }
    found
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("{#") {
        kept.push_str(before);
        rest = after.split_once("#}").map_or("", |(_, after)| after);
    }
    kept + rest
}

fn is_japanese(one: char) -> bool {
    matches!(one, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

#[test]
fn no_template_does_what_a_template_may_not() {
    let broken: Vec<String> = tree("templates")
        .iter()
        .flat_map(|(path, text)| {
            offences(path, text).into_iter().map(move |what| format!("templates/{path}: {what}"))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn each_offence_of_a_template_is_caught() {
    let caught = |path: &str, text: &str| !offences(path, text).is_empty();
    assert!(caught("staff/a.html", "{{ name | safe }}"));
    assert!(!caught("staff/a.html", "{# safe: our own SVG #}\n{{ name | safe }}"));
    assert!(caught("staff/a.html", "{% autoescape false %}{{ name }}{% endautoescape %}"));
    assert!(caught("staff/a.html", "<p style=\"color: red\">"));
    assert!(caught("staff/a.html", "<script>go()</script>"));
    assert!(!caught("staff/a.html", "<script src=\"{{ asset('a.js') }}\" defer></script>"));
    assert!(caught("staff/a.html", "<img src=\"https://example.com/a.png\">"));
    assert!(caught("citizen/a.html", "<p>予約する</p>"));
    assert!(!caught("citizen/a.html", "<p>{{ t('a.b') }}</p>{# 予約する #}"));
    assert!(!caught("staff/a.html", "<p>予約する</p>"));
}

/// The templates that a text names, in `extends`, `include`, `import` or a constant.
fn named(text: &str) -> BTreeSet<String> {
    text.split(['"', '\'']).filter(|part| is(part, "html") || is(part, "txt")).map(str::to_owned).collect()
}

#[test]
fn every_template_is_reached_from_the_view_whose_module_it_mirrors() {
    let files: Vec<(String, String)> = tree("templates");
    let exists = |path: &String| files.iter().any(|(file, _)| file == path);
    let mut reached = BTreeSet::new();
    for source in all() {
        let views = source.strings.iter().filter(|text| is(text, "html") && text.contains('/'));
        for template in views.filter(|text| !text.contains(['{', ' '])) {
            assert!(exists(template), "src/{}: no template {template}", source.path);
            let room = template.split('/').next().unwrap();
            assert!(source.path.contains(&format!("{room}/")), "src/{} shows {template}", source.path);
            reached.insert(template.clone());
        }
    }
    assert!(reached.len() > 10, "only {} views were found", reached.len());
    loop {
        let more: BTreeSet<String> = files
            .iter()
            .filter(|(path, _)| reached.contains(path))
            .flat_map(|(_, text)| named(text))
            .collect();
        let before = reached.len();
        reached.extend(more);
        if reached.len() == before {
            break;
        }
    }
    let lost: Vec<&String> = files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| is(path, "html") && !reached.contains(*path))
        .collect();
    assert!(lost.is_empty(), "no view shows {lost:?}");
}

#[test]
fn every_view_is_drawn_by_a_test_in_each_of_its_states() {
    let mut views = Vec::new();
    let mut drawn = BTreeSet::new();
    for (path, text) in tree("src").into_iter().filter(|(path, _)| is(path, "rs")) {
        for (_, rest) in text.match_indices(" View for ").map(|(at, word)| (at, &text[at + word.len()..])) {
            let name: String = rest.chars().take_while(|one| one.is_alphanumeric()).collect();
            views.push((path.clone(), name));
        }
        for (at, _) in text.match_indices("draw::<") {
            let inside = text[at + "draw::<".len()..].split(">(").next().unwrap();
            drawn.insert(inside.rsplit("::").next().unwrap().split('<').next().unwrap().to_owned());
        }
        for (at, _) in text.match_indices("::samples()") {
            drawn.insert(text[..at].rsplit(|one: char| !one.is_alphanumeric()).next().unwrap().to_owned());
        }
    }
    assert!(views.len() > 20, "only {} views were found", views.len());
    let never: Vec<_> = views.iter().filter(|(_, name)| !drawn.contains(name)).collect();
    assert!(never.is_empty(), "no test draws {never:?}");
}
