//! The outbox and the list of addresses that letters do not reach, as a clerk uses them.

use madoguchi::base::{BookingId, CardId, Email, OutboxId};
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::db::Lane;
use madoguchi::mail::{self, Letter, Post, Sent, State};
use madoguchi::once::OnceKey;

use crate::kit::TestMunicipality;

const EMAIL: &str = "taro@example.jp";

async fn booked(city: &TestMunicipality, card: CardId, time: &str) -> BookingId {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.2026-04-13.{time}", city.office).parse().unwrap(),
        email: Some(Email::parse(EMAIL).unwrap()),
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("0123456789abcdef{card}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await
}

async fn state(city: &TestMunicipality, id: i64) -> State {
    let kept = city.city.db.read(Lane::Staff, move |tx| mail::kept(tx, OutboxId::of(id))).await.unwrap();
    kept.unwrap().row.state
}

/// 田中 with a booking on 13 April whose confirmation waits.
async fn waiting() -> (TestMunicipality, CardId, BookingId) {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let card = city.card(1, "田中 健太").await;
    let booking = booked(&city, card, "0930").await;
    (city, card, booking)
}

/// Ends every letter that waits in this way.
async fn end(city: &TestMunicipality, sent: Sent) {
    city.write(move |tx| {
        for due in mail::claim(tx, 100)? {
            mail::settle(tx, &due, &sent)?;
        }
        Ok::<_, madoguchi::db::Fault>(())
    })
    .await;
}

fn taken() -> Sent {
    Sent::Taken { answer: "250 Ok".to_owned() }
}

fn never() -> Sent {
    Sent::Never { answer: "550 5.1.1 <taro@example.jp> unknown".to_owned(), no_mailbox: true }
}

#[tokio::test]
async fn a_letter_is_seen_from_when_it_waits_until_it_was_sent_and_says_what_it_said() {
    let (city, _, _) = waiting().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail").await;
    for told in ["待っている 1", "予約完了", "A13-000001", EMAIL, "送信待ち"] {
        assert!(clerk.says(told), "{told} in {}", clerk.text());
    }
    city.clock.set("2026-04-06 09:05");
    end(&city, taken()).await;
    clerk.open("/mail").await;
    assert!(clerk.says("今日 送った 1") && clerk.says("4月6日（月）9:05"), "{}", clerk.text());
    clerk.open("/mail/1").await;
    for told in
        ["予約完了", "4月6日（月）9:05に送りました", "250 Ok", "4月13日（月）", "本庁舎", "booking.ics"]
    {
        assert!(clerk.says(told), "{told} in {}", clerk.text());
    }
}

#[tokio::test]
async fn whether_and_when_a_reminder_came_is_answered_on_the_card_the_booking_and_here() {
    let (city, card, booking) = waiting().await;
    end(&city, taken()).await;
    city.clock.set("2026-04-12 12:30");
    madoguchi::jobs::remind(&city.city).await.unwrap();
    city.clock.set("2026-04-12 12:31");
    end(&city, taken()).await;
    let mut clerk = city.clerk("manager").await;
    for page in [
        format!("/cards/{card}"),
        format!("/bookings/{booking}"),
        format!("/mail?card={card}"),
        format!("/mail?booking={booking}&kind=reminder"),
    ] {
        clerk.open(&page).await;
        assert!(clerk.says("事前のお知らせ") && clerk.says("4月12日（日）12:31"), "{page}: {}", clerk.text());
    }
}

#[tokio::test]
async fn the_link_and_the_code_of_a_letter_are_shown_to_nobody() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    city.write(|tx| {
        let to = Email::parse(EMAIL).unwrap();
        let letter = Letter::Link {
            token: "secrettoken".to_owned(),
            code: "987654".to_owned(),
            hours: 24,
            code_minutes: 30,
        };
        let dedup = "x".to_owned();
        mail::enqueue(
            tx,
            &Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup },
        )
    })
    .await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail/1").await;
    let html = clerk.page().html.clone();
    assert!(html.contains("＊＊＊") && !html.contains("secrettoken") && !html.contains("987654"), "{html}");
    end(&city, taken()).await;
    clerk.open("/mail/1").await.press("もう一度送る").await;
    assert!(clerk.says("リンクは送ったあとに消しているため"), "{}", clerk.text());
    assert_eq!(state(&city, 1).await, State::Sent);
}

