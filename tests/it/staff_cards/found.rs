//! What is found: every field alone and all at once, in every order, page by page.

use std::collections::BTreeSet;

use madoguchi::base::{BirthDate, CardId, Day, NoticeId};
use madoguchi::cards::search::From;
use madoguchi::cards::{self, Days, LookIn, NewCard, Paging, SetRemark, Sort, Terms};
use madoguchi::db::{Fault, Lane};

use super::{booked, shelves};
use crate::kit::TestMunicipality;

pub const MONDAY: &str = "2026-04-13 09:42";

/// The cards that fit, all of them.
async fn found(city: &TestMunicipality, terms: Terms) -> BTreeSet<CardId> {
    let read = city.city.db.read(Lane::Staff, move |tx| cards::search(tx, &terms, None));
    let found: Result<cards::Found, Fault> = read.await;
    found.unwrap().hits.into_iter().map(|card| card.id).collect()
}

/// Three cards: at two shelves, of two places, one with a remark, one booked.
pub async fn three(city: &TestMunicipality) -> [CardId; 3] {
    shelves(city).await;
    let (office, branch) = (city.office, city.branch);
    let add = move |tx: &madoguchi::db::WriteTx<'_>| {
        let storages = madoguchi::calendar::storages(tx)?;
        let mut ids = Vec::new();
        for (n, name, kana, birth) in [
            (1, "髙橋 美咲", "タカハシ ミサキ", "1990-04-13"),
            (2, "森 一", "モリ ハジメ", "1949-04-13"),
            (3, "NGUYEN VAN AN", "グエン ヴァン アン", "1998-11-02"),
        ] {
            let notice = NoticeId::from_norm(format!("A1334560{n}"));
            let mut new = NewCard::notified(notice, name, kana, BirthDate::parse(birth).unwrap());
            new.storage = storages.get(n - 1).map(|one| one.id);
            new.shelf = format!("B-0{n}");
            new.location = Some(if n == 1 { office } else { branch });
            new.notice_sent_on = Day::new(2026, 4, i8::try_from(n).unwrap());
            new.pickup_due_on = Day::new(2026, 7, i8::try_from(n).unwrap()).filter(|_| n != 3);
            new.valid_until = Day::new(2036, 4, i8::try_from(n).unwrap());
            new.residence_until = Day::new(2026, 8, 31).filter(|_| n == 3);
            ids.push(cards::add(tx, &new).unwrap());
        }
        Ok::<_, Fault>(ids)
    };
    let [one, two, three] = <[CardId; 3]>::try_from(city.write(add).await).unwrap();
    let remark = "午後に電話 100%".to_owned();
    let wish = SetRemark { card: two, remark, no_my_number: false, expect_version: 1 };
    city.write(move |tx| cards::set_remark(tx, &wish)).await;
    booked(city, &[one], "2026-04-20.0900", Some("taro@example.jp")).await;
    city.letters("taro@example.jp").await;
    [one, two, three]
}

fn days(from: &str, to: &str) -> Days {
    Days { from: from.parse().ok(), to: to.parse().ok() }
}

#[tokio::test]
async fn parts_of_names_readings_numbers_and_remarks_are_found_however_they_are_typed() {
    let city = TestMunicipality::at(MONDAY).await;
    let [one, two, three] = three(&city).await;
    let none = Terms::default;
    let asked = [
        ("two characters of a name", Terms { words: Some("高橋".to_owned()), ..none() }, vec![one]),
        ("one character", Terms { words: Some("森".to_owned()), ..none() }, vec![two]),
        ("the end of a name", Terms { words: Some("美咲".to_owned()), ..none() }, vec![one]),
        ("half of a reading", Terms { words: Some("ｶﾊｼ".to_owned()), ..none() }, vec![one]),
        ("letters in the middle", Terms { words: Some("van".to_owned()), ..none() }, vec![three]),
        ("the end of a number", Terms { words: Some("５６０２".to_owned()), ..none() }, vec![two]),
        ("a sign in a remark", Terms { words: Some("100%".to_owned()), ..none() }, vec![two]),
        ("a dot, which no reading has", Terms { words: Some("・".to_owned()), ..none() }, vec![]),
        ("a name", Terms { name: Some("ぐえん".to_owned()), ..none() }, vec![three]),
        ("a remark", Terms { remark: Some("電話".to_owned()), ..none() }, vec![two]),
        ("a birthday", Terms { birth: Some("0413".to_owned()), ..none() }, vec![one, two]),
        ("a birth date", Terms { birth: Some("1949-04-13".to_owned()), ..none() }, vec![two]),
    ];
    for (what, terms, expected) in asked {
        assert_eq!(found(&city, terms).await, expected.into_iter().collect(), "{what}");
    }
}

