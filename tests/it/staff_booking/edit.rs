//! A booking at the console: moved, widened, taken apart, cancelled, its mail sent again.

use madoguchi::base::Email;
use madoguchi::booking::{self, BookByStaff, BookingStatus, Channel, Overbook};
use madoguchi::once::OnceKey;

use super::{booked, live, look, people};
use crate::kit::municipality::TestMunicipality;

#[tokio::test]
async fn a_booking_moves_to_another_time_and_place_and_its_seat_is_free_again() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let id = booked(&city, &people(&city, 1, 2).await, "2026-04-13.0900").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{id}")).await;
    assert!(clerk.says("市民1") && clerk.says("4月13日（月）9:00から9:30"), "{}", clerk.text());
    clerk.follow("日時・場所を変更").await;
    assert!(clerk.says("新しい時間が決まるまで、この枠はそのままです"), "{}", clerk.text());
    assert!(clerk.says("9:00 2／4 いまの時間"), "{}", clerk.text());
    clerk.tick("9:30").press("変更する").await;
    assert!(clerk.says("予約を変更しました。") && clerk.says("9:30から10:00"), "{}", clerk.text());
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (0, 2));

    clerk.follow("日時・場所を変更").await;
    clerk.select("場所", "東支所").press("場所を切り替える").await;
    clerk.follow("4月14日（火）").await;
    clerk.tick("13:00").press("変更する").await;
    assert!(clerk.says("東支所") && clerk.says("4月14日（火）13:00から"), "{}", clerk.text());
    assert_eq!(look(&city, id).await.location, city.branch);
}

#[tokio::test]
async fn a_full_time_takes_no_booking_over_and_the_old_seat_stays() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, &people(&city, 1, 4).await, "2026-04-13.0900").await;
    let id = booked(&city, &people(&city, 5, 1).await, "2026-04-13.0930").await;
    let slot = format!("{}.2026-04-13.0900", city.office);
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{id}/change")).await;
    let (version, once) = (clerk.hidden("version"), clerk.hidden("once"));
    let fields =
        [("slot", slot.as_str()), ("version", version.as_str()), ("over", "是非"), ("once", once.as_str())];
    clerk.post(&format!("/bookings/{id}/change"), &fields).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("人数分の空きがありません"), "{}", clerk.text());
    assert_eq!(city.taken("2026-04-13.0930").await, 1);

    let mut manager = city.clerk("manager").await;
    manager.open(&format!("/bookings/{id}/change")).await;
    manager.tick("9:00").press("変更する").await;
    assert_eq!(manager.status(), 422);
    manager.fill("枠を超えて登録する理由", "体調のため").press("枠を超えて変更する").await;
    assert!(manager.says("理由：体調のため"), "{}", manager.text());
    assert_eq!(city.taken("2026-04-13.0900").await, 5);
}

#[tokio::test]
async fn whoever_comes_second_sees_what_the_first_has_done() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let id = booked(&city, &people(&city, 1, 1).await, "2026-04-13.0900").await;
    let mut first = city.clerk("counter").await;
    let mut second = city.clerk("call_center").await;
    first.open(&format!("/bookings/{id}/change")).await;
    second.open(&format!("/bookings/{id}/change")).await;
    first.tick("9:30").press("変更する").await;
    second.tick("10:00").press("変更する").await;
    assert_eq!((second.status(), second.fragment()), (422, "err"));
    assert!(second.says("この画面を開いたあとに予約が変わりました"), "{}", second.text());
    assert!(second.says("4月13日（月）9:30から10:00"), "it shows how it stands now: {}", second.text());
    second.tick("10:00").press("変更する").await;
    assert!(second.says("予約を変更しました。"), "and can go on from there: {}", second.text());

    first.open(&format!("/bookings/{id}/change")).await;
    second.open(&format!("/bookings/{id}/cancel")).await;
    second.fill("理由", "電話").press("取り消す").await;
    first.tick("11:00").press("変更する").await;
    assert!(first.says("取消・完了などのため変更や取消ができません"), "{}", first.text());
    assert_eq!(look(&city, id).await.status, BookingStatus::Cancelled);
}

