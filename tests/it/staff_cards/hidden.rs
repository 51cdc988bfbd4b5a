//! The whole console, walked by somebody who may do everything and see nothing of a person.

use std::collections::{BTreeSet, VecDeque};

use madoguchi::accounts::{self, Permission};
use madoguchi::base::{BirthDate, CardId, Email, NoticeId};
use madoguchi::booking::{self, ReplaceEmail};
use madoguchi::cards::{self, NewCard, SetRemark};
use madoguchi::db::{Fault, Lane};
use madoguchi::web::staff::ROUTES;

use super::{booked, shelves};
use crate::kit::page::Kind;
use crate::kit::{Browser, TestMunicipality};

/// What is known of the people of this city. None of it stands anywhere else in the program.
const FACTS: [&str; 12] = [
    "玉響",
    "花織",
    "タマユラ",
    "カオリ",
    "1987-11-23",
    "昭和62年11月23日",
    "S62.11.23",
    "11/23",
    "tamayura.kaori@",
    "瑠璃色の傘",
    "Q77-123456",
    "Q77123456",
];

/// Rows of these are asked for.
const ROWS: i64 = 4;

/// Forms that would end the walk: who the walker is, and what the walker may.
const LEFT: [&str; 6] = ["/login", "/logout", "/staff", "/roles", "/me", "/place"];

const SEE: [Permission; 5] = [
    Permission::SeeName,
    Permission::SeeBirthDate,
    Permission::SeeEmail,
    Permission::SeeRemark,
    Permission::SeeNoticeId,
];

/// Three cards of two people: one booked for today, one for another day, each with an address and a remark.
async fn people(city: &TestMunicipality) {
    shelves(city).await;
    let add = |tx: &madoguchi::db::WriteTx<'_>| {
        let mut ids = Vec::new();
        for (notice, name) in
            [("Q77123456", "玉響 花織"), ("Q77123456", "玉響　花織里"), ("Q77123457", "玉響 花織")]
        {
            let birth = BirthDate::parse("1987-11-23").unwrap();
            let new = NewCard::notified(NoticeId::from_norm(notice), name, "タマユラ カオリ", birth);
            ids.push(cards::add(tx, &new).unwrap());
        }
        Ok::<_, Fault>(ids)
    };
    let ids: Vec<CardId> = city.write(add).await;
    for (n, id) in ids.iter().copied().enumerate() {
        let version = city.city.db.read(Lane::Staff, move |tx| cards::get(tx, id));
        let version = version.await.unwrap().unwrap().version;
        let remark = format!("瑠璃色の傘を{n}本預かる");
        let wish = SetRemark { card: id, remark, no_my_number: false, expect_version: version };
        city.write(move |tx| cards::set_remark(tx, &wish)).await;
    }
    let address = Some("tamayura.kaori@mihon.example");
    booked(city, &ids[..1], "2026-04-13.1000", address).await;
    booked(city, &ids[1..2], "2026-04-20.1000", address).await;
    let first = ids[0];
    let now = city.city.db.read(Lane::Staff, move |tx| cards::get(tx, first)).await.unwrap().unwrap();
    let wish = ReplaceEmail {
        card: now.id,
        email: Some(Email::parse("tamayura.kaori@sub.mihon.example").unwrap()),
        reason: "本人の申出".to_owned(),
        expect_version: now.version,
    };
    city.write(move |tx| booking::replace_email(tx, &wish)).await;
}

/// Somebody with every permission but those to see.
async fn walker(city: &TestMunicipality) -> Browser {
    let walker = city.clerk("counter").await;
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let counter = roles.into_iter().find(|role| role.code == "counter").unwrap();
    let all = Permission::ALL.into_iter().filter(|one| !SEE.contains(one)).collect();
    city.write(move |tx| accounts::set_permissions(tx, counter.id, &all)).await;
    walker
}

fn told(what: &str, browser: &Browser) -> Vec<String> {
    let html = &browser.page().html;
    let places = [html.as_str(), browser.address(), browser.header("content-disposition")];
    let shown = FACTS.iter().filter(|fact| places.iter().any(|place| place.contains(**fact)));
    shown.map(|fact| format!("{what} ({}): {fact}", browser.status())).collect()
}

/// A form as a page offered it: where it goes, what is in it.
type Offered = (String, Vec<(String, String)>);

fn offered(browser: &Browser) -> Vec<Offered> {
    let page = browser.page();
    let mut all = Vec::new();
    for button in &page.buttons {
        let form = &page.forms[button.form];
        let action = button.action.clone().unwrap_or_else(|| form.action.clone());
        let action = action.split('#').next().unwrap_or_default().to_owned();
        if !form.post || form.multipart || action.is_empty() {
            continue;
        }
        let sent = page.controls.iter().filter(|one| {
            one.form == button.form
                && (one.ticked || !matches!(one.kind, Kind::Radio | Kind::Checkbox | Kind::File))
        });
        let mut fields: Vec<(String, String)> =
            sent.map(|one| (one.name.clone(), one.value.clone())).collect();
        fields.extend(button.field.clone());
        all.push((action, fields));
    }
    all
}

