//! The buttons of the board: each does its act once, refuses in words, and can be taken back.

use madoguchi::booking::{Act, BookingStatus, Serve};
use madoguchi::cards::CardStatus;
use madoguchi::once::OnceKey;

use super::desk::Desk;

#[tokio::test]
async fn a_row_goes_from_booked_to_waiting_to_done_and_back() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "田中 健太", "タナカ ケンタ").await;
    let id = desk.booked(&[card], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.press("受付：田中 健太さん").await;
    assert_eq!(clerk.fragment(), format!("r{id}"));
    assert!(clerk.says("田中 健太さんを「受付中」にしました。"), "{}", clerk.text());
    clerk.press("交付：田中 健太さん").await;
    assert!(
        clerk.says("田中 健太さんを「交付済」にしました。") && clerk.says("9:42 山田 花子"),
        "{}",
        clerk.text()
    );
    clerk.press("元に戻す：田中 健太さん").await;
    assert!(clerk.says("田中 健太さんの交付を取り消しました。"), "{}", clerk.text());
    clerk.press("受付を取り消す").await;
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
    assert_eq!(desk.look(card).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn the_banner_takes_an_act_back() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "田中 健太", "").await;
    let id = desk.booked(&[card], "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    clerk.press("未来庁にする").await;
    assert!(clerk.says("田中 健太さんを「未来庁」にしました。"), "{}", clerk.text());
    clerk.press("元に戻す").await;
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
    assert!(clerk.says("田中 健太さんの未来庁を取り消しました。"), "{}", clerk.text());
    clerk.open("/").await;
    assert!(!clerk.says("田中 健太さんの未来庁を取り消しました。"), "a banner is shown once");
}

#[tokio::test]
async fn a_double_click_hands_over_once() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "田中 健太", "").await;
    let id = desk.booked(&[card], "2026-04-13.0930").await;
    desk.booked(&[desk.card(2, "別の人", "").await], "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    clerk.press("受付：田中 健太さん").await;
    let mut twice = clerk.clone();
    clerk.press("交付：田中 健太さん").await;
    twice.press("交付：田中 健太さん").await;
    assert!(twice.says("田中 健太さんはすでに「交付済」です。変更はありません。"), "{}", twice.text());
    assert_eq!(desk.times(card, "booking.handed_over").await, 1);
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
}

#[tokio::test]
async fn one_key_of_a_board_serves_each_of_its_buttons() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let (first, second) = (desk.card(1, "田中 健太", "").await, desk.card(2, "佐藤 花子", "").await);
    let one = desk.booked(&[first], "2026-04-13.0930").await;
    let two = desk.booked(&[second], "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    let mut stale = clerk.clone();
    clerk.press("受付：田中 健太さん").await;
    stale.press("受付：佐藤 花子さん").await;
    for id in [one, two] {
        assert_eq!(desk.booking(id).await.status, BookingStatus::CheckedIn);
    }
}

#[tokio::test]
async fn who_was_too_slow_is_told_what_the_other_did() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "田中 健太", "").await;
    let id = desk.booked(&[card], "2026-04-13.0930").await;
    let mut slow = desk.browser("counter").await;
    slow.press("受付：田中 健太さん").await;
    let mut quick = desk.browser("manager").await;
    quick.press("交付：田中 健太さん").await;
    slow.press("受付を取り消す").await;
    assert_eq!(slow.status(), 422);
    assert!(
        slow.says("この予約はいま「交付済」です。ほかの職員が先に操作した可能性があります。"),
        "{}",
        slow.text()
    );
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
}

#[tokio::test]
async fn a_family_is_served_as_a_whole_or_by_choice() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let party = [desk.card(1, "父", "").await, desk.card(2, "母", "").await, desk.card(3, "子", "").await];
    let id = desk.booked(&party, "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13-000001").press("受付").await;
    assert!(
        clerk.says("ほか2枚：") && clerk.says("母さん") && clerk.says("B-03-002") && clerk.says("B-03-003"),
        "{}",
        clerk.text()
    );
    clerk.follow("人を選んで交付").await;
    assert_eq!(clerk.h1(), "交付する人を選んでください");
    clerk.untick("父さん").untick("母さん").untick("子さん").press("選んだ人を交付済にする").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("渡す人を選んでください。"));
    clerk.tick("母さん").press("選んだ人を交付済にする").await;
    assert!(clerk.says("母さんを「交付済」にしました。"), "{}", clerk.text());
    assert!(clerk.says("3人のうち1人交付済"), "{}", clerk.text());
    assert_eq!(desk.look(party[0]).await.status, CardStatus::Notified);
    clerk.press("全員を交付済にする").await;
    assert!(clerk.says("父さんほか1人を「交付済」にしました。"), "{}", clerk.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
    let undo = clerk.page().buttons.iter().position(|button| button.text == "元に戻す");
    assert!(undo.is_some());
}

