//! The navigation at the left: by task, only what exists and what the role may do.

use axum::http::Method;
use serde::Serialize;

use super::{Need, ROUTES};
use crate::accounts::Signed;

/// One task with its pages.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NavGroup {
    title: &'static str,
    links: Vec<NavLink>,
}

/// One page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NavLink {
    path: &'static str,
    label: &'static str,
    /// Its key with Alt, or empty.
    key: &'static str,
    current: bool,
}

type Task = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// Every page that the navigation leads to once it exists: path, name, key.
const TASKS: [Task; 5] = [
    (
        "窓口",
        &[
            ("/", "本日の窓口", "t"),
            ("/calendar", "予約カレンダー", ""),
            ("/bookings/new", "予約を登録", "n"),
            ("/calendar/waiting", "空き待ち", ""),
            ("/no-shows", "未来庁の方", ""),
        ],
    ),
    (
        "カード",
        &[
            ("/cards", "カード検索", "c"),
            ("/cards/many", "まとめて更新", ""),
            ("/cards/watch", "期限と点検", ""),
            ("/pull", "引抜リスト", ""),
            ("/transfers", "回送リスト", ""),
            ("/storage", "保管・棚卸", ""),
            ("/imports", "取込", ""),
        ],
    ),
    (
        "連絡",
        &[
            ("/mail/bulk", "一斉メール", ""),
            ("/mail", "送信箱", ""),
            ("/mail/failures", "メール不達", ""),
            ("/mail/templates", "メールの文面", ""),
        ],
    ),
    ("確認", &[("/lists", "一覧・出力", ""), ("/statistics", "統計", ""), ("/audit", "監査ログ", "")]),
    (
        "管理",
        &[
            ("/locations", "交付場所", ""),
            ("/hours", "開庁時間", ""),
            ("/days", "開庁日", ""),
            ("/windows", "受付期間", ""),
            ("/windows/seats", "席の取り置きと公開", ""),
            ("/days/closure", "一斉閉庁", ""),
            ("/procedures", "手続", ""),
            ("/settings", "設定", ""),
            ("/staff", "利用者・権限", ""),
            ("/maintenance", "メンテナンス", ""),
            ("/status", "システム状態", ""),
        ],
    ),
];

/// The pages for this person; `here` is the path of the present page.
pub(super) fn groups(signed: &Signed, here: &str) -> Vec<NavGroup> {
    let current = current(here);
    let links = |pages: &[(&'static str, &'static str, &'static str)]| -> Vec<NavLink> {
        let open = pages.iter().filter(|(path, ..)| may_open(signed, path));
        open.map(|(path, label, key)| NavLink { path, label, key, current: Some(*path) == current }).collect()
    };
    let all = TASKS.iter().map(|(title, pages)| NavGroup { title, links: links(pages) });
    all.filter(|group| !group.links.is_empty()).collect()
}

/// The first page that this person may open, for those who have no business at the counter.
pub(super) fn first(signed: &Signed) -> Option<&'static str> {
    let pages = TASKS.iter().flat_map(|(_, pages)| pages.iter()).map(|(path, ..)| *path);
    pages.filter(|path| *path != "/").find(|path| may_open(signed, path))
}

/// Whether there is a page at this path.
pub(super) fn leads(path: &str) -> bool {
    needs(path).is_some()
}

/// Whether there is a page at this path that this person may open.
pub(super) fn may_open(signed: &Signed, path: &str) -> bool {
    match needs(path) {
        Some(Need::Permission(permission)) => signed.may(permission),
        Some(Need::SignedIn) => path != "/" || signed.may(super::home::BOARD),
        _ => false,
    }
}

fn needs(path: &str) -> Option<Need> {
    ROUTES.iter().find(|route| route.method == Method::GET && route.path == path).map(|route| route.needs)
}

/// The page of the navigation that `here` belongs to: the longest path that it begins with.
fn current(here: &str) -> Option<&'static str> {
    let pages = TASKS.iter().flat_map(|(_, pages)| pages.iter()).map(|(path, ..)| *path);
    let fits = |path: &&str| {
        here == *path || (*path != "/" && here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    };
    pages.filter(fits).max_by_key(|path| path.len())
}

#[cfg(test)]
pub(super) fn sample() -> Vec<NavGroup> {
    let link = NavLink { path: "/cards", label: "カード検索", key: "c", current: true };
    vec![NavGroup { title: "カード", links: vec![link] }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_another_belongs_to_it() {
        assert_eq!(current("/"), Some("/"));
        assert_eq!(current("/cards/12"), Some("/cards"));
        assert_eq!(current("/mail/templates"), Some("/mail/templates"));
        assert_eq!(current("/bookings/new"), Some("/bookings/new"));
        assert_eq!(current("/cardsharp"), None);
    }
}
