//! What staff remark of somebody is never told to that person.
//!
//! Spec: 7(2)⑬.

use std::collections::BTreeSet;

use madoguchi::base::{CardId, Moment};
use madoguchi::booking::{self, ClosedSpan};
use madoguchi::cards::{self, SetRemark};
use madoguchi::db::Lane;
use madoguchi::jobs;
use madoguchi::once::OnceKey;

use super::steps::{EMAIL, acknowledge, ask_for_link, book, choose_time};
use crate::kit::{Browser, TestMunicipality};

const REMARK: &str = "瑠璃色の傘を預かる";
/// A word of the remark that nothing else holds.
const WORD: &str = "瑠璃";

async fn remarked(city: &TestMunicipality) -> CardId {
    let card = city.card(1, "田中 健太").await;
    let wish = SetRemark { card, remark: REMARK.to_owned(), no_my_number: false, expect_version: 1 };
    city.write(move |tx| cards::set_remark(tx, &wish)).await;
    card
}

fn clean(page: &Browser) {
    assert!(!page.page().html.contains(WORD), "{}: {}", page.address(), page.text());
}

/// Delivers what waits and notes its kinds; none of it holds the remark.
async fn post(city: &TestMunicipality, to: &str, kinds: &mut BTreeSet<String>) {
    for letter in city.letters(to).await {
        let told = [Some(letter.subject), Some(letter.body), letter.calendar];
        assert!(told.into_iter().flatten().all(|text| !text.contains(WORD)), "{}", letter.kind);
        kinds.insert(letter.kind);
    }
}

#[tokio::test]
async fn a_remark_stands_on_no_page_of_the_citizen_in_no_calendar_file_and_in_no_letter() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    remarked(&city).await;
    let (mut citizen, mut kinds) = (city.browser(), BTreeSet::new());
    book(&city, &mut citizen, 1, EMAIL).await;
    for language in ["ja", "ja-easy", "en"] {
        citizen.open(&format!("/language/{language}")).await;
        for path in
            ["/", "/my", "/my/booking", "/my/booking.ics", "/my/change", "/my/family", "/my/cancel", "/done"]
        {
            clean(citizen.open(path).await);
        }
    }
    assert!(citizen.open("/my/booking.ics").await.page().html.contains("BEGIN:VCALENDAR"));
    citizen.open("/language/ja").await;
    clean(citizen.open("/my/cancel").await.tick("あなた").press("予約を取り消す").await);
    post(&city, EMAIL, &mut kinds).await;
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["booking_cancelled", "booking_confirmed"]);
}

#[tokio::test]
async fn a_remark_is_told_by_no_change_no_reminder_and_no_invitation() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = remarked(&city).await;
    let (mut citizen, mut kinds) = (city.browser(), BTreeSet::new());
    book(&city, &mut citizen, 1, EMAIL).await;
    post(&city, EMAIL, &mut kinds).await;

    clean(citizen.open("/my/booking").await.follow("日時や場所を変える").await);
    citizen.press("日時を選び直す").await;
    clean(&citizen);
    choose_time(&mut citizen, "4月14日（火）", "10:00").await;
    clean(&citizen);
    acknowledge(&mut citizen).await;
    clean(&citizen);
    clean(citizen.press("この内容に変更する").await);
    post(&city, EMAIL, &mut kinds).await;
    assert!(kinds.remove("booking_changed"), "the citizen's own change: {kinds:?}");

    let live = city.city.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, card)).await;
    let id = live.unwrap().unwrap().id;
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{id}/change")).await;
    clerk.tick("9:00").press("変更する").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    post(&city, EMAIL, &mut kinds).await;
    assert!(kinds.contains("booking_changed"), "the change by staff: {kinds:?}");
    clean(citizen.open("/my/booking").await);

    // Somebody asks for a link of a card that is booked: the registered address alone learns of it.
    let mut other = city.browser();
    ask_for_link(&mut other, 1, "other@example.jp").await;
    clean(&other);
    post(&city, "other@example.jp", &mut kinds).await;
    post(&city, EMAIL, &mut kinds).await;

    city.clock.set("2026-04-13 12:30");
    jobs::remind(&city.city).await.unwrap();
    city.clock.set("2026-04-14 17:30");
    jobs::mark_no_show(&city.city).await.unwrap();
    city.clock.set("2026-04-21 12:30");
    jobs::invite_again(&city.city).await.unwrap();
    post(&city, EMAIL, &mut kinds).await;
    for kind in ["booking_confirmed", "booking_changed", "already_booked", "reminder", "no_show"] {
        assert!(kinds.contains(kind), "{kind} was sent: {kinds:?}");
    }
    clean(citizen.open("/my").await);
}

#[tokio::test]
async fn a_remark_is_told_by_no_letter_of_a_closure_and_no_page_that_chooses_again() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    remarked(&city).await;
    let (mut citizen, mut kinds) = (city.browser(), BTreeSet::new());
    book(&city, &mut citizen, 1, EMAIL).await;
    post(&city, EMAIL, &mut kinds).await;
    let office = city.office;
    city.write(move |tx| {
        let at = |minute| Moment::at("2026-04-13".parse().unwrap(), madoguchi::base::Minute::of(minute));
        let span = ClosedSpan { from: at(480), to: at(1020), places: vec![office] };
        let once = OnceKey::from_form("form-of-the-closure").unwrap();
        booking::close(tx, &booking::Close { span, reason: "停電".to_owned(), once })
    })
    .await;
    jobs::tell_closed(&city.city).await.unwrap();
    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.kind, "office_closed");
    assert!(!letter.body.contains(WORD) && !letter.subject.contains(WORD), "{}", letter.body);
    clean(city.browser().open(&letter.link("/m/")).await);
    clean(citizen.open("/my/booking").await);
}