#[tokio::test]
async fn states_places_and_days_find_their_cards_alone_and_all_at_once() {
    let city = TestMunicipality::at(MONDAY).await;
    let [one, two, three] = three(&city).await;
    let (branch, none) = (city.branch, Terms::default);
    let all = Terms {
        words: Some("モリ".to_owned()),
        remark: Some("午後".to_owned()),
        birth: Some("0413".to_owned()),
        label: Some("notified".to_owned()),
        shelf: Some("B-0".to_owned()),
        location: Some(branch),
        has_email: Some(false),
        sent: days("2026-04-01", "2026-04-30"),
        created: days("2026-04-13", ""),
        ..none()
    };
    let asked = [
        ("a label", Terms { label: Some("booked".to_owned()), ..none() }, vec![one]),
        ("a shelf", Terms { shelf: Some("B-02".to_owned()), ..none() }, vec![two]),
        ("the beginning of a shelf", Terms { shelf: Some("B-".to_owned()), ..none() }, vec![one, two, three]),
        ("a place", Terms { location: Some(branch), ..none() }, vec![two, three]),
        ("an address", Terms { has_email: Some(true), ..none() }, vec![one]),
        ("no address", Terms { has_email: Some(false), ..none() }, vec![two, three]),
        ("sent", Terms { sent: days("2026-04-02", "2026-04-02"), ..none() }, vec![two]),
        ("sent from", Terms { sent: days("2026-04-02", ""), ..none() }, vec![two, three]),
        ("valid until", Terms { valid: days("", "2036-04-01"), ..none() }, vec![one]),
        ("residence ends", Terms { residence: days("2026-08-31", "2026-08-31"), ..none() }, vec![three]),
        ("residence ended before", Terms { residence: days("", "2026-08-30"), ..none() }, vec![]),
        ("due until", Terms { due: days("", "2026-07-01"), ..none() }, vec![one]),
        ("due from: not one without a day", Terms { due: days("2026-07-01", ""), ..none() }, vec![one, two]),
        (
            "registered today",
            Terms { created: days("2026-04-13", "2026-04-13"), ..none() },
            vec![one, two, three],
        ),
        ("registered tomorrow", Terms { created: days("2026-04-14", ""), ..none() }, vec![]),
        ("registered yesterday", Terms { created: days("", "2026-04-12"), ..none() }, vec![]),
        ("since today", Terms { since: days("2026-04-13", "2026-04-13"), ..none() }, vec![one, two, three]),
        ("since tomorrow", Terms { since: days("2026-04-14", ""), ..none() }, vec![]),
        ("booked", Terms { booked: days("2026-04-20", "2026-04-20"), ..none() }, vec![one]),
        ("booked elsewhen", Terms { booked: days("2026-04-21", ""), ..none() }, vec![]),
        ("all at once", all, vec![two]),
        (
            "one thing that does not fit",
            Terms { words: Some("モリ".to_owned()), shelf: Some("B-03".to_owned()), ..none() },
            vec![],
        ),
    ];
    for (what, terms, expected) in asked {
        assert_eq!(found(&city, terms).await, expected.into_iter().collect(), "{what}");
    }
}

