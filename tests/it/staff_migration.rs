//! Bookings, card states and mail addresses of a former system come in through the console.
//!
//! Spec: 7(1)⑬.

use madoguchi::base::CardId;
use madoguchi::booking::{self, BookByStaff, Booking, Channel, Overbook, bring_in};
use madoguchi::cards::storage::{self, Heading, Moving, Sending, Target};
use madoguchi::cards::{self, CardStatus};
use madoguchi::db::Lane;
use madoguchi::once::OnceKey;

use crate::citizen::steps::{acknowledge, choose_time, enter};
use crate::kit::Browser;
use crate::kit::municipality::TestMunicipality;

const HEAD: &str = "交付通知書ID,生年月日,交付場所,予約日,開始時刻,メールアドレス,予約番号";
const MAIL: &str = "taro@example.jp";

/// Sends a file of this kind and shows what it would do.
async fn send<'b>(clerk: &'b mut Browser, kind: &str, file: &str) -> &'b mut Browser {
    clerk.open("/imports").await;
    clerk.select("種類", kind).attach("ファイル", "old.csv", file.as_bytes());
    clerk.press("内容を確かめる").await
}

fn bookings(rows: &str) -> String {
    format!("{HEAD}\n{rows}")
}

async fn live(city: &TestMunicipality, card: CardId) -> Option<Booking> {
    city.city.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, card)).await.unwrap()
}

async fn card(city: &TestMunicipality, card: CardId) -> cards::Card {
    city.city.db.read(Lane::Staff, move |tx| cards::get(tx, card)).await.unwrap().unwrap()
}

async fn book(city: &TestMunicipality, card: CardId, slot: &str) {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.{slot}", city.office).parse().unwrap(),
        email: None,
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("form-of-the-test-{card}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
}

#[tokio::test]
async fn a_booking_of_the_former_system_comes_in_and_its_citizen_changes_it_on_the_web() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (one, two) = (city.card(1, "田中 健太").await, city.card_of(2, "田中 花", "2015-05-05").await);
    let mut clerk = city.clerk("manager").await;
    let file = bookings(&format!(
        "A13-000001,1990-04-13,本庁舎,2026-04-13,9:30,{MAIL},K-7\nA13-000002,2015-05-05,本庁舎,2026-04-13,0930,,K-7\n"
    ));
    let page = send(&mut clerk, "旧予約の移行", &file).await;
    assert!(page.says("取り込む予約") && page.says("田中 健太") && page.says("9:30"), "{}", page.text());
    assert!(live(&city, one).await.is_none(), "a look writes nothing");
    let page = page.press("取り込む").await;
    assert!(page.says("2件を取り込みました"), "{}", page.text());

    let made = live(&city, one).await.unwrap();
    assert_eq!((made.channel, made.people, made.cards()), (Channel::Migrated, 2, vec![one, two]));
    assert_eq!(city.taken("2026-04-13.0930").await, 2);
    assert!(city.letters(MAIL).await.is_empty(), "nobody is written to");

    let mut browser = city.browser();
    enter(&city, &mut browser, 1, MAIL).await;
    browser.open("/my/booking").await.follow("日時や場所を変える").await;
    browser.press("日時を選び直す").await;
    choose_time(&mut browser, "4月14日（火）", "10:00").await;
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;
    assert!(browser.h1().contains("変更しました"), "{}", browser.h1());
    assert_eq!(city.letter(MAIL).await.kind, "booking_changed");
    assert_eq!((city.taken("2026-04-13.0930").await, city.taken("2026-04-14.1000").await), (0, 2));
}

#[tokio::test]
async fn the_same_bookings_in_another_file_are_there_already() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut clerk = city.clerk("manager").await;
    let row = format!("A13-000001,1990-04-13,本庁舎,2026-04-13,9:30,{MAIL},\n");
    send(&mut clerk, "旧予約の移行", &bookings(&row)).await.press("取り込む").await;
    city.card(2, "林 一").await;
    let both = bookings(&format!("{row}A13-000002,1990-04-13,本庁舎,2026-04-13,9:30,,\n"));
    let page = send(&mut clerk, "旧予約の移行", &both).await;
    assert!(page.says("変化なし 1") && page.says("新規 1"), "{}", page.text());
    page.press("取り込む").await;
    assert_eq!(city.taken("2026-04-13.0930").await, 2);
    let page = send(&mut clerk, "旧予約の移行", &both).await;
    assert!(page.says("もう一度取り込む理由"), "{}", page.text());
}