#[tokio::test]
async fn a_relative_is_added_while_there_is_room_and_over_it_with_a_reason_only() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, &people(&city, 1, 2).await, "2026-04-13.0900").await;
    let family = people(&city, 10, 3).await;
    let id = booked(&city, &family[..1], "2026-04-13.0900").await;
    let mut manager = city.clerk("manager").await;
    manager.open(&format!("/bookings/{id}")).await;
    manager.fill("人を加える", "A13-000011").press("加える").await;
    assert!(manager.says("予約に1人加えました。") && manager.says("市民11"), "{}", manager.text());
    manager.fill("人を加える", "A13-000012").press("加える").await;
    assert_eq!((manager.status(), manager.fragment()), (422, "err"));
    assert!(manager.says("枠を超えて登録するには理由を入力してください"), "{}", manager.text());
    manager.fill("枠を超えて加える理由", "家族で来庁").press("加える").await;
    assert!(manager.says("予約に1人加えました。") && manager.says("理由：家族で来庁"), "{}", manager.text());
    let stands = look(&city, id).await;
    assert_eq!((stands.people, stands.over_reason.as_deref()), (3, Some("家族で来庁")));

    manager.fill("人を加える", "A13-000001").press("加える").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("すでに予約があります"), "{}", manager.text());
}

#[tokio::test]
async fn one_person_is_taken_out_then_the_rest_cancelled_each_with_its_reason() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let family = people(&city, 1, 2).await;
    let id = booked(&city, &family, "2026-04-13.0900").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{id}")).await;
    clerk.follow("外す：市民2さん").await;
    clerk.press("取り消す").await;
    assert_eq!((clerk.status(), clerk.fragment()), (422, "err"));
    assert!(clerk.says("取り消す理由を入力してください。"), "{}", clerk.text());
    clerk.fill("理由", "別の日に一人で").press("取り消す").await;
    assert!(clerk.says("予約から外しました。残りは1人です。"), "{}", clerk.text());
    assert_eq!((live(&city, family[1]).await, city.taken("2026-04-13.0900").await), (None, 1));

    clerk.follow("取り消す").await;
    let mut twice = clerk.clone();
    clerk.fill("理由", "電話で取消").press("取り消す").await;
    assert!(clerk.says("予約を取り消しました。枠は空きました。"), "{}", clerk.text());
    assert!(clerk.says("理由：電話で取消"), "{}", clerk.text());
    twice.fill("理由", "電話で取消").press("取り消す").await;
    assert_eq!(twice.status(), 200, "the same form again changes nothing");
    twice.open(&format!("/bookings/{id}/cancel")).await;
    assert_eq!(twice.path(), format!("/bookings/{id}"));
    assert!(twice.says("変更や取消ができません"), "{}", twice.text());
    let cancelled = look(&city, id).await;
    assert_eq!((cancelled.status, cancelled.sequence), (BookingStatus::Cancelled, 2));
    assert_eq!(city.taken("2026-04-13.0900").await, 0);
}

#[tokio::test]
async fn the_confirmation_is_sent_again_on_request_and_only_there() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let two = people(&city, 1, 2).await;
    let wish = BookByStaff {
        party: two[..1].to_vec(),
        slot: format!("{}.2026-04-13.0900", city.office).parse().unwrap(),
        email: Some(Email::parse("taro@example.jp").unwrap()),
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: OnceKey::from_form("form-with-an-address").unwrap(),
    };
    let id = city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    city.letter("taro@example.jp").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{id}")).await;
    clerk.press("予約の確認をもう一度送る").await;
    assert!(clerk.says("予約の確認メールをもう一度送ります。"), "{}", clerk.text());
    assert_eq!(city.letter("taro@example.jp").await.kind, "booking_confirmed");
    clerk.open(&format!("/bookings/{id}")).await;
    assert!(clerk.says("送信済") && clerk.says("確認メールを再送"), "{}", clerk.text());

    let silent = booked(&city, &two[1..], "2026-04-13.0900").await;
    clerk.open(&format!("/bookings/{silent}")).await;
    assert!(clerk.says("メールアドレスがないため、メールは送っていません"), "{}", clerk.text());
    assert!(clerk.page().buttons.iter().all(|button| button.text != "予約の確認をもう一度送る"));
}

#[tokio::test]
async fn bookings_that_are_not_there_are_no_page() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = city.clerk("counter").await;
    for address in ["/bookings/99", "/bookings/99/change", "/bookings/99/cancel", "/bookings/x"] {
        clerk.open(address).await;
        assert_eq!(clerk.status(), 404, "{address}");
    }
}
