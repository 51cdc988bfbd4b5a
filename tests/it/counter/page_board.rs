//! The board itself: groups, counters, days, what is masked, what is said when there is nothing.

use madoguchi::accounts::{self, Permission};
use madoguchi::cards::SetRemark;
use madoguchi::db::Lane;

use super::desk::Desk;

#[tokio::test]
async fn the_board_is_sorted_by_what_must_happen() {
    let desk = Desk::at("2026-04-13 09:20").await;
    for (number, name, time) in [
        (1, "甲野", "1000"),
        (2, "乙野", "0900"),
        (3, "丙野", "0900"),
        (4, "丁野", "0930"),
        (5, "戊野", "0900"),
    ] {
        let card = desk.card(number, name, "").await;
        desk.booked(&[card], &format!("2026-04-13.{time}")).await;
    }
    let mut clerk = desk.browser("counter").await;
    clerk.press("受付：丁野さん").await;
    desk.console.clock.set("2026-04-13 09:25");
    clerk.press("受付：丙野さん").await;
    clerk.press("交付：丁野さん").await;
    desk.console.clock.set("2026-04-13 09:42");
    clerk.open("/").await;
    let text = clerk.text().to_owned();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    let order = [
        "お待ちの方 1件 1人",
        "丙野",
        "これから来る方 3件 3人",
        "乙野",
        "戊野",
        "甲野",
        "済んだ方 1件 1人",
        "丁野",
    ];
    let board = at("お待ちの方");
    let places: Vec<usize> = order.iter().map(|words| board + text[board..].find(words).unwrap()).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{text}");
    for words in [
        "待ち17分",
        "遅れ42分",
        "すべて 5",
        "これから 3",
        "うち遅れ 2",
        "受付中 1",
        "交付済 1",
        "不備 0",
        "未来庁 0",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[tokio::test]
async fn a_counter_filters_and_stays_with_the_day() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.0900").await.get();
    desk.booked(&[desk.card(2, "乙野", "").await], "2026-04-13.1000").await;
    desk.booked(&[desk.card(3, "丙野", "").await], "2026-04-14.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.follow("うち遅れ").await;
    assert!(clerk.says("甲野") && !clerk.says("乙野"), "{}", clerk.text());
    clerk.follow("交付済").await;
    assert!(clerk.says("当てはまる予約はありません"), "{}", clerk.text());
    clerk.follow("すべて見る").await;
    assert!(clerk.says("甲野") && clerk.says("乙野") && !clerk.says("丙野"));
    clerk.fill("日", "2026-04-14").press("表示").await;
    assert_eq!(clerk.address(), "/mihon/?day=2026-04-14");
    assert!(clerk.says("丙野") && clerk.says("これからの日です"), "{}", clerk.text());
    assert!(
        !clerk.page().buttons.iter().any(|button| button.text.contains("丙野")),
        "nothing to press before the day"
    );
    clerk.follow("これから").await;
    assert_eq!(clerk.address(), "/mihon/?day=2026-04-14&show=to_come");
    for nonsense in [
        "/?day=2026-02-30",
        "/?day=x&show=y",
        "/?booking=999",
        "/?card=999",
        "/?among=1.2.x",
        "/?booking=-1&card=%00",
    ] {
        clerk.open(nonsense).await;
        assert_eq!(clerk.status(), 200, "{nonsense}");
    }
}

#[tokio::test]
async fn the_day_changes_at_midnight_in_japan() {
    let desk = Desk::at("2026-04-13 23:59").await;
    desk.booked(&[desk.card(1, "丙野", "").await], "2026-04-14.1000").await;
    let mut clerk = desk.browser("counter").await;
    assert!(clerk.says("4月13日（月）の予約はまだありません"), "{}", clerk.text());
    desk.console.clock.set("2026-04-14 00:00");
    clerk.open("/").await;
    assert!(clerk.says("丙野") && clerk.says("受付："), "{}", clerk.text());
}

#[tokio::test]
async fn on_a_past_day_what_was_done_can_still_be_entered_and_nobody_is_checked_in() {
    let desk = Desk::at("2026-04-13 11:00").await;
    let id = desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.1130").await;
    desk.console.clock.set("2026-04-14 09:00");
    let mut clerk = desk.browser("counter").await;
    clerk.open("/?day=2026-04-13").await;
    assert!(clerk.says("過ぎた日です") && clerk.says("来庁の記録がない方 1件"), "{}", clerk.text());
    assert!(!clerk.says("遅れ"), "a past day has no clock running");
    assert!(!clerk.page().buttons.iter().any(|button| button.text == "受付：甲野さん"));
    clerk.press("交付：甲野さん").await;
    assert_eq!((clerk.address(), clerk.fragment()), ("/mihon/?day=2026-04-13", format!("r{id}").as_str()));
    assert!(clerk.says("甲野さんを「交付済」にしました。"), "{}", clerk.text());
}

#[tokio::test]
async fn an_empty_day_says_why_and_what_to_do() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let mut clerk = desk.browser("counter").await;
    for (day, words) in [
        ("", "4月13日（月）の予約はまだありません"),
        ("", "本庁舎 市民課はこの日、9:00から12:00まで開いています（枠30）"),
        ("?day=2026-04-18", "4月18日（土）の予約はまだありません"),
        ("?day=2026-04-18", "この日、開いていません"),
        ("?day=2026-04-29", "この日、開いていません（昭和の日）"),
        ("?day=2026-04-10", "4月10日（金）の予約はありません"),
    ] {
        clerk.open(&format!("/{day}")).await;
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
}

#[tokio::test]
async fn another_office_has_another_board() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.1000").await;
    desk.booked_at(desk.there, &[desk.card_there(2, "乙野").await], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    assert!(clerk.says("甲野") && !clerk.says("乙野"));
    clerk.press("東総合支所").await;
    assert!(!clerk.says("甲野") && clerk.says("乙野"), "{}", clerk.text());
}

#[tokio::test]
async fn a_card_that_lies_elsewhere_is_marked() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.booked(&[desk.card_there(9, "井上 恵").await], "2026-04-13.1000").await;
    let clerk = desk.browser("counter").await;
    assert!(clerk.says("東の棚 B-03-009") && clerk.says("回送 未着"), "{}", clerk.text());
}

/// Takes permissions from the role of the counter.
async fn without(desk: &Desk, taken: &'static [Permission]) {
    let roles = desk.console.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let role = roles.into_iter().find(|role| role.code == "counter").unwrap();
    let left = role.permissions.iter().copied().filter(|one| !taken.contains(one)).collect();
    desk.console.write(move |tx| accounts::set_permissions(tx, role.id, &left)).await.unwrap();
}

#[tokio::test]
async fn what_may_not_be_seen_stands_nowhere_on_the_board_or_in_an_answer() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(345_603, "田中 健太", "タナカ ケンタ").await;
    let wish = SetRemark { card, remark: "車いす".to_owned(), no_my_number: false, expect_version: 1 };
    desk.console.write(move |tx| madoguchi::cards::set_remark(tx, &wish)).await.unwrap();
    let id = desk.booked(&[card], "2026-04-13.1000").await;
    let facts = ["田中 健太", "タナカ ケンタ", "A13-345603", "H2.4.13", "車いす"];
    let mut clerk = desk.browser("counter").await;
    for fact in facts {
        assert!(clerk.says(fact), "{fact}: {}", clerk.text());
    }
    without(
        &desk,
        &[Permission::SeeName, Permission::SeeNoticeId, Permission::SeeBirthDate, Permission::SeeRemark],
    )
    .await;
    let paths = [
        "/".to_owned(),
        format!("/?booking={id}"),
        format!("/?card={card}"),
        format!("/?among={card}"),
        format!("/bookings/{id}/issue"),
        format!("/bookings/{id}/incomplete"),
    ];
    for path in paths {
        clerk.open(&path).await;
        assert_eq!(clerk.status(), 200, "{path}");
        for fact in facts {
            assert!(!clerk.page().html.contains(fact), "{path}: {fact}");
        }
    }
    assert!(clerk.open("/").await.says("＊＊＊603"), "{}", clerk.text());
    clerk.fill("受付：読み取り", "田中").press("受付").await;
    assert!(clerk.says("見つかりません"), "names cannot be asked for either: {}", clerk.text());
    clerk.fill("受付：読み取り", "A13-345603").press("受付").await;
    assert!(clerk.says("9:42 受付しました"), "the scan works all the same: {}", clerk.text());
    clerk.press("元に戻す").await;
    assert!(!clerk.page().html.contains("田中"), "nor in the banner");
}