#[tokio::test]
async fn what_cannot_be_brought_in_is_told_row_by_row_and_why() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let busy = city.card(1, "田中 健太").await;
    city.card(3, "森 一").await;
    book(&city, busy, "2026-04-14.1000").await;
    let mut clerk = city.clerk("manager").await;
    let rows = "A13-000001,1990-04-13,本庁舎,2026-04-13,9:30,,\n\
                A13-000009,1990-04-13,本庁舎,2026-04-13,9:30,,\n\
                A13-000003,1990-04-13,本庁舎,2026-04-12,9:30,,\n\
                A13-000003,1990-04-13,本庁舎,2026-04-13,12:30,x,\n";
    let page = send(&mut clerk, "旧予約の移行", &bookings(rows)).await;
    for words in [
        "この人には別の予約があります",
        "登録されたカードがありません",
        "この時間は開いていません",
        "メールアドレスの形ではありません",
        "エラー 4",
    ] {
        assert!(page.says(words), "{words}\n{}", page.text());
    }
}

#[tokio::test]
async fn a_full_slot_is_gone_over_only_when_that_was_chosen_and_marked_then() {
    for (choice, taken) in [("枠を超えて取り込む", 3), ("取り込まない", 2)] {
        let city = TestMunicipality::at("2026-04-06 09:00").await;
        city.offer("2026-04-13.0930", 2).await;
        let mut clerk = city.clerk("manager").await;
        let (mut rows, mut last) = (String::new(), CardId::of(0));
        for number in 1..=3 {
            last = city.card(number, &format!("市民{number}")).await;
            rows = format!("{rows}A13-{number:06},1990-04-13,本庁舎,2026-04-13,9:30,,\n");
        }
        let page = send(&mut clerk, "旧予約の移行", &bookings(&rows)).await;
        assert!(page.says("枠を超える予約 1件"), "{}", page.text());
        page.tick(choice).press("取り込む").await;
        assert_eq!(city.taken("2026-04-13.0930").await, taken, "{choice}");
        let marked = live(&city, last).await.map(|booking| booking.over_reason.is_some());
        assert_eq!(marked, (taken == 3).then_some(true), "{choice}");
        assert_eq!(clerk.says("残り1件"), taken == 2, "{}", clerk.text());
    }
}

#[tokio::test]
async fn a_booking_made_between_the_look_and_the_import_keeps_its_citizen_and_its_seat() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (one, two) = (city.card(1, "田中 健太").await, city.card(2, "林 一").await);
    let mut clerk = city.clerk("manager").await;
    let rows =
        "A13-000001,1990-04-13,本庁舎,2026-04-13,9:30,,\nA13-000002,1990-04-13,本庁舎,2026-04-13,9:30,,\n";
    send(&mut clerk, "旧予約の移行", &bookings(rows)).await;
    book(&city, one, "2026-04-14.1000").await;
    let page = clerk.press("取り込む").await;
    assert!(page.says("何も取り込んでいません") || page.says("エラーの行が1行"), "{}", page.text());
    assert_eq!(live(&city, one).await.unwrap().channel, Channel::Counter);
    assert!(live(&city, two).await.is_none(), "all or nothing");
}

#[tokio::test]
async fn bookings_that_were_brought_in_are_taken_back_while_nobody_has_changed_one() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let one = city.card(1, "田中 健太").await;
    let mut clerk = city.clerk("manager").await;
    let row = format!("A13-000001,1990-04-13,本庁舎,2026-04-13,9:30,{MAIL},\n");
    send(&mut clerk, "旧予約の移行", &bookings(&row)).await.press("取り込む").await;
    assert!(clerk.says("全体を取り消せます"), "{}", clerk.text());
    clerk.follow("第1回を取り消す").await.fill("理由", "日付が一年違う").press("第1回を取り消す").await;
    assert!(clerk.says("消した新規 1"), "{}", clerk.text());
    assert!(live(&city, one).await.is_none());
    assert_eq!(city.taken("2026-04-13.0930").await, 0);
    let now = card(&city, one).await;
    assert!(now.email.is_none() && now.booking_state.is_none());
    assert!(city.letters(MAIL).await.is_empty(), "nobody is written to");
}

#[tokio::test]
async fn a_run_of_bookings_that_was_cut_off_is_carried_on_or_undone_after_a_restart() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (one, two) = (city.card(1, "田中 健太").await, city.card(2, "林 一").await);
    let (office, state) = (city.office, ["applied", "applying"]);
    city.write(move |tx| {
        for (number, card) in [(1_i64, one), (2, two)] {
            let state = state[usize::try_from(number - 1).unwrap_or(0)];
            tx.run(
                "INSERT INTO import_run (id, kind, file_name, file_sha256, file_size, encoding, state, actor, started_at)
                 VALUES (?, 'booking', 'x.csv', ?, 1, 'utf-8', ?, 'cli:0', 0)",
                (number, number.to_string(), state),
            )?;
            tx.run(
                "INSERT INTO import_booking (run_id, line, location_id, on_day, starts_min, ends_min, capacity, seats, cards,
                                             may_go_over)
                 VALUES (?, 2, ?, '2026-04-13', 570, 600, 4, 1, ?, 0)",
                (number, office, format!("[{card}]")),
            )?;
        }
        Ok::<_, madoguchi::db::Fault>(())
    })
    .await;
    bring_in::clean_up_all(&city.city.db).await.unwrap();
    assert!(live(&city, one).await.is_some(), "what stands is made");
    assert!(live(&city, two).await.is_none(), "what did not stand yet is gone");
    assert!(!city.city.db.read(Lane::Staff, bring_in::is_due).await.unwrap());
}