#[tokio::test]
async fn a_dead_letter_goes_again_once_and_a_sent_one_as_a_second_copy() {
    let (city, _, _) = waiting().await;
    end(&city, Sent::Never { answer: "554 no".to_owned(), no_mailbox: false }).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail?state=dead").await.tick("選ぶ：1番");
    let mut twice = clerk.clone();
    clerk.press("もう一度送る").await;
    assert!(clerk.says("1通を送り直します"), "{}", clerk.text());
    twice.press("もう一度送る").await;
    assert!(twice.says("1通を送り直します"), "the same form sent again says the same: {}", twice.text());
    assert_eq!(state(&city, 1).await, State::Queued);
    end(&city, taken()).await;
    clerk.open("/mail").await.press("もう一度：1番").await;
    clerk.open("/mail/2").await;
    assert!(clerk.says("もとのメール") && clerk.says("送信待ち"), "{}", clerk.text());
    let same = city.city.db.read(Lane::Staff, |tx| {
        tx.one("SELECT COUNT(DISTINCT message_id) AS n FROM outbox", [], |row| row.get::<_, i64>("n"))
    });
    assert_eq!(same.await.unwrap(), 2, "no mailbox may take the copy for the first");
    clerk.open("/mail/1").await;
    assert!(clerk.says("メールを送り直した") && clerk.says("山田 花子"), "{}", clerk.text());
}

#[tokio::test]
async fn a_letter_whose_booking_has_another_time_is_not_sent_again() {
    let (city, _, booking) = waiting().await;
    end(&city, taken()).await;
    city.write(move |tx| tx.run("UPDATE booking SET sequence = sequence + 1 WHERE id = ?", [booking])).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail/1").await.press("もう一度送る").await;
    assert!(clerk.says("予約が変わったか終わったため"), "{}", clerk.text());
}

#[tokio::test]
async fn a_waiting_letter_is_taken_back_and_the_card_tells_who_did_it() {
    let (city, card, _) = waiting().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail").await.press("取りやめ：1番").await;
    assert!(clerk.says("1通を送るのをやめました"), "{}", clerk.text());
    assert_eq!(state(&city, 1).await, State::Cancelled);
    clerk.open(&format!("/cards/{card}")).await;
    assert!(clerk.says("メールの送信を取りやめ"), "{}", clerk.text());
    clerk.open("/mail/1").await;
    assert!(clerk.says("職員が取りやめました"), "{}", clerk.text());
}

#[tokio::test]
async fn nothing_ticked_and_days_the_wrong_way_round_are_said_at_their_place() {
    let (city, _, _) = waiting().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/mail").await.press("もう一度送る").await;
    assert!(clerk.status() == 422 && clerk.says("メールを選んでください"), "{}", clerk.text());
    clerk.open("/mail?from=2026-04-13&to=2026-04-06").await;
    assert!(clerk.says("始めの日と同じか後の日"), "{}", clerk.text());
}

#[tokio::test]
async fn days_begin_at_midnight_in_japan() {
    let mut city = TestMunicipality::at("2026-04-12 23:59:59").await;
    city.mail_may_stay();
    let card = city.card(1, "田中 健太").await;
    city.queue(&["late@example.jp".to_owned()], Some(card)).await;
    city.clock.set("2026-04-13 00:00:00");
    city.queue(&["early@example.jp".to_owned()], Some(card)).await;
    let mut clerk = city.clerk("manager").await;
    for (day, there, not) in [("2026-04-12", "late@", "early@"), ("2026-04-13", "early@", "late@")] {
        clerk.open(&format!("/mail?from={day}&to={day}")).await;
        assert!(clerk.says(there) && !clerk.says(not), "{day}: {}", clerk.text());
    }
}

