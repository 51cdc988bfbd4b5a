//! Samples of a list's page: with every condition, too long, refused.

use super::lost::lost;
use super::show::{Choice, Head, Keeping, ListPage, Part, formats};
use crate::base::Moment;
use crate::web::staff::parts::Wrong;

pub(super) fn page() -> Vec<(&'static str, ListPage)> {
    let wrong = ["from", "to", "storage", "search", "reason", "format", "name"]
        .map(|field| Wrong::new(field, "確かめてください。"));
    let search = ListPage {
        search: Some("状態：発送済、メール：あり".to_owned()),
        locations: None,
        ..of(1, Vec::new())
    };
    vec![
        ("a list", of(1, Vec::new())),
        ("a long one", of(2, Vec::new())),
        ("the cards of a search", search),
        ("with what is wrong", of(0, wrong.into())),
    ]
}

fn of(rows: usize, wrong: Vec<Wrong>) -> ListPage {
    let day = Moment::from_millis(1_775_980_800_000).day();
    let choice = || vec![Choice { code: "1".to_owned(), label: "本庁舎".to_owned(), chosen: true }];
    let lost = wrong.first().map(|_| lost("𠮷".to_owned(), 2, "〓"));
    ListPage {
        code: "bookings",
        title: "予約一覧",
        about: "日別・時間別・場所別に並べます。",
        conditions: "2026年4月13日（月）".to_owned(),
        days: Some((day, day)),
        near: vec![("今日", "span=today".to_owned(), true), ("明日", "span=tomorrow".to_owned(), false)],
        divided: Some(choice()),
        locations: Some(choice()),
        bookings: Some(choice()),
        labels: (rows == 1).then(choice),
        storages: (rows == 1).then(choice),
        watches: (rows == 1).then(choice),
        chosen_at: (rows == 1).then_some(("/pull", "引抜リストで条件を選ぶ")),
        search: None,
        pairs: vec![("from".to_owned(), day.to_string())],
        heads: vec![Head { title: "氏名".to_owned(), class: "" }],
        parts: vec![Part {
            title: "本庁舎".to_owned(), rows: vec![vec!["田中 健太".to_owned()]; rows]
        }],
        total: rows,
        shown: rows.min(1),
        too_many: rows > 1,
        needs_reason: rows > 1,
        reason: String::new(),
        formats: formats(),
        format: "pdf".to_owned(),
        lost: lost.into_iter().collect(),
        keep: (rows < 2).then(|| Keeping {
            name: "朝の予約".to_owned(),
            may_share: rows == 1,
            open: !wrong.is_empty(),
        }),
        wrong,
    }
}