#[tokio::test]
async fn the_banner_of_a_family_takes_back_only_what_it_tells_of() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let party = [desk.card(1, "父", "").await, desk.card(2, "母", "").await];
    let id = desk.booked(&party, "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.open(&format!("/bookings/{id}/issue")).await;
    clerk.untick("父さん").press("選んだ人を交付済にする").await;
    clerk.open(&format!("/bookings/{id}/issue")).await.press("選んだ人を交付済にする").await;
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
    let flash = clerk.page().forms.iter().position(|form| form.action.ends_with("/undo")).unwrap();
    let named: Vec<String> = clerk
        .page()
        .controls
        .iter()
        .filter(|control| control.form == flash && control.name == "card")
        .map(|control| control.value.clone())
        .collect();
    assert_eq!(named, [party[0].to_string()]);
}

#[tokio::test]
async fn a_missing_paper_is_noted_on_its_own_page() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let party = [desk.card(1, "父", "").await, desk.card(2, "子", "").await];
    let id = desk.booked(&party, "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    clerk.follow("不備：父さん").await;
    assert_eq!(clerk.h1(), "不備を記録します");
    clerk.press("不備にする").await;
    assert_eq!(clerk.status(), 422);
    assert!(
        clerk.says("どなたの書類かを選んでください。") && clerk.says("不備の内容を選ぶか"),
        "{}",
        clerk.text()
    );
    clerk.tick("子さん").fill("くわしい内容", "番号は 1234 5678 9018").press("不備にする").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("個人番号（マイナンバー）や特殊な文字は書けません"), "{}", clerk.text());
    assert_eq!(clerk.field("more")[0].value, "番号は 1234 5678 9018", "what was typed is kept");
    clerk.tick("本人確認書類が不足").fill("くわしい内容", "次回は学生証").press("不備にする").await;
    assert!(clerk.says("子さんを「不備」にしました。"), "{}", clerk.text());
    let reason = desk.look(party[1]).await.incomplete_reason;
    assert_eq!(reason.as_deref(), Some("本人確認書類が不足。次回は学生証"));
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed, "the father is still to come");
    clerk.open("/").await;
    assert!(clerk.says("本人確認書類が不足。次回は学生証"), "on the board as well");
}

#[tokio::test]
async fn many_rows_are_updated_at_once_with_an_answer_for_each() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let mut bookings = Vec::new();
    for (number, name) in [(1, "甲野"), (2, "乙野"), (3, "丙野")] {
        bookings.push(desk.booked(&[desk.card(number, name, "").await], "2026-04-13.0930").await);
    }
    let late = desk.booked(&[desk.card(4, "丁野", "").await], "2026-04-13.1100").await;
    let mut clerk = desk.browser("counter").await;
    clerk.press("まとめて更新").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("更新する方を選んでください。"));
    clerk.tick("選ぶ：甲野さん").tick("選ぶ：丁野さん").select("新しい状態", "未来庁");
    let mut twice = clerk.clone();
    clerk.press("まとめて更新").await;
    for words in [
        "2件のうち1件を更新しました。",
        "○ 甲野さんを「未来庁」にしました。",
        "× 丁野さん：予約の時間前です。",
    ] {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    twice.press("まとめて更新").await;
    assert!(twice.says("－ 甲野さんはすでに「未来庁」です。"), "{}", twice.text());
    assert_eq!(desk.booking(late).await.status, BookingStatus::Confirmed);
    clerk
        .tick("選ぶ：乙野さん")
        .tick("選ぶ：丙野さん")
        .select("新しい状態", "交付済")
        .press("まとめて更新")
        .await;
    assert!(clerk.says("2件のうち2件を更新しました。"), "{}", clerk.text());
    for id in &bookings[1..] {
        assert_eq!(desk.booking(*id).await.status, BookingStatus::Completed);
    }
}

#[tokio::test]
async fn a_bulk_form_with_nonsense_changes_nothing() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let id = desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    let (row, key) = (id.to_string(), clerk.hidden("once"));
    for to in ["", "cancelled", "confirmed", "disposed", "'; DROP TABLE card; --"] {
        clerk.post("/bookings/many", &[("pick", &row), ("to", to), ("once", &key)]).await;
        assert_eq!(clerk.status(), 422, "{to}");
        assert!(clerk.says("新しい状態を選んでください。"));
    }
    clerk.post("/bookings/many", &[("pick", "999999"), ("to", "completed"), ("once", &key)]).await;
    assert_eq!(clerk.status(), 404);
    clerk.open("/").await;
    let many: Vec<(&str, &str)> = (0..1001).map(|_| ("pick", row.as_str())).collect();
    clerk.post("/bookings/many", &[many, vec![("to", "completed"), ("once", &key)]].concat()).await;
    assert!(clerk.says("一度に更新できるのは1000件までです。"), "{}", clerk.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
}

