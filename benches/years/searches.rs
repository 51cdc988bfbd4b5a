//! Every kind of search: posted as a clerk posts it, the page that answers measured by itself.

use std::time::Duration;

use crate::city::City;
use crate::{Kind, ROUNDS};

type Typed = &'static [(&'static str, &'static str)];

/// What is typed, in turn.
const KINDS: &[(&str, &[Typed])] = &[
    (
        "a surname of two characters",
        &[&[("q", "田中")], &[("q", "佐藤")], &[("q", "酒井")], &[("q", "渡辺")]],
    ),
    ("a whole name", &[&[("q", "高橋健太")], &[("q", "山崎千奈")], &[("q", "酒井裕夫")]]),
    ("one character", &[&[("q", "田")], &[("q", "原")], &[("q", "林")], &[("q", "森")]]),
    ("the end of a name", &[&[("q", "千奈")], &[("q", "健太")], &[("q", "直樹")]]),
    ("a reading", &[&[("q", "ワタナベ")], &[("q", "さかい")], &[("q", "ﾋﾛﾐ")], &[("q", "カズサキ")]]),
    ("a name that nobody has", &[&[("q", "東西南北")], &[("q", "ヌルヌル")]]),
    ("part of a number", &[&[("q", "A12")], &[("q", "0041")], &[("q", "123")], &[("q", "B7700")]]),
    ("a word of a remark", &[&[("remark", "委任状")], &[("q", "電話済")], &[("q", "車いす")]]),
    ("a birthday", &[&[("birth", "0413")], &[("birth", "1231")], &[("birth", "0229")]]),
    ("a birth date", &[&[("birth", "1990-04-13")], &[("birth", "S24.7.25")]]),
    ("a birthday and a name", &[&[("birth", "0413"), ("q", "田")], &[("birth", "0701"), ("q", "サトウ")]]),
    (
        "a state",
        &[&[("label", "issued")], &[("label", "on_hold")], &[("label", "booked")], &[("label", "disposed")]],
    ),
    ("a storage place", &[&[("storage", "3")], &[("storage", "12")]]),
    (
        "a storage place and a state",
        &[&[("storage", "3"), ("label", "notified")], &[("storage", "9"), ("label", "incomplete")]],
    ),
    ("a shelf", &[&[("shelf", "B-04")], &[("shelf", "B-4")], &[("storage", "2"), ("shelf", "B-17")]]),
    ("a place of hand-over", &[&[("location", "4")], &[("location", "7"), ("label", "notified")]]),
    ("an import run", &[&[("run", "12")], &[("run", "180")]]),
    (
        "a mail address or none",
        &[&[("email", "1")], &[("email", "0")], &[("email", "0"), ("label", "notified")]],
    ),
    (
        "notice sent",
        &[&[("sent_from", "2025-01-01")], &[("sent_from", "2024-02-01"), ("sent_to", "2024-02-03")]],
    ),
    ("pick-up due", &[&[("due_to", "2024-04-01")], &[("due_from", "2026-01-01"), ("label", "notified")]]),
    (
        "registered",
        &[&[("created_from", "2026-01-01")], &[("created_from", "2023-05-01"), ("created_to", "2023-05-01")]],
    ),
    (
        "in its state since",
        &[&[("since_from", "2026-06-01")], &[("since_to", "2023-01-01"), ("label", "on_hold")]],
    ),
    (
        "a booking day",
        &[&[("booked_from", "2026-12-01"), ("booked_to", "2026-12-01")], &[("booked_from", "2022-01-01")]],
    ),
    (
        "eight things at once",
        &[&[
            ("q", "田"),
            ("birth", "0413"),
            ("label", "notified"),
            ("storage", "3"),
            ("shelf", "B"),
            ("email", "1"),
            ("sent_from", "2022-01-01"),
            ("remark", "電話"),
        ]],
    ),
];

const SORTS: [&str; 7] = ["registered", "notice", "name", "birth", "label", "storage", "due"];

/// Asks each kind, then turns and sorts what was found.
pub async fn measure(city: &City) -> Vec<Kind> {
    let mut clerk = city.clerk().await;
    clerk.get("/cards").await;
    let mut kinds = Vec::new();
    for (name, all) in KINDS {
        let mut found = Kind::new(format!("search: {name}"));
        let mut turned = Kind::new(format!("  sorted and turned: {name}"));
        for round in 0..ROUNDS {
            clerk.get("/cards").await;
            clerk.post("/cards", all[round % all.len()]).await;
            let to = clerk.last.location.clone();
            assert!(to.contains("/cards"), "{name}: {} {}", clerk.last.status, clerk.last.text);
            found.times.push(timed(&mut clerk, &to).await);
            if round < all.len() {
                found.hits = format!("{}{} ", found.hits, hits(&clerk.last.text));
            }
            if round % 4 == 0 && to.contains("?s=") {
                let to = to.trim_end_matches("#main");
                let desc = if round % 8 == 0 { "" } else { "&desc=1" };
                let sorted = format!("{to}&sort={}{desc}", SORTS[round / 4 % SORTS.len()]);
                turned.push(SORTS[round / 4 % SORTS.len()], timed(&mut clerk, &sorted).await);
                if let Some(next) = link(&clerk.last.text, "次へ") {
                    turned.push("next", timed(&mut clerk, &next).await);
                    let back = link(&clerk.last.text, "前へ").unwrap();
                    turned.push("back", timed(&mut clerk, &back).await);
                }
            }
        }
        found.print();
        turned.print();
        kinds.extend([found, turned]);
    }
    kinds.push(count(city).await);
    kinds
}

/// The page of the numbers of each state.
async fn count(city: &City) -> Kind {
    let mut clerk = city.clerk().await;
    let mut kind = Kind::new("search: nothing yet, the numbers of each state");
    for _ in 0..ROUNDS {
        kind.times.push(timed(&mut clerk, "/cards").await);
    }
    kind.print();
    kind
}

async fn timed(clerk: &mut crate::browser::Browser, path: &str) -> Duration {
    clerk.times.clear();
    let status = clerk.get(path).await.status;
    assert!(status.is_success(), "{path}: {status}");
    clerk.times.pop().unwrap()
}

fn hits(page: &str) -> String {
    let after = page.split("role=\"status\"><b>").nth(1).unwrap_or("?");
    after.split('<').next().unwrap_or_default().to_owned()
}

fn link(page: &str, words: &str) -> Option<String> {
    let before = page.split(&format!("\">{words}</a>")).next().filter(|before| before.len() < page.len())?;
    Some(before.rsplit("href=\"").next()?.replace("&amp;", "&").replace("&#x2f;", "/"))
}
