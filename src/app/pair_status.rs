//! How a pair stands, in lines for people and for programs.

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::command::Outcome;
use crate::arbiter::{Mode, Register, Saved};
use crate::backup;
use crate::base::Moment;
use crate::config::Config;
use crate::standby::{Happening, Picture, Role, SetAside, WhyNot};

/// The last copy of a city.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Copy {
    municipality: String,
    taken_at: Option<Moment>,
    good: bool,
    /// Whether it was restored and compared.
    verified: bool,
}

/// The last copies of all cities on this machine.
pub(super) fn copies(config: &Config) -> Vec<Copy> {
    let one = |city: &crate::config::MunicipalityConfig| {
        let dir = backup::dir_of(&config.backup.dir, &city.code);
        let last = backup::records(&dir).unwrap_or_default().into_iter().next();
        Copy {
            municipality: city.slug.clone(),
            taken_at: last.as_ref().map(|record| record.begun_at),
            good: last.as_ref().is_some_and(backup::Record::is_good),
            verified: last.as_ref().is_some_and(backup::Record::is_proved),
        }
    };
    config.municipalities.iter().map(one).collect()
}

/// What `replicate status` says of a node that runs. `open`: its cities are open.
pub(super) fn outcome(picture: &Picture, mode: Mode, open: bool, copies: &[Copy]) -> Outcome {
    let wrong = wrong(picture, mode);
    let mut lines = lines(picture, mode);
    lines.extend(copies.iter().map(copy_line));
    lines.push(verdict(&wrong));
    lines.extend(wrong.iter().map(|one| format!("　・{one}")));
    let mut report = serde_json::to_value(picture).unwrap_or(Value::Null);
    if let Value::Object(map) = &mut report {
        map.insert("mode".to_owned(), json!(mode));
        map.insert("running".to_owned(), json!(true));
        map.insert("open".to_owned(), json!(open));
        map.insert("copies".to_owned(), json!(copies));
        map.insert("wrong".to_owned(), json!(wrong));
    }
    Outcome { fine: wrong.is_empty(), lines, report }
}

fn verdict(wrong: &[String]) -> String {
    if wrong.is_empty() {
        row("判定", "正常")
    } else {
        row("判定", &format!("異常 {}件", wrong.len()))
    }
}

fn row(label: &str, value: &str) -> String {
    let pad = 6_usize.saturating_sub(label.chars().count());
    format!("{label}{}{value}", "　".repeat(pad))
}

fn lines(picture: &Picture, mode: Mode) -> Vec<String> {
    let (members, report) = (&picture.members, &picture.report);
    let since = second(picture.role_since);
    let role = match report.role {
        Role::Leading => format!("主（第 {} 代、{since} から）", report.epoch),
        Role::Following if report.whole => format!("従っている（第 {} 代まで持っている）", report.epoch),
        Role::Following => "従うために、データをそろえている".to_owned(),
        Role::Fenced => "主ではなくなった（終わるところ）".to_owned(),
        Role::Broken => "データを続けて使えない".to_owned(),
    };
    let linked = if report.linked { "つながっている" } else { "つながっていない" };
    let mut lines = vec![
        row("構成", &format!("{}（{}）", members.cluster, word(mode))),
        row("この機械", &format!("{}　{role}", members.node)),
        row("もう一台", &format!("{}　{linked}", members.other)),
        row("二台", &sync(picture, mode)),
        row("位置", &position(picture)),
    ];
    if let Some((register, left)) = &picture.register {
        let stale = picture.witness_reach.as_ref().is_some_and(|reach| !reach.answers);
        let lease = match (mode, left) {
            (Mode::Manual, _) => String::new(),
            (Mode::Witness, _) if stale => "　前に聞いたもの".to_owned(),
            (Mode::Witness, 0) => "　主の資格は切れている".to_owned(),
            (Mode::Witness, left) => format!("　主の資格はあと {left} ミリ秒"),
        };
        lines.push(row("台帳", &format!("主は {}（第 {} 代）{lease}", register.leader, register.epoch)));
    }
    lines.extend(witness_line(picture));
    lines.extend(takeover_line(picture));
    for one in &report.exceptions {
        lines.push(row("別扱い", &format!("{}　正しいファイルは {} にある", one.city, one.holder)));
    }
    lines.extend(aside_lines(&picture.quarantine_dir, &picture.quarantine.iter().collect::<Vec<_>>()));
    lines
}

fn sync(picture: &Picture, mode: Mode) -> String {
    let since = second(picture.sync_since);
    match (picture.report.role, in_sync(picture, mode)) {
        (Role::Leading, Some(true)) => format!("そろっている（{since} から）"),
        (_, Some(true)) => "そろっている".to_owned(),
        (Role::Leading, _) => format!("そろっていない（{since} から）"),
        (_, Some(false)) => "そろっていない".to_owned(),
        (_, None) => "主だけが知っている".to_owned(),
    }
}

/// Whether both hold everything; none when this node cannot know.
fn in_sync(picture: &Picture, mode: Mode) -> Option<bool> {
    let answers = picture.witness_reach.as_ref().is_some_and(|reach| reach.answers);
    match (picture.report.role, mode, &picture.register) {
        (Role::Leading, ..) => Some(picture.report.in_sync),
        (_, Mode::Witness, Some((register, _))) if answers => Some(register.in_sync),
        _ => picture.peer.as_ref().and_then(|note| note.in_sync),
    }
}

fn position(picture: &Picture) -> String {
    let at = picture.report.position;
    match picture.report.lag {
        Some(lag) => {
            format!("{at}　遅れ {} 件、{} バイト、{} ミリ秒", lag.commits, lag.bytes, lag.since_ms)
        }
        None => at.to_string(),
    }
}