#[tokio::test]
async fn what_another_clerk_handed_over_is_taken_back_by_a_manager_with_a_reason() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "田中 健太", "").await;
    let id = desk.booked(&[card], "2026-04-13.0930").await;
    let mut manager = desk.browser("manager").await;
    let mut clerk = desk.browser("counter").await;
    manager.press("受付：田中 健太さん").await.press("交付：田中 健太さん").await;
    clerk.open("/").await.press("元に戻す：田中 健太さん").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("交付した本人がその日のうちだけです。管理者に頼んでください。"), "{}", clerk.text());

    desk.console.clock.set("2026-04-14 09:00");
    let mut manager = desk.browser("manager").await;
    manager.open("/?day=2026-04-13").await.press("元に戻す：田中 健太さん").await;
    assert_eq!((manager.status(), manager.h1()), (422, "交付を元に戻します"));
    manager.press("元に戻す").await;
    assert!(manager.says("元に戻す理由を入力してください。"), "{}", manager.text());
    manager.fill("理由", "1234-5678-9018 の件").press("元に戻す").await;
    assert!(manager.says("個人番号（マイナンバー）や特殊な文字は書けません"), "{}", manager.text());
    manager.fill("理由", "取り違え").press("元に戻す").await;
    assert!(manager.says("田中 健太さんの交付を取り消しました。"), "{}", manager.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::NoShow);
}

#[tokio::test]
async fn a_booking_that_is_not_there_is_no_page_and_a_form_without_its_key_does_nothing() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let id = desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.0930").await;
    let mut clerk = desk.browser("counter").await;
    for path in [
        "/bookings/999/issue",
        "/bookings/abc/issue",
        "/bookings/-1/incomplete",
        "/bookings/99999999999999999999/issue",
    ] {
        clerk.open(path).await;
        assert_eq!(clerk.status(), 404, "{path}");
    }
    clerk.open("/").await;
    for (act, from) in
        [("check-in", ""), ("issue", ""), ("no-show", ""), ("undo", "checked_in"), ("undo", "nonsense")]
    {
        clerk.open("/").await.post(&format!("/bookings/{id}/{act}"), &[("from", from)]).await;
        assert_eq!(clerk.status(), 403, "{act}");
    }
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
}

#[tokio::test]
async fn who_works_for_one_office_cannot_touch_the_bookings_of_another() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let there = desk.booked_at(desk.there, &[desk.card(1, "甲野", "").await], "2026-04-13.0930").await;
    let here = desk.here;
    desk.console
        .write(move |tx| {
            let sql = "INSERT INTO staff_location (staff_id, location_id) SELECT id, ?1 FROM staff WHERE user = 'counter'";
            tx.run(sql, [here])
        })
        .await
        .unwrap();
    let mut clerk = desk.browser("counter").await;
    let key = clerk.hidden("once");
    clerk.post(&format!("/bookings/{there}/issue"), &[("once", &key)]).await;
    assert_eq!(clerk.status(), 403);
    clerk.open(&format!("/bookings/{there}/incomplete")).await;
    assert_eq!(clerk.status(), 403);
    assert_eq!(desk.booking(there).await.status, BookingStatus::Confirmed);
}

#[tokio::test]
async fn an_act_of_the_room_is_seen_on_the_board_at_once() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let id = desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.1000").await;
    desk.open();
    let wish =
        Serve { booking: id, act: Act::CheckIn, once: OnceKey::from_form("0123456789abcdef").unwrap() };
    desk.console.write(move |tx| madoguchi::booking::serve(tx, &wish)).await.unwrap();
    let clerk = desk.browser("counter").await;
    assert!(clerk.says("お待ちの方 1件 1人"), "{}", clerk.text());
}

#[tokio::test]
async fn a_whole_day_is_updated_with_one_form_and_sending_it_twice_changes_nothing_more() {
    let desk = Desk::at("2026-04-13 18:00").await;
    let mut bookings = Vec::new();
    for number in 1..=130 {
        bookings.push(
            desk.booked(&[desk.card(number, &format!("市民{number}"), "").await], "2026-04-13.0930").await,
        );
    }
    let mut clerk = desk.browser("counter").await;
    let key = clerk.hidden("once");
    let rows: Vec<String> = bookings.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = rows.iter().map(|row| ("pick", row.as_str())).collect();
    let form = [form, vec![("to", "completed"), ("once", &key)]].concat();
    clerk.post("/bookings/many", &form).await;
    assert!(clerk.says("130件のうち130件を更新しました。"), "{}", clerk.text());
    for id in &bookings {
        assert_eq!(desk.booking(*id).await.status, BookingStatus::Completed);
    }
    clerk.post("/bookings/many", &form).await;
    assert!(clerk.says("130件のうち0件を更新しました。"), "{}", clerk.text());
    assert!(clerk.says("市民130さんはすでに「交付済」です。"), "{}", clerk.text());
}