#[tokio::test]
async fn namesakes_of_a_day_are_marked() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.booked(&[desk.card(1, "山田 和子", "").await], "2026-04-13.1000").await;
    let twin = desk.card(2, "山田　和子", "").await;
    desk.console
        .write(move |tx| tx.run("UPDATE card SET person_key = 'another' WHERE id = ?1", [twin]))
        .await
        .unwrap();
    desk.booked(&[twin], "2026-04-13.1030").await;
    desk.booked(&[desk.card(3, "山田 太郎", "").await], "2026-04-13.1030").await;
    let clerk = desk.browser("counter").await;
    assert_eq!(clerk.text().matches("同姓同名あり").count(), 2, "{}", clerk.text());
}

#[tokio::test]
async fn the_newest_of_those_who_are_done_are_shown_and_the_rest_on_demand() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.open();
    for number in 1..=7 {
        let card = desk.card(number, &format!("市民{number}"), "").await;
        let wish = madoguchi::booking::WalkIn { card, location: desk.here };
        desk.console.write(move |tx| madoguchi::booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    }
    let mut clerk = desk.browser("counter").await;
    assert!(
        clerk.says("済んだ方 7件 7人") && clerk.says("市民7") && !clerk.says("市民1"),
        "{}",
        clerk.text()
    );
    clerk.follow("残り2件も見る").await;
    assert!(clerk.says("市民1"), "{}", clerk.text());
}

