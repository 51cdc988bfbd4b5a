//! The index: every page on which the city decides something, as far as the person may open it.

use axum::response::Response;
use serde::Serialize;

use crate::render::View;
use crate::settings::{Bounds, Group, KEYS, Settings, object};
use crate::web::PageError;
use crate::web::staff::{StaffCtx, nav};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Index {
    panels: Vec<Panel>,
}

#[derive(Debug, Serialize)]
struct Panel {
    title: &'static str,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    path: String,
    label: &'static str,
    about: String,
}

/// Pages of their own that stand among the settings: panel, path, name, what is decided there.
const PAGES: &[(&str, &str, &str, &str)] = &[
    ("場所と日", "/locations", "交付場所", "名前、住所、市民に出すか"),
    ("場所と日", "/hours", "開庁時間", "時間の型と枠の数"),
    ("場所と日", "/days", "開庁日", "週の予定、特別な日、祝日"),
    ("場所と日", "/windows", "受付期間", "早い日、遅い日、変更の締め切り"),
    ("カード", "/storage", "保管場所と箱", "場所、棚、振り分けの規則"),
    ("連絡", "/mail/templates", "メールの文面", "お知らせごと、ことばごと"),
    ("利用者と記録", "/staff", "利用者", "登録、停止、パスワード"),
    ("利用者と記録", "/roles", "役割と権限", "だれが何をできるか"),
    ("利用者と記録", "/audit", "監査ログ", "だれが、いつ、何をしたか"),
    ("運用", "/maintenance", "メンテナンス", "予告と休止"),
    ("運用", "/status", "システム状態", "動き、控え、送信待ち"),
];

/// The panels, in the order of the page.
const PANELS: &[&str] = &["場所と日", "予約", "カード", "市民のページ", "連絡", "利用者と記録", "運用"];

impl View for Index {
    const TEMPLATE: &'static str = "staff/settings.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let panels = panels(&Settings::default(), |path| path == "/hours").unwrap_or_default();
        vec![("settings", Self { panels })]
    }
}

/// Shows the index.
pub(in crate::web::staff) async fn index(ctx: StaffCtx) -> Result<Response, PageError> {
    let panels = panels(&ctx.settings, |path| nav::may_open(&ctx.signed, path))?;
    ctx.page(&Index { panels })
}

fn panels(settings: &Settings, may_open: impl Fn(&str) -> bool) -> Result<Vec<Panel>, PageError> {
    let values = object(settings)?;
    let page = |(_, path, label, about): &(&str, &'static str, &'static str, &'static str)| Item {
        path: (*path).to_owned(),
        label,
        about: (*about).to_owned(),
    };
    let form = |group: &Group| Item {
        path: format!("/settings/{}", group.code()),
        label: group.label(),
        about: about(*group, &values),
    };
    let panel = |title: &&'static str| {
        let pages = PAGES.iter().filter(|(panel, path, ..)| panel == title && may_open(path)).map(page);
        let forms = Group::ALL.iter().filter(|group| group.panel() == *title).map(form);
        Panel { title, items: pages.chain(forms).collect() }
    };
    Ok(PANELS.iter().map(panel).filter(|panel| !panel.items.is_empty()).collect())
}

/// The first two decisions of a form, as they stand.
fn about(group: Group, values: &serde_json::Map<String, serde_json::Value>) -> String {
    let keys = KEYS.iter().filter(|key| key.group == group);
    let said = keys.filter_map(|key| {
        let value = key.said(values.get(key.key)?);
        let named = matches!(key.bounds, Bounds::Text { .. }) && value != "（なし）";
        Some(if named { value } else { format!("{} {value}", key.label) })
    });
    said.take(2).collect::<Vec<_>>().join("、")
}