/// The address without its rows and ids, so that each kind of page is asked for a few times only.
fn kind(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

/// Opens every route and everything that the pages lead to; gives what was told and the forms that were seen.
async fn walk(browser: &mut Browser) -> (Vec<String>, Vec<Offered>, usize) {
    let mut queue: VecDeque<String> = VecDeque::new();
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        for row in 1..=ROWS {
            let path = route.path.replace("{id}", &row.to_string()).replace("{group}", "booking");
            queue.push_back(format!("/mihon{}", path.replace("{batch}", &row.to_string())));
        }
    }
    let (mut seen, mut kinds) = (BTreeSet::new(), std::collections::BTreeMap::<String, usize>::new());
    let (mut facts, mut forms, mut opened) = (Vec::new(), Vec::new(), 0);
    while let Some(address) = queue.pop_front() {
        let times = kinds.entry(kind(&address)).or_default();
        *times += 1;
        if *times > 6 || !seen.insert(address.clone()) {
            continue;
        }
        browser.open(&address).await;
        opened += 1;
        assert_ne!(browser.status(), 500, "{address}");
        facts.extend(told(&address, browser));
        forms.extend(offered(browser));
        let links = browser.page().links.iter().map(|link| link.href.split('#').next().unwrap_or_default());
        let inside = links.filter(|href| href.starts_with("/mihon/") && !href.contains("/logout"));
        queue.extend(inside.map(str::to_owned));
    }
    (facts, forms, opened)
}

#[tokio::test]
async fn whoever_may_see_nothing_of_a_person_is_told_nothing_on_any_page_or_in_any_file() {
    let mut city = TestMunicipality::at("2026-04-13 09:42").await;
    city.mail_may_stay();
    people(&city).await;
    let mut browser = walker(&city).await;
    browser.open("/imports").await;
    let file_field = browser.page().controls.iter().find(|one| one.kind == Kind::File).unwrap().clone();
    let mut of_form = browser.page().buttons.iter().filter(|one| one.form == file_field.form);
    let button = of_form.next_back().unwrap().text.clone();
    let file = "交付通知書ID,氏名,フリガナ,生年月日\r\nQ77-123458,玉響 花織,タマユラ カオリ,1987-11-23\r\nQ77-12345,玉響,カオリ,1987-11-23\r\n";
    browser.attach(&file_field.label, "a.csv", file.as_bytes()).press(&button).await;
    let mut facts = told("the check of an import", &browser);
    let mut forms = offered(&browser);
    let (more, offered, opened) = walk(&mut browser).await;
    facts.extend(more);
    forms.extend(offered);
    assert!(opened > 80, "only {opened} pages were opened");
    let mut sent = BTreeSet::new();
    for (action, fields) in forms {
        let left = LEFT.iter().any(|path| action.starts_with(&format!("/mihon{path}")));
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        if left || !sent.insert((kind(&action), names.join(" "))) {
            continue;
        }
        let stale: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| {
                (name.clone(), if name == "version" { "0".to_owned() } else { value.clone() })
            })
            .collect();
        for fields in [stale, fields] {
            browser.post_bare(&action, &fields).await;
            assert_ne!(browser.status(), 500, "{action}");
            facts.extend(told(&format!("POST {action}"), &browser));
        }
    }
    assert!(sent.len() > 20, "only {} forms were sent", sent.len());
    for typed in ["玉響", "カオリ", "Q77-123456", "Q77-123457", "瑠璃色"] {
        for path in ["/", "/cards"] {
            browser.open(path).await.post(path, &[("q", typed), ("typed", typed)]).await;
            let echo = told(&format!("{typed} in {path}"), &browser);
            facts.extend(echo.into_iter().filter(|line| {
                !line.ends_with(typed) && !typed.contains(line.rsplit(' ').next().unwrap_or_default())
            }));
        }
    }
    facts.extend(walk(&mut browser).await.0);
    let addresses = browser.redirects().iter().filter(|to| FACTS.iter().any(|fact| to.contains(fact)));
    facts.extend(addresses.map(|to| format!("Location {to}")));
    facts.sort();
    facts.dedup();
    assert!(facts.is_empty(), "{} facts are told\n{}", facts.len(), facts.join("\n"));
}

#[tokio::test]
async fn nobody_finds_or_sorts_by_what_they_may_not_see() {
    let mut city = TestMunicipality::at("2026-04-13 09:42").await;
    city.mail_may_stay();
    people(&city).await;
    let mut kept = city.clerk("manager").await;
    kept.open("/cards").await.fill("氏名・カナの一部", "玉響").press("検索する").await;
    assert!(kept.says("3件"), "{}", kept.text());
    let mut browser = walker(&city).await;
    for (field, typed) in [("name", "玉響"), ("birth", "1123"), ("remark", "傘")] {
        browser.open("/cards").await;
        assert!(
            browser.field(field).is_empty(),
            "{field} is not offered: {:?} {}",
            browser.field(field),
            browser.text()
        );
        browser.post("/cards", &[(field, typed)]).await;
        assert_eq!(browser.status(), 403, "{field}");
    }
    browser.open("/cards?q=Q77-123456").await;
    assert!(browser.says("アドレスから探せるのは"), "a whole ID finds nothing: {}", browser.text());
    let plain = |browser: &Browser| {
        browser.page().ids.iter().filter(|id| id.starts_with('c')).cloned().collect::<Vec<_>>()
    };
    browser.open("/cards?label=notified").await;
    let unsorted = plain(&browser);
    let offers = browser.page().links.iter().filter(|link| link.href.contains("sort="));
    let offered: Vec<&str> = offers.map(|link| link.name.as_str()).collect();
    assert_eq!(offered, ["状態", "保管場所", "受取期限"]);
    for sort in ["name", "birth", "notice"] {
        browser.open(&format!("/cards?label=notified&sort={sort}&desc=1")).await;
        let mut back = plain(&browser);
        back.reverse();
        assert!(plain(&browser) == unsorted || back == unsorted, "{sort}: the order of registration stays");
    }
}