#[tokio::test]
async fn looking_at_the_board_is_noted() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let id = desk.booked(&[desk.card(1, "甲野", "").await], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.open(&format!("/?booking={id}")).await;
    let seen = desk.console.city.db.read(Lane::Staff, |tx| {
        tx.all("SELECT page, record_kind, record_id FROM access ORDER BY id", [], |row| {
            Ok((
                row.get::<_, String>("page")?,
                row.get::<_, String>("record_kind")?,
                row.get::<_, Option<i64>>("record_id")?,
            ))
        })
    });
    let seen = seen.await.unwrap();
    let today = seen.iter().filter(|(page, ..)| page == "today").map(|(_, kind, row)| (kind.as_str(), *row));
    assert_eq!(today.collect::<Vec<_>>(), [("", None), ("booking", Some(id.get()))]);
}

#[tokio::test]
async fn every_link_of_the_board_and_of_an_answer_leads_to_a_page() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let party = [desk.card(1, "甲野", "").await, desk.card(2, "甲野 二郎", "").await];
    let id = desk.booked(&party, "2026-04-13.0930").await;
    let bare = desk.card(3, "乙野", "").await;
    let mut manager = desk.browser("manager").await;
    for page in
        ["/".to_owned(), format!("/?booking={id}"), format!("/?card={bare}"), "/?day=2026-04-20".to_owned()]
    {
        manager.open(&page).await;
        let links: Vec<String> = manager.page().links.iter().map(|link| link.href.clone()).collect();
        for href in links.iter().filter(|href| href.starts_with('/')) {
            manager.open(href).await;
            assert_eq!(manager.status(), 200, "{page}: {href}");
        }
    }
    manager.open(&format!("/?card={bare}")).await;
    let links = &manager.page().links;
    let register = links.iter().find(|link| link.href.contains("member=")).unwrap().href.clone();
    manager.open(&register).await;
    assert!(manager.says("乙野"), "the booking begins with the person: {}", manager.text());
}