#[tokio::test]
async fn card_states_and_addresses_come_over_and_go_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (one, two) = (city.card(1, "田中 健太").await, city.card(2, "林 一").await);
    let mut clerk = city.clerk("manager").await;
    let file = format!(
        "交付通知書ID,生年月日,状態,メールアドレス\nA13-000001,1990-04-13,交付済,{MAIL}\nA13-000002,1990-04-13,通知書発送済,\n\
         A13-000002,1990-04-14,保留,\nA13-000001,1990-04-13,交付済,\nA13-000003,1990-04-13,よくわからない,\n"
    );
    let page = send(&mut clerk, "状態・メールの移行", &file).await;
    for words in [
        "更新 1",
        "変化なし 1",
        "ファイル内の重複 1",
        "状態の名前がわかりません",
        "登録されたカードがありません",
    ] {
        assert!(page.says(words), "{words}\n{}", page.text());
    }
    page.tick("エラーの2行を除いて取り込む").press("決定する").await;
    let now = card(&city, one).await;
    assert_eq!(now.status, CardStatus::Issued);
    assert_eq!(now.email.map(|email| email.uncover().clone()).as_deref(), Some(MAIL));
    assert_eq!(card(&city, two).await.status, CardStatus::Notified);

    clerk.follow("第1回を取り消す").await.fill("理由", "古い台帳").press("第1回を取り消す").await;
    let now = card(&city, one).await;
    assert_eq!((now.status, now.email.is_none()), (CardStatus::Notified, true));
}

#[tokio::test]
async fn where_a_former_system_kept_a_card_is_taken_over_and_a_booking_elsewhere_asks_for_the_way() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let boxes = crate::cards_storage::vaults(&city).await;
    let cards = [city.card(1, "田中 健太").await, city.card(2, "林 一").await, city.card(3, "森 次郎").await];
    let [booked, unnumbered, away] = cards;
    let wish = booking::BookByStaff {
        party: vec![booked],
        slot: format!("{}.2026-04-20.0930", city.branch).parse().unwrap(),
        email: None,
        channel: booking::Channel::Telephone,
        overbook: booking::Overbook::No,
        once: OnceKey::from_form("0123456789abcdef-moved").unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    let branch = city.branch;
    let off = Sending { card: away, to: Heading::Location(branch), expect_version: None, batch: None };
    let lay = Moving { card: away, to: Target::Box(boxes.second), expect_version: None, batch: None };
    city.write(move |tx| {
        storage::move_card(tx, &lay)?;
        storage::send(tx, &off)
    })
    .await;
    let mut clerk = city.clerk("manager").await;
    let file = "交付通知書ID,生年月日,状態,保管場所,棚番号\nA13-000001,1990-04-13,通知書発送済,h,B-02-007\n\
                A13-000002,1990-04-13,通知書発送済,本庁舎の保管庫,Ｂ－０２\n\
                A13-000003,1990-04-13,通知書発送済,h,B-02-009\nA13-000002,1990-04-13,,どこか,\n";
    let page = send(&mut clerk, "状態・メールの移行", file).await;
    for words in ["更新 2", "変化なし 1", "登録のない場所です"] {
        assert!(page.says(words), "{words}\n{}", page.text());
    }
    page.tick("エラーの1行を除いて取り込む").press("決定する").await;
    let spot = |card: &cards::Card| (card.storage, card.shelf.clone(), card.position.clone());
    let (now, whole) = (card(&city, booked).await, card(&city, unnumbered).await);
    assert_eq!(spot(&now), (Some(boxes.main), "B-02".to_owned(), "007".to_owned()));
    assert_eq!(
        spot(&whole),
        (Some(boxes.main), "B-02".to_owned(), String::new()),
        "the box, without a number"
    );
    assert!(card(&city, away).await.away.is_some(), "who is on its way is put nowhere");
    clerk.open("/transfers?from=all&to=all").await;
    assert!(clerk.says("A13-000001") && clerk.says("B-02-007"), "the booking asks for it: {}", clerk.text());
    clerk.open(&format!("/cards/{unnumbered}")).await;
    assert!(clerk.says("保管場所：なし → 本庁舎の保管庫"), "{}", clerk.text());
}