#[tokio::test]
async fn letters_are_found_by_number_and_address_without_either_in_the_address_bar() {
    let (city, card, booking) = waiting().await;
    let mut clerk = city.clerk("manager").await;
    let no = city.city.db.read(Lane::Staff, move |tx| booking::get(tx, booking)).await.unwrap().unwrap().no;
    for (typed, path) in [
        (EMAIL, "/mail?like=1".to_owned()),
        ("ＴＡＲＯ＠example.jp", "/mail?like=1".to_owned()),
        ("A13-000001", format!("/mail?card={card}")),
        (no.as_str(), format!("/mail?booking={booking}")),
    ] {
        clerk.open("/mail").await.fill("通知書ID・予約番号・メールアドレス", typed);
        clerk.press("この方のメールを探す").await;
        assert_eq!(clerk.address().trim_start_matches("/mihon"), path, "{typed}");
        assert!(clerk.says("予約完了"), "{}", clerk.text());
    }
    clerk.open("/mail").await.fill("通知書ID・予約番号・メールアドレス", "nobody@example.jp");
    clerk.press("この方のメールを探す").await;
    assert!(clerk.status() == 422 && clerk.says("合うメールはありません"), "{}", clerk.text());
}

#[tokio::test]
async fn fifty_letters_a_page_and_none_is_missed_between_pages() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let to: Vec<String> = (0..120).map(|number| format!("c{number}@example.jp")).collect();
    city.queue(&to, None).await;
    let mut clerk = city.clerk("manager").await;
    let mut seen = std::collections::BTreeSet::new();
    clerk.open("/mail?state=waiting").await;
    for page in [50, 50, 20] {
        let before = seen.len();
        seen.extend((0..120).filter(|number| clerk.says(&format!("c{number}@example.jp"))));
        assert_eq!(seen.len() - before, page);
        if page == 50 {
            clerk.follow("前の50通").await;
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_reached_is_shown_where_people_look_and_lifted_with_a_reason() {
    let (city, card, booking) = waiting().await;
    end(&city, never()).await;
    let mut clerk = city.clerk("manager").await;
    for page in [format!("/cards/{card}"), format!("/bookings/{booking}"), "/mail/failures".to_owned()] {
        clerk.open(&page).await;
        assert!(clerk.says("メール不達"), "{page}: {}", clerk.text());
    }
    assert!(clerk.says("田中 健太") && clerk.says("550 5.1.1"), "{}", clerk.text());
    clerk.follow("確かめて解除する").await.press("メール不達を解除する").await;
    assert!(clerk.status() == 422 && clerk.says("届くとわかった理由を入力してください"), "{}", clerk.text());
    clerk.fill("届くとわかった理由", "本人から電話").press("メール不達を解除する").await;
    assert!(clerk.says("メール不達を解除しました"), "{}", clerk.text());
    assert!(clerk.says("届かなかったアドレスはありません"), "{}", clerk.text());
    clerk.open(&format!("/cards/{card}")).await;
    assert!(clerk.says("メール不達を解除") && clerk.says("本人から電話"), "{}", clerk.text());
}

#[tokio::test]
async fn whoever_may_not_see_addresses_sees_them_nowhere_and_finds_by_none() {
    let (city, _, _) = waiting().await;
    end(&city, never()).await;
    let role = "DELETE FROM role_permission WHERE permission = 'see_email' AND role_id = (SELECT id FROM role WHERE code = 'manager')";
    city.write(move |tx| tx.run(role, [])).await;
    let mut clerk = city.clerk("manager").await;
    for page in ["/mail", "/mail/1", "/mail/failures", "/mail/failures/1"] {
        clerk.open(page).await;
        assert_eq!(clerk.status(), 200, "{page}");
        assert!(
            !clerk.page().html.contains(EMAIL) && clerk.says("ta***@example.jp"),
            "{page}: {}",
            clerk.text()
        );
    }
    clerk.open("/mail").await.fill("通知書ID・予約番号・メールアドレス", EMAIL);
    clerk.press("この方のメールを探す").await;
    assert_eq!(clerk.status(), 422);
}
