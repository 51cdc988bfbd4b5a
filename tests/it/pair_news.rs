//! What operators get by mail about the pair: each event once, with a word when it is over, and nothing personal.

use std::path::PathBuf;
use std::time::Duration;

use madoguchi::base::Moment;
use madoguchi::jobs::PairNews;
use madoguchi::mail::Rendered;
use madoguchi::standby::{Began, Exception, Lag, Members, Note, Picture, Reach, Report, Role, Why, WhyNot};

const PATIENCE: Duration = Duration::from_mins(1);

/// 9:42 on 13 April in Japan.
fn at(seconds: i64) -> Moment {
    Moment::from_millis(1_776_040_920_000 + seconds * 1000)
}

fn picture(how: Began) -> Picture {
    let members = Members {
        cluster: "mihon".to_owned(),
        node: "node-a".to_owned(),
        other: "node-b".to_owned(),
        witness: Some("witness:7400".to_owned()),
    };
    let report = Report {
        node: "node-a".to_owned(),
        role: Role::Leading,
        linked: true,
        in_sync: true,
        may_serve: true,
        began: Some(how),
        lag: Some(Lag::default()),
        ..Report::default()
    };
    Picture {
        members,
        report,
        role_since: at(0),
        sync_since: at(0),
        why_not: None,
        witness_reach: Some(Reach { answers: true, since: at(0), why: None }),
        register: None,
        last_takeover: None,
        takeovers: 0,
        set_aside: Vec::new(),
        peer: Some(Note::default()),
        quarantine: Vec::new(),
        quarantine_dir: PathBuf::from("data/pair/quarantine"),
        events: Vec::new(),
    }
}

fn apart(picture: &Picture, since: i64) -> Picture {
    let mut apart = picture.clone();
    (apart.report.in_sync, apart.report.linked) = (false, false);
    (apart.sync_since, apart.why_not) = (at(since), Some(WhyNot::Unlinked));
    apart
}

fn subjects(letters: &[Rendered]) -> Vec<&str> {
    letters.iter().map(|letter| letter.subject.as_str()).collect()
}

#[test]
fn a_pair_apart_is_told_after_a_while_and_once_and_again_when_it_is_over() {
    let (mut news, fine) = (PairNews::default(), picture(Began::Resumed));
    assert!(news.look(&fine, at(1), PATIENCE).is_empty());
    let gone = apart(&fine, 10);
    assert!(news.look(&gone, at(69), PATIENCE).is_empty(), "a moment is not told");
    let told = news.look(&gone, at(70), PATIENCE);
    assert_eq!(subjects(&told), ["【要対応】二台がそろっていません"]);
    for part in ["2026-04-13 9:42 から", "replicate status", "replicate rejoin", "node-b", "つながっていない"]
    {
        assert!(told[0].body.contains(part), "{part} in {}", told[0].body);
    }
    assert!(news.look(&gone, at(4000), PATIENCE).is_empty(), "once");
    assert_eq!(subjects(&news.look(&fine, at(4001), PATIENCE)), ["二台がまたそろいました"]);
    assert!(news.look(&fine, at(4002), PATIENCE).is_empty());
}

#[test]
fn a_takeover_is_told_at_once_with_what_follows_from_it_and_a_planned_change_is_not() {
    for quiet in [Began::Resumed, Began::HandedOver] {
        assert!(PairNews::default().look(&picture(quiet), at(1), PATIENCE).is_empty());
    }
    for (how, words) in [(Began::TookOver, "失われていません"), (Began::Seized, "失われているかもしれません")]
    {
        let mut news = PairNews::default();
        let gone = apart(&picture(how), 0);
        let told = news.look(&gone, at(1), PATIENCE);
        assert_eq!(told.len(), 1);
        assert!(told[0].body.contains(words) && told[0].subject.starts_with("【要"), "{told:?}");
        assert!(news.look(&gone, at(600), PATIENCE).is_empty(), "that it is alone was part of it");
        assert_eq!(subjects(&news.look(&picture(how), at(700), PATIENCE)), ["二台がまたそろいました"]);
    }
}

#[test]
fn a_witness_that_is_gone_for_either_node_is_told_once_and_when_it_is_back() {
    let mut news = PairNews::default();
    let mut lost = picture(Began::Resumed);
    let why = Some("connection refused".to_owned());
    lost.witness_reach = Some(Reach { answers: false, since: at(0), why });
    assert!(news.look(&lost, at(59), PATIENCE).is_empty());
    let told = news.look(&lost, at(60), PATIENCE);
    assert_eq!(subjects(&told), ["【要対応】立会い役が答えません"]);
    assert!(told[0].body.contains("connection refused") && told[0].body.contains("witness:7400"));
    assert!(news.look(&lost, at(61), PATIENCE).is_empty());
    assert_eq!(subjects(&news.look(&picture(Began::Resumed), at(90), PATIENCE)), ["立会い役がまた答えます"]);

    let mut there = picture(Began::Resumed);
    there.peer = Some(Note { witness_lost_ms: Some(61_000), ..Note::default() });
    let told = news.look(&there, at(100), PATIENCE);
    assert_eq!(subjects(&told), ["【要対応】もう一台から立会い役が見えません"]);
    assert!(news.look(&there, at(101), PATIENCE).is_empty());
    let told = news.look(&picture(Began::Resumed), at(102), PATIENCE);
    assert_eq!(subjects(&told), ["もう一台から立会い役がまた見えます"]);
}

#[test]
fn what_is_set_aside_on_either_node_and_each_exception_is_told_once() {
    let mut news = PairNews::default();
    let mut aside = picture(Began::Resumed);
    aside.peer = Some(Note { set_aside: vec!["999999-2-0-app.db-wal".to_owned()], ..Note::default() });
    let told = news.look(&aside, at(1), PATIENCE);
    assert_eq!(subjects(&told), ["【要確認】取り置いた書込みがあります"]);
    assert!(told[0].body.contains("node-b　999999-2-0-app.db-wal"), "{}", told[0].body);
    assert!(news.look(&aside, at(2), PATIENCE).is_empty());
    aside.set_aside = vec!["log-0".to_owned()];
    assert!(news.look(&aside, at(3), PATIENCE)[0].body.contains("node-a　log-0"));

    let mut odd = aside.clone();
    odd.report.exceptions =
        vec![Exception { city: "999998".to_owned(), holder: "node-a".to_owned(), why: Why::OtherFile }];
    let told = news.look(&odd, at(4), PATIENCE);
    assert_eq!(subjects(&told), ["【要対応】二台が同じに持っていない自治体があります"]);
    assert!(told[0].body.contains("999998") && told[0].body.contains("node-a"));
    assert!(news.look(&odd, at(5), PATIENCE).is_empty());
    assert_eq!(subjects(&news.look(&aside, at(6), PATIENCE)), ["別扱いの自治体がなくなりました"]);
}
