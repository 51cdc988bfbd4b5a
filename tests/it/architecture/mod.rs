//! The house rules as a test: which room may use which, where a crate is known, and what is never written.
//!
//! A rule looks at one file of `src`. Each has a control, an invented offence that it must catch, so that none can rot.

mod arrows;
mod bans;
mod knows;
mod pages;
mod repository;
mod source;

use source::Source;
pub use source::tree;

/// One rule and its proof.
struct Rule {
    name: &'static str,
    finds: fn(&Source) -> Vec<String>,
    /// A path below `src` and a text that the rule must object to.
    offence: (&'static str, &'static str),
    /// A text at a place where the same is allowed.
    fine: (&'static str, &'static str),
}

fn rules() -> Vec<Rule> {
    [arrows::rules(), knows::rules(), bans::rules()].into_iter().flatten().collect()
}

#[test]
fn the_source_keeps_every_rule_of_the_house() {
    let files = source::all();
    assert!(files.len() > 100, "only {} files were read", files.len());
    let broken: Vec<String> = rules()
        .iter()
        .flat_map(|rule| {
            files.iter().flat_map(move |file| {
                (rule.finds)(file)
                    .into_iter()
                    .map(move |what| format!("src/{}: {}: {what}", file.path, rule.name))
            })
        })
        .collect();
    assert!(broken.is_empty(), "{} offences\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn every_rule_catches_its_offence_and_lets_the_allowed_pass() {
    for rule in rules() {
        let (path, text) = rule.offence;
        assert!(!(rule.finds)(&Source::read(path, text)).is_empty(), "{}: not caught: {text}", rule.name);
        let (path, text) = rule.fine;
        let found = (rule.finds)(&Source::read(path, text));
        assert!(found.is_empty(), "{}: {path} is fine but: {found:?}", rule.name);
    }
}
