//! The pair's part of the status page: who leads, whether both hold everything, the witness, what was set aside.

use serde::Serialize;

use super::{Fact, size, when};
use crate::base::Moment;
use crate::standby::{Happening, Picture};

/// What is told of the pair.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Part {
    cluster: String,
    node: String,
    other: String,
    rows: Vec<Row>,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
struct Row {
    label: &'static str,
    value: String,
    more: String,
    /// Whether somebody must do something.
    bad: bool,
}

/// The figure at the head of the page.
pub(super) fn fact(pair: Option<&Picture>) -> Fact {
    let fact = |tone, word: &str, more| Fact { tone, word: word.to_owned(), unit: "", more };
    let Some(pair) = pair else {
        return fact("", "一台", "二台構成にしていません".to_owned());
    };
    let (report, node) = (&pair.report, &pair.members.node);
    if !report.in_sync {
        let why = pair.why_not.map_or("", |why| why.sentence());
        return fact("bad", "一台だけ", format!("{} から。{why}", when(pair.sync_since)));
    }
    if pair.witness_reach.as_ref().is_some_and(|reach| !reach.answers) {
        let more = "立会い役が答えません。自動の引き継ぎはできません".to_owned();
        return fact("warn", "そろっている", more);
    }
    if !report.exceptions.is_empty() {
        let more = format!("{}自治体が別扱いです", report.exceptions.len());
        return fact("warn", "そろっている", more);
    }
    fact("ok", "そろっている", format!("主は {node}。どちらが止まっても続けられます"))
}

/// The panel.
pub(super) fn part(pair: &Picture) -> Part {
    let members = &pair.members;
    let (node, other, cluster) = (members.node.clone(), members.other.clone(), members.cluster.clone());
    let mut rows = vec![leader(pair), other_node(pair), sync(pair), lag(pair), witness(pair)];
    rows.extend(takeover(pair));
    rows.push(aside(pair));
    rows.extend(pair.report.exceptions.iter().map(|one| {
        let more = format!("正しいファイルは {} にあります。{}", one.holder, one.why.sentence());
        Row { label: "別扱い", value: one.city.clone(), more, bad: true }
    }));
    Part { cluster, node, other, rows }
}

fn row(label: &'static str, value: &str, more: String) -> Row {
    Row { label, value: value.to_owned(), more, bad: false }
}

fn leader(pair: &Picture) -> Row {
    let more = format!("第{}代　{} から", pair.report.epoch, when(pair.role_since));
    row("主", &pair.members.node, more)
}

fn other_node(pair: &Picture) -> Row {
    let linked = pair.report.linked;
    let more = if linked { "つながっています" } else { "つながっていません" };
    Row { bad: !linked, ..row("もう一台", &pair.members.other, more.to_owned()) }
}

fn sync(pair: &Picture) -> Row {
    let since = format!("{} から", when(pair.sync_since));
    match pair.why_not {
        None => row("二台", "そろっている", since),
        Some(why) => Row {
            bad: true,
            ..row("二台", "そろっていない", format!("{since}。{}", why.sentence()))
        },
    }
}

fn lag(pair: &Picture) -> Row {
    let Some(lag) = pair.report.lag else { return row("遅れ", "－", String::new()) };
    let more = if lag.commits == 0 {
        String::new()
    } else {
        format!("{}　{}.{}秒", size(lag.bytes), lag.since_ms / 1000, lag.since_ms % 1000 / 100)
    };
    row("遅れ", &format!("{}件", lag.commits), more)
}

fn witness(pair: &Picture) -> Row {
    let Some(witness) = &pair.members.witness else {
        return row("立会い役", "置かない構成", "主の交代は人が決めます".to_owned());
    };
    let lost_there = pair.peer.as_ref().is_some_and(|note| note.witness_lost_ms.is_some());
    match &pair.witness_reach {
        Some(reach) if !reach.answers => {
            let more = format!("{} から。自動の引き継ぎはできません", when(reach.since));
            Row { bad: true, ..row("立会い役", "答えない", more) }
        }
        Some(_) if lost_there => {
            let more = format!("{} からは見えません。自動の引き継ぎはできません", pair.members.other);
            Row { bad: true, ..row("立会い役", "答える", more) }
        }
        Some(_) => row("立会い役", "答える", witness.clone()),
        None => row("立会い役", "－", "まだ尋ねていません".to_owned()),
    }
}

fn takeover(pair: &Picture) -> Option<Row> {
    let event = pair.last_takeover.as_ref()?;
    let Happening::Led { how, .. } = event.what else { return None };
    Some(row("主の交代", &when(event.at), how.sentence().to_owned()))
}

fn aside(pair: &Picture) -> Row {
    let theirs = pair.peer.as_ref().map_or(0, |note| note.set_aside.len());
    let own = pair.quarantine.len();
    if own + theirs == 0 {
        return row("取り置き", "なし", String::new());
    }
    let members = &pair.members;
    let named = [(&members.node, own), (&members.other, theirs)];
    let named: Vec<String> = named
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(node, count)| format!("{node} に{count}個"))
        .collect();
    row("取り置き", "あり", named.join("、"))
}

/// A picture for the tests of the page.
pub(super) fn sample(at: Moment, wrong: bool) -> Part {
    let row = |label, value: &str, more: &str, bad| Row {
        label,
        value: value.to_owned(),
        more: more.to_owned(),
        bad,
    };
    let since = when(at);
    Part {
        cluster: "mihon".to_owned(),
        node: "node-a".to_owned(),
        other: "node-b".to_owned(),
        rows: vec![
            row("主", "node-a", &format!("第5代　{since} から"), false),
            row("もう一台", "node-b", if wrong { "つながっていません" } else { "つながっています" }, wrong),
            row(
                "二台",
                if wrong { "そろっていない" } else { "そろっている" },
                &format!("{since} から"),
                wrong,
            ),
            row("別扱い", "999998", "正しいファイルは node-a にあります。", wrong),
        ],
    }
}