fn witness_line(picture: &Picture) -> Option<String> {
    let witness = picture.members.witness.as_ref()?;
    let said = match &picture.witness_reach {
        None => "まだ尋ねていない".to_owned(),
        Some(reach) if reach.answers => "答える".to_owned(),
        Some(reach) => {
            format!("答えない（{} から。{}）", second(reach.since), reach.why.as_deref().unwrap_or_default())
        }
    };
    Some(row("立会い役", &format!("{witness}　{said}")))
}

fn takeover_line(picture: &Picture) -> Option<String> {
    let event = picture.last_takeover.as_ref()?;
    let Happening::Led { epoch, how } = event.what else { return None };
    Some(row("主の交代", &format!("{}　{}（第 {epoch} 代）", second(event.at), how.sentence())))
}

/// What lies in the quarantine, in lines.
pub(super) fn aside_lines(dir: &Path, files: &[&SetAside]) -> Vec<String> {
    if files.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![row("取り置き", &format!("{} 個（{}）", files.len(), dir.display()))];
    lines.extend(files.iter().rev().take(5).map(|one| format!("　・{}　{} バイト", one.name, one.bytes)));
    lines
}

fn copy_line(copy: &Copy) -> String {
    let said = match copy.taken_at {
        None => "この機械にはまだない".to_owned(),
        Some(at) if !copy.good => format!("{}　失敗", second(at)),
        Some(at) if copy.verified => format!("{}　復元して一致", second(at)),
        Some(at) => format!("{}　復元は未確認", second(at)),
    };
    row("写し", &format!("{}　{said}", copy.municipality))
}

/// What is wrong, each with what to do.
fn wrong(picture: &Picture, mode: Mode) -> Vec<String> {
    let (members, report) = (&picture.members, &picture.report);
    let mut wrong = Vec::new();
    match report.role {
        Role::Broken => wrong.push("この機械のデータを続けて使えない。ログを確かめる".to_owned()),
        Role::Leading if !report.may_serve => {
            wrong.push("主の資格が切れている。立会い役ともう一台への接続を確かめる".to_owned());
        }
        Role::Following if !report.whole => {
            wrong.push("データをそろえているところ。終わるまで待つ".to_owned());
        }
        Role::Leading | Role::Following | Role::Fenced => {}
    }
    if in_sync(picture, mode) == Some(false) || (in_sync(picture, mode).is_none() && !report.linked) {
        let why = picture.why_not.filter(|_| report.role == Role::Leading || !report.linked);
        let why = why.map_or("主の機械の replicate status に理由がある", WhyNot::sentence);
        wrong.push(format!("二台がそろっていない。{why}"));
    }
    if let (Mode::Witness, Role::Following, Some((register, 0))) = (mode, report.role, &picture.register) {
        wrong.push(match (register.in_sync, register.leader == members.node) {
            (_, true) => "主がいない。まもなくこの機械が主になる".to_owned(),
            (true, false) => "主がいない。まもなくこの機械が引き継ぐ".to_owned(),
            (false, false) => format!(
                "主がいない。二台がそろっていなかったので、自動では引き継がない。{} を直して起動するか、失うことを認めて promote --accept-data-loss を使う",
                members.other
            ),
        });
    }
    if mode == Mode::Manual && report.role == Role::Following && !report.linked {
        wrong.push(format!(
            "主がいないかもしれない。{} を確かめる（この機械が最後の主なら promote --alone、そうでなければ promote --old-leader-is-off）",
            members.other
        ));
    }
    if picture.witness_reach.as_ref().is_some_and(|reach| !reach.answers) {
        wrong.push("立会い役が答えない。自動の引き継ぎができない".to_owned());
    }
    wrong
        .extend(report.exceptions.iter().map(|one| format!("{} が別扱い。{}", one.city, one.why.sentence())));
    wrong
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual：人が切り替える",
        Mode::Witness => "witness：自動で引き継ぐ",
    }
}

/// `2026-04-13 09:42:10` in Japan.
pub(super) fn second(at: Moment) -> String {
    format!("{} {}:{:02}", at.day(), at.minute(), at.seconds().rem_euclid(60))
}

/// What is known of a node on which nothing runs.
pub(super) fn stopped(picture: &Picture, saved: Saved, mode: Mode, register: Option<&Register>) -> Outcome {
    let members = &picture.members;
    let mut lines = vec![
        row("構成", &format!("{}（{}）", members.cluster, word(mode))),
        row(
            "この機械",
            &format!("{}　サーバーが動いていない（第 {} 代まで知っている）", members.node, saved.epoch),
        ),
    ];
    if let Some(register) = register {
        let in_sync = if register.in_sync { "そろっている" } else { "そろっていない" };
        let said = format!("主は {}（第 {} 代）　二台は{in_sync}", register.leader, register.epoch);
        lines.push(row("台帳", &said));
    }
    lines.extend(witness_line(picture));
    lines.extend(aside_lines(&picture.quarantine_dir, &picture.quarantine.iter().collect::<Vec<_>>()));
    let wrong = vec!["この機械のサーバーが動いていない。起動する".to_owned()];
    lines.push(verdict(&wrong));
    lines.extend(wrong.iter().map(|one| format!("　・{one}")));
    let report = json!({
        "mode": mode, "running": false, "role": "stopped", "node": members.node, "other": members.other,
        "cluster": members.cluster, "epoch": saved.epoch, "register": register,
        "quarantine": picture.quarantine, "wrong": wrong,
    });
    Outcome { fine: false, lines, report }
}