#[tokio::test]
async fn every_page_of_every_order_holds_each_card_once_forwards_and_back() {
    let city = TestMunicipality::at(MONDAY).await;
    shelves(&city).await;
    city.write(|tx| {
        let storages = madoguchi::calendar::storages(tx)?;
        for n in 0..4100_u32 {
            let notice = NoticeId::from_norm(format!("B{:02}{n:06}", n % 7));
            let birth = format!("19{:02}-04-13", n % 90 + 10);
            let birth = BirthDate::parse(&birth).map_err(|_| Fault::Stored("birth".to_owned()))?;
            let name = format!("見本 {}", n % 40);
            let mut new = NewCard::notified(notice, &name, &format!("ミホン {}", n % 60), birth);
            new.storage = storages.get(usize::try_from(n % 3).unwrap_or(0)).map(|one| one.id);
            new.shelf = format!("B-{:02}", n % 11);
            new.pickup_due_on =
                Day::new(2026, 7, i8::try_from(n % 28 + 1).unwrap_or(1)).filter(|_| n % 5 > 0);
            cards::add(tx, &new).map_err(|_| Fault::Stored("card".to_owned()))?;
        }
        Ok::<_, Fault>(())
    })
    .await;
    let few = Terms { name: Some("見本 1".to_owned()), ..Terms::default() };
    let many = Terms { label: Some("notified".to_owned()), ..Terms::default() };
    for (terms, whole) in [(few, 1133), (many, 4100)] {
        for sort in Sort::ALL {
            let forwards = turned(&city, &terms, sort, false, From::Start).await;
            let mut back = turned(&city, &terms, sort, true, From::Start).await;
            assert_eq!(forwards.iter().collect::<BTreeSet<_>>().len(), whole, "{sort:?}");
            assert_eq!(forwards.len(), whole, "{sort:?}: each once");
            back.reverse();
            assert!(back == forwards, "{sort:?}: the other way round");
            let last = *forwards.last().unwrap();
            let up = turned(&city, &terms, sort, false, From::Before(last)).await;
            assert!(up == forwards[..whole - 1], "{sort:?}: turned back page by page");
        }
    }
}

/// Turns page after page, and gives the cards in the order of the list.
async fn turned(
    city: &TestMunicipality,
    terms: &Terms,
    sort: Sort,
    backwards: bool,
    from: From,
) -> Vec<CardId> {
    let (mut from, mut cards) = (from, Vec::<CardId>::new());
    loop {
        let paging = Paging { sort, backwards, from, most: 500 };
        let terms = terms.clone();
        let read = city.city.db.read(Lane::Staff, move |tx| cards::list(tx, &terms, LookIn::ALL, paging));
        let page: Result<cards::Listing, Fault> = read.await;
        let page = page.unwrap();
        let hits = page.hits.iter().map(|card| card.id);
        if matches!(from, From::Before(_)) {
            cards.splice(0..0, hits);
            match page.hits.first() {
                Some(first) if page.before => from = From::Before(first.id),
                _ => return cards,
            }
        } else {
            cards.extend(hits);
            match page.hits.last() {
                Some(last) if page.after => from = From::After(last.id),
                _ => return cards,
            }
        }
    }
}

#[tokio::test]
async fn a_page_is_turned_back_as_well_and_too_many_hits_say_what_narrows() {
    let city = TestMunicipality::at(MONDAY).await;
    city.write(|tx| {
        for n in 0..1010_u32 {
            let birth = BirthDate::parse("1990-04-13").map_err(|_| Fault::Stored("birth".to_owned()))?;
            let notice = NoticeId::from_norm(format!("B00{n:06}"));
            let new = NewCard::notified(notice, &format!("見本 {n:04}"), "", birth);
            cards::add(tx, &new).map_err(|_| Fault::Stored("card".to_owned()))?;
        }
        Ok::<_, Fault>(())
    })
    .await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("ことば", "見本").press("検索する").await;
    assert!(
        clerk.says("1000件より多く見つかりました。生月日・状態・保管場所を足すと、しぼり込めます。"),
        "{}",
        clerk.text()
    );
    clerk.follow("次へ").await.follow("次へ").await;
    assert!(clerk.says("101〜150件目／1000件より多い") && clerk.says("見本 0100"), "{}", clerk.text());
    clerk.follow("前へ").await;
    assert!(
        clerk.says("51〜100件目") && clerk.says("見本 0050") && !clerk.says("見本 0100"),
        "{}",
        clerk.text()
    );
    clerk.follow("最初へ").await;
    assert!(clerk.says("1〜50件目") && clerk.says("見本 0000"), "{}", clerk.text());
}
