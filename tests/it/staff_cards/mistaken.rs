//! Nobody gets another person's card: who they are and whom they can be taken for stands on every page that books for
//! somebody or hands a card on.

use madoguchi::accounts::{self, Permission};
use madoguchi::base::{BookingId, CardId};
use madoguchi::booking;
use madoguchi::cards::storage::{self, Heading, Moving, Sending, Target};
use madoguchi::cards::{self, CardStatus, Likeness, TellApart, Transition};
use madoguchi::db::Lane;

use crate::cards_storage::vaults;
use crate::kit::{Browser, TestMunicipality};

const MONDAY: &str = "2026-04-13 08:42";
const NOTE: &str = "同姓同名あり";

/// Whom each card's holder can be taken for.
async fn alike(city: &TestMunicipality, card: CardId) -> Vec<(Likeness, CardId)> {
    let read = city.city.db.read(Lane::Staff, move |tx| cards::alike(tx, &[card])).await.unwrap();
    let others = read.get(&card).cloned().unwrap_or_default();
    others.into_iter().map(|other| (other.likeness, other.card.id)).collect()
}

#[tokio::test]
async fn people_are_alike_by_name_or_by_reading_and_birth_date() {
    let city = TestMunicipality::at(MONDAY).await;
    let one = city.card_with_kana(1, "髙橋 美咲", "タカハシ ミサキ", "1990-04-13").await;
    let elder = city.card_with_kana(2, "髙橋　美咲", "タカハシ ミサキ", "1951-12-01").await;
    let twin = city.card_with_kana(3, "髙橋 岬", "ﾀｶﾊｼ ﾐｻｷ", "1990-04-13").await;
    let other = city.card_with_kana(4, "髙橋 美希", "タカハシ ミキ", "1990-04-13").await;
    let kana_alone = city.card_with_kana(5, "高端 岬", "タカハシ ミサキ", "1977-01-01").await;
    assert_eq!(alike(&city, one).await, [(Likeness::Name, elder), (Likeness::Reading, twin)]);
    assert_eq!(alike(&city, twin).await, [(Likeness::Reading, one)]);
    for nobody in [other, kana_alone] {
        assert_eq!(alike(&city, nobody).await, []);
    }
    let issued = Transition { code: None, ..Transition::of(elder, CardStatus::Issued) };
    city.write(move |tx| cards::transition(tx, &issued)).await;
    assert_eq!(alike(&city, one).await, [(Likeness::Reading, twin)], "who has the card is taken for nobody");
}

#[tokio::test]
async fn namesakes_of_one_birth_date_are_alike_once_they_are_told_apart() {
    let city = TestMunicipality::at(MONDAY).await;
    let one = city.card(1, "佐藤 一郎").await;
    let two = city.card(2, "佐藤一郎").await;
    assert_eq!(alike(&city, one).await, [], "until then they count as one person with two cards");
    let wish = TellApart { card: two, reason: "住民票で確認".to_owned(), expect_version: 1 };
    city.write(move |tx| cards::tell_apart(tx, &wish)).await;
    assert_eq!(alike(&city, one).await, [(Likeness::ToldApart, two)]);
    assert_eq!(alike(&city, two).await, [(Likeness::ToldApart, one)]);
}

/// A city in which 田中 健太 is booked today here with his daughter, on Wednesday too is a namesake at the branch, and another
/// namesake has no booking.
struct Alikes {
    city: TestMunicipality,
    one: CardId,
    namesake: CardId,
    family: BookingId,
    later: BookingId,
}

async fn alikes() -> Alikes {
    let mut city = TestMunicipality::at(MONDAY).await;
    city.mail_may_stay();
    let boxes = vaults(&city).await;
    let one = city.card_with_kana(345_601, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    let child = city.card_with_kana(345_602, "田中 美優", "タナカ ミユ", "2018-09-02").await;
    let sent = city.card_with_kana(345_603, "田中　健太", "タナカ ケンタ", "1951-12-01").await;
    let namesake = city.card_with_kana(345_604, "田中健太", "タナカ ケンタ", "1977-07-07").await;
    for card in [one, child, sent, namesake] {
        let wish = Moving { card, to: Target::Box(boxes.second), expect_version: None, batch: None };
        city.write(move |tx| booking::move_card(tx, &wish)).await;
    }
    let office = city.office;
    super::booked(&city, &[one, child], "2026-04-13.0930", None).await;
    let branch = city.branch;
    let wish = booking::BookByStaff {
        party: vec![sent],
        slot: format!("{branch}.2026-04-20.0930").parse().unwrap(),
        email: None,
        channel: booking::Channel::Telephone,
        overbook: booking::Overbook::No,
        once: madoguchi::once::OnceKey::from_form("0123456789abcdef-branch").unwrap(),
    };
    let later = city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    let family = city.city.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, one)).await;
    let family = family.unwrap().unwrap();
    assert_eq!(family.location, office);
    Alikes { city, one, namesake, family: family.id, later }
}

/// Every page on which a clerk sees a card before it changes hands or its holder is booked.
fn pages(alikes: &Alikes) -> Vec<String> {
    let Alikes { one, namesake, family, later, .. } = alikes;
    vec![
        "/".to_owned(),
        format!("/?booking={family}"),
        format!("/?card={namesake}"),
        format!("/bookings/{family}/issue"),
        format!("/bookings/{family}/incomplete"),
        format!("/cards/{one}"),
        format!("/cards/{one}/hand-over"),
        format!("/bookings/new?member={namesake}"),
        format!("/bookings/new?among={one}.{namesake}"),
        format!("/bookings/{family}"),
        format!("/bookings/{later}/change"),
        format!("/bookings/{later}/cancel"),
        "/pull?day=2026-04-13".to_owned(),
        "/transfers?from=all&to=all".to_owned(),
        "/storage/hand-over?act=give&card=".to_owned() + &namesake.to_string(),
    ]
}

async fn open(clerk: &mut Browser, path: &str) {
    clerk.open(path).await;
    assert_eq!(clerk.status(), 200, "{path}");
}

#[tokio::test]
async fn every_page_that_hands_a_card_on_tells_number_name_and_birth_and_warns_of_namesakes() {
    let alikes = alikes().await;
    let mut clerk = alikes.city.clerk("manager").await;
    let facts = [
        ("A13-345601", ["H2.4.13", "平成2年"]),
        ("A13-345603", ["S26.12.1", "昭和26年"]),
        ("A13-345604", ["S52.7.7", "昭和52年"]),
    ];
    for path in pages(&alikes) {
        open(&mut clerk, &path).await;
        let text = clerk.text().to_owned();
        let whose = facts.iter().filter(|(notice, _)| text.contains(notice));
        let told: Vec<_> = whose.collect();
        assert!(!told.is_empty() && text.contains("田中"), "{path} names nobody: {text}");
        for (notice, births) in told {
            assert!(births.iter().any(|birth| text.contains(birth)), "{path}: birth of {notice}: {text}");
        }
        assert!(text.contains(NOTE) || text.contains("間違えやすい方"), "{path} does not warn: {text}");
    }
    for path in ["/", &format!("/?booking={}", alikes.family), &format!("/bookings/{}/issue", alikes.family)]
    {
        open(&mut clerk, path).await;
        assert!(
            clerk.says("田中 美優") && clerk.says("A13-345602") && clerk.says("H30.9.2"),
            "{path}: the child"
        );
    }
}

#[tokio::test]
async fn a_card_between_two_people_is_told_by_number_name_and_birth_too() {
    let alikes = alikes().await;
    let Alikes { city, namesake, .. } = &alikes;
    let mut clerk = city.clerk("counter").await;
    let taker = city.city.db.read(Lane::Staff, |tx| accounts::by_user(tx, "counter")).await.unwrap().unwrap();
    let wish = Sending { card: *namesake, to: Heading::Person(taker.id), expect_version: None, batch: None };
    city.write(move |tx| storage::send(tx, &wish)).await;
    open(&mut clerk, "/storage/hand-over?act=take").await;
    for fact in ["田中健太", "A13-345604", "S52.7.7", NOTE, "自分"] {
        assert!(clerk.says(fact), "{fact}: {}", clerk.text());
    }
}

#[tokio::test]
async fn who_may_not_see_a_fact_sees_a_mask_on_every_such_page() {
    let alikes = alikes().await;
    let city = &alikes.city;
    let mut clerk = city.clerk("manager").await;
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let role = roles.into_iter().find(|role| role.code == "manager").unwrap();
    let mut fewer = role.permissions;
    for permission in [Permission::SeeName, Permission::SeeBirthDate, Permission::SeeNoticeId] {
        fewer.remove(&permission);
    }
    city.write(move |tx| accounts::set_permissions(tx, role.id, &fewer)).await;
    for path in pages(&alikes) {
        open(&mut clerk, &path).await;
        let html = clerk.page().html.clone();
        for hidden in [
            "田中",
            "健太",
            "美優",
            "タナカ",
            "A13-34560",
            "A1334560",
            "H2.4.13",
            "平成2年",
            "S26.12.1",
            "S52.7.7",
            "H30.9.2",
            "1990",
            "1951",
            "1977",
            "2018",
            "04/13",
        ] {
            assert!(!html.contains(hidden), "{path} shows {hidden}");
        }
        assert!(clerk.says("＊＊＊"), "{path}: {}", clerk.text());
    }
}
