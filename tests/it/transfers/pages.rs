//! The transfer list, the routes and the pull list, by the front door of the console and of the citizens' pages.

use madoguchi::base::{CardId, StorageId};
use madoguchi::booking;
use madoguchi::calendar::{self, NewStorage};
use madoguchi::cards::{self, Storing};
use madoguchi::db::Lane;
use madoguchi::transfers::{self, Transfer, TransferStatus};

use crate::citizen::steps;
use crate::kit::{Browser, TestMunicipality};

/// The city, with a storage place at each office and two open days between them.
struct Place {
    city: TestMunicipality,
    main: StorageId,
}

impl Place {
    async fn at(time: &str) -> Self {
        let city = TestMunicipality::at(time).await;
        let (office, branch) = (city.office, city.branch);
        let main = city.write(move |tx| {
            let add = |code: &str, name: &str, location| {
                let new =
                    NewStorage { code: code.to_owned(), name: name.to_owned(), location: Some(location) };
                calendar::add_storage(tx, &new)
            };
            let (main, east) = (add("main", "本庁舎 保管庫", office)?, add("east", "東支所 保管庫", branch)?);
            calendar::set_route(tx, main, branch, 2)?;
            calendar::set_route(tx, east, office, 2)?;
            Ok::<_, calendar::EditError>(main)
        });
        let main = main.await;
        Self { city, main }
    }

    /// A card in 本庁舎, box B-01.
    async fn card(&self, number: u32, name: &str) -> CardId {
        let card = self.city.card(number, name).await;
        let (storage, position) = (Some(self.main), format!("{number:03}"));
        let wish = Storing { card, storage, shelf: "B-01".to_owned(), position, expect_version: None };
        self.city.write(move |tx| cards::move_to(tx, &wish)).await;
        card
    }

    /// The same, booked at 東支所 (`2026-04-13.0900`).
    async fn wanted(&self, number: u32, name: &str, slot: &str) -> CardId {
        let card = self.card(number, name).await;
        self.book(card, &format!("{}.{slot}", self.city.branch)).await;
        card
    }

    async fn book(&self, card: CardId, slot: &str) {
        let wish = booking::BookByStaff {
            party: vec![card],
            slot: slot.parse().unwrap(),
            email: None,
            channel: booking::Channel::Counter,
            overbook: booking::Overbook::No,
            once: madoguchi::once::OnceKey::from_form(&format!("form-of-the-test-{card}")).unwrap(),
        };
        self.city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    }

    async fn newest(&self, card: CardId) -> Transfer {
        let all = self.city.city.db.read(Lane::Staff, move |tx| transfers::of_card(tx, card)).await.unwrap();
        all.into_iter().next().unwrap()
    }

    async fn clerk(&self, role: &str, path: &str) -> Browser {
        let mut browser = self.city.clerk(role).await;
        browser.open(path).await;
        assert_eq!(browser.status(), 200, "{role} {path}: {}", browser.text());
        browser
    }
}

#[tokio::test]
async fn a_clerk_sends_by_ticks_and_the_other_office_receives_by_a_scan() {
    let place = Place::at("2026-04-06 09:00").await;
    let card = place.wanted(1, "林 玲奈", "2026-04-13.0900").await;
    let other = place.wanted(2, "清水 悟", "2026-04-14.0900").await;
    let mut clerk = place.clerk("counter", "/transfers").await;
    assert!(clerk.says("発送する 2") && clerk.says("本庁舎 保管庫 B-01-001"), "{}", clerk.text());
    assert!(clerk.says("4/9（木）までに発送"), "{}", clerk.text());
    clerk.tick("選ぶ：林 玲奈さん").tick("選ぶ：清水 悟さん").press("引抜済にする").await;
    assert!(clerk.says("2枚を引抜済にしました。"), "{}", clerk.text());
    clerk.tick("選ぶ：林 玲奈さん").fill("封印番号", "S-77").press("発送済にする").await;
    assert!(clerk.says("林 玲奈さんのカードを発送済にしました。"), "{}", clerk.text());
    assert_eq!(place.newest(card).await.status, TransferStatus::InTransit);
    assert_eq!(place.newest(other).await.status, TransferStatus::Pulled);
    clerk.press("東支所").await;
    clerk.open("/transfers?stage=receive").await;
    assert!(
        clerk.says("林 玲奈") && clerk.says("封印番号 S-77") && !clerk.says("清水 悟"),
        "{}",
        clerk.text()
    );
    clerk.fill("カードを読み取る", "a13-000001").press("記録").await;
    assert!(clerk.says("林 玲奈さんのカードを受け取りました。"), "{}", clerk.text());
    assert!(!clerk.address().contains("A13"), "what was scanned stands in no address: {}", clerk.address());
    clerk.fill("カードを読み取る", "A13000001").press("記録").await;
    assert!(clerk.says("読み取り済みです（二度目）"), "{}", clerk.text());
    clerk.open("/transfers?stage=done&to=all").await;
    assert!(clerk.says("到着") && clerk.says("山田 花子"), "who did it: {}", clerk.text());
}

#[tokio::test]
async fn a_mistaken_step_is_taken_back_from_the_banner_and_from_the_answer() {
    let place = Place::at("2026-04-06 09:00").await;
    let card = place.wanted(1, "林 玲奈", "2026-04-13.0900").await;
    let mut clerk = place.clerk("counter", "/transfers").await;
    clerk.press("発送：林 玲奈さん").await;
    clerk.press("元に戻す").await;
    assert!(clerk.says("前の操作を取り消しました"), "{}", clerk.text());
    assert_eq!(place.newest(card).await.status, TransferStatus::Pulled);
    clerk.press("引抜を取消：林 玲奈さん").await;
    assert_eq!(place.newest(card).await.status, TransferStatus::Requested);
    clerk.fill("カードを読み取る", "A13000001").press("記録").await;
    clerk.press("元に戻す：林 玲奈さん").await;
    assert_eq!(place.newest(card).await.status, TransferStatus::Requested);
}

#[tokio::test]
async fn two_clerks_receive_the_same_card_and_the_second_is_told() {
    let place = Place::at("2026-04-06 09:00").await;
    let card = place.wanted(1, "林 玲奈", "2026-04-13.0900").await;
    let mut one = place.clerk("counter", "/transfers").await;
    one.press("発送：林 玲奈さん").await;
    one.press("東支所").await;
    one.open("/transfers?stage=receive").await;
    let mut two = place.clerk("manager", "/transfers").await;
    two.press("東支所").await;
    two.open("/transfers?stage=receive").await;
    one.press("受領：林 玲奈さん").await;
    assert!(one.says("受け取りました"), "{}", one.text());
    two.tick("選ぶ：林 玲奈さん").press("受領済にする").await;
    assert!(two.says("すでに「到着」です。変更はありません。"), "{}", two.text());
    assert_eq!(place.newest(card).await.status, TransferStatus::Arrived);
}

#[tokio::test]
async fn a_citizen_books_elsewhere_in_time_only_and_what_they_change_the_list_follows() {
    let place = Place::at("2026-04-06 09:00").await;
    let branch = place.city.branch;
    // Staff-like window for citizens: only the travel counts.
    place
        .city
        .write(move |tx| {
            let window = calendar::Window {
                lead: 1,
                unit: calendar::LeadUnit::Days,
                ..calendar::Window::of_the_house(calendar::Audience::Citizen)
            };
            calendar::set_window(tx, branch, calendar::Audience::Citizen, &window)
        })
        .await;
    let card = place.card(1, "林 玲奈").await;
    let mut citizen = place.city.browser();
    steps::enter(&place.city, &mut citizen, 1, steps::EMAIL).await;
    citizen.select("受け取る場所", "東支所").press("この場所で次へ進む").await;
    citizen.press("人で次へ進む").await;
    let days: Vec<String> = citizen.page().links.iter().map(|link| link.name.clone()).collect();
    assert!(!days.iter().any(|day| day.contains("4月7日")), "one day is too early: {days:?}");
    steps::choose_time(&mut citizen, "4月8日（水）", "9:30").await;
    steps::acknowledge(&mut citizen).await;
    citizen.press("この内容で予約する").await;
    assert_eq!(citizen.path(), "/done");
    let mut clerk = place.clerk("counter", "/transfers").await;
    assert!(clerk.says("林 玲奈") && clerk.says("今日の便に必要"), "{}", clerk.text());
    clerk.press("発送：林 玲奈さん").await;
    citizen.open("/my/cancel").await;
    citizen.tick("あなた").press("予約を取り消す").await;
    clerk.open("/transfers?stage=returns").await;
    assert!(clerk.says("予約がなくなりました。到着後に返送"), "{}", clerk.text());
    assert!(place.newest(card).await.return_needed);
    place.city.letters(steps::EMAIL).await;
}

#[tokio::test]
async fn only_who_may_move_cards_opens_the_lists_and_only_settings_change_the_routes() {
    let place = Place::at("2026-04-06 09:00").await;
    for (role, lists, routes) in [
        ("counter", 200, 403),
        ("manager", 200, 200),
        ("administrator", 200, 200),
        ("call_center", 403, 403),
        ("auditor", 403, 403),
    ] {
        let mut browser = place.city.clerk(role).await;
        for (path, status) in [("/transfers", lists), ("/pull", lists), ("/transfers/routes", routes)] {
            browser.open(path).await;
            assert_eq!(browser.status(), status, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn a_route_is_changed_in_open_days_and_two_people_do_not_overwrite_each_other() {
    let place = Place::at("2026-04-06 09:00").await;
    let label = "本庁舎 保管庫から東支所へ";
    let mut one = place.clerk("manager", "/transfers/routes").await;
    let mut two = place.clerk("administrator", "/transfers/routes").await;
    assert!(one.says("東支所へは2開庁日。今日申し込むと、受け取れるのは早くて4/8（水）"), "{}", one.text());
    one.fill(label, "６１").press("保存").await;
    assert_eq!(one.status(), 422);
    assert!(one.says("日数は0から60までの数"), "{}", one.text());
    one.fill(label, "５").press("保存").await;
    assert!(one.says("1か所の日数を変えました"), "{}", one.text());
    assert!(one.says("5開庁日。今日申し込むと、受け取れるのは早くて4/13（月）"), "{}", one.text());
    two.fill(label, "1").press("保存").await;
    assert_eq!(two.status(), 422);
    assert!(two.says("ほかの職員が変えました"), "{}", two.text());
    one.fill(label, "").press("保存").await;
    assert!(one.says("東支所へは3開庁日"), "empty is the city's default: {}", one.text());
}

#[tokio::test]
async fn the_pull_list_goes_by_the_shelf_and_says_where_the_others_are() {
    let place = Place::at("2026-04-10 09:00").await;
    let office = place.city.office;
    for (number, name) in [(10, "田中 健太"), (9, "高橋 翔")] {
        let card = place.card(number, name).await;
        place.book(card, &format!("{office}.2026-04-13.0930")).await;
    }
    let sent = place.wanted(3, "井上 恵", "2026-04-15.0900").await;
    let mut clerk = place.clerk("counter", "/pull?day=2026-04-13").await;
    assert!(clerk.says("2枚のうち 0枚"), "{}", clerk.text());
    let text = clerk.text().to_owned();
    assert!(text.find("高橋 翔") < text.find("田中 健太"), "009 stands before 010: {text}");
    clerk.tick("引き抜いた：高橋 翔さん").press("引抜済にする").await;
    assert!(clerk.says("1枚を引抜済にしました。") && clerk.says("2枚のうち 1枚"), "{}", clerk.text());
    clerk.fill("引き抜いたカードを読み取る", "A13000010").press("引抜済").await;
    assert!(clerk.says("2枚のうち 2枚"), "{}", clerk.text());
    clerk.press("元に戻す：田中 健太さん").await;
    clerk.tick("引き抜いた：田中 健太さん").press("見当たらない").await;
    assert!(clerk.says("棚に見当たらない（9:00 山田 花子）"), "{}", clerk.text());
    clerk.press("見つかった：田中 健太さん").await;
    assert!(!clerk.says("棚に見当たらない（9:00"), "{}", clerk.text());
    clerk.fill("引き抜いたカードを読み取る", "A13000003").press("引抜済").await;
    assert!(clerk.says("東支所への荷に入れてください"), "{}", clerk.text());
    assert_eq!(place.newest(sent).await.status, TransferStatus::Pulled);
    clerk.fill("引き抜いたカードを読み取る", "A13000099").press("引抜済").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("この番号のカードは登録されていません"), "{}", clerk.text());
}

#[tokio::test]
async fn a_card_that_is_needed_here_and_lies_elsewhere_stands_apart_with_its_place() {
    let place = Place::at("2026-04-06 09:00").await;
    let card = place.wanted(3, "井上 恵", "2026-04-13.0900").await;
    let mut clerk = place.clerk("counter", "/transfers").await;
    let day = format!("/pull?day=2026-04-13&location={}", place.city.branch);
    clerk.open(&day).await;
    assert!(
        clerk.says("この場所の棚にないカード") && clerk.says("本庁舎 保管庫 B-01-003 にあります（未発送）"),
        "{}",
        clerk.text()
    );
    clerk.open("/transfers").await.press("発送：井上 恵さん").await;
    clerk.open(&day).await;
    assert!(clerk.says("輸送中：4/6（月）に発送、届け先は東支所"), "{}", clerk.text());
    assert_eq!(place.newest(card).await.status, TransferStatus::InTransit);
}

#[tokio::test]
async fn a_pulled_card_whose_booking_is_gone_is_put_back() {
    let place = Place::at("2026-04-10 09:00").await;
    let card = place.card(1, "田中 健太").await;
    place.book(card, &format!("{}.2026-04-13.0930", place.city.office)).await;
    let mut clerk = place.clerk("counter", "/pull?day=2026-04-13").await;
    clerk.tick("引き抜いた：田中 健太さん").press("引抜済にする").await;
    place
        .city
        .write(move |tx| {
            let live = booking::live_of_card(tx, card)?.unwrap();
            let wish = booking::CancelByStaff {
                seen: booking::Seen { booking: live.id, version: live.version },
                people: vec![],
                reason: "電話".to_owned(),
                once: madoguchi::once::OnceKey::from_form("cancel-of-the-test-1").unwrap(),
            };
            booking::cancel_by_staff(tx, &wish)
        })
        .await;
    clerk.open("/pull?day=2026-04-13").await;
    assert!(clerk.says("棚へ戻すカード 1枚") && clerk.says("本庁舎 保管庫 B-01-001"), "{}", clerk.text());
    clerk.tick("戻した：田中 健太さん").press("棚へ戻した").await;
    assert!(!clerk.says("棚へ戻すカード"), "{}", clerk.text());
}

#[tokio::test]
async fn barcodes_and_names_are_for_those_who_may_see_them_in_the_page_and_in_the_file() {
    let place = Place::at("2026-04-10 09:00").await;
    let card = place.card(1, "田中 健太").await;
    place.book(card, &format!("{}.2026-04-13.0930", place.city.office)).await;
    place.wanted(2, "清水 悟", "2026-04-15.0900").await;
    let mut manager = place.clerk("manager", "/pull?day=2026-04-13").await;
    assert!(manager.page().html.contains("A13000001 のバーコード"), "{}", manager.text());
    manager.open("/lists/pull?day=2026-04-13").await;
    manager.select("出力の形", "CSV（UTF-8").press("1行を出力").await;
    assert_eq!(manager.header("content-type"), "text/csv; charset=utf-8", "{}", manager.text());
    assert!(manager.page().html.contains("田中 健太"), "{}", manager.page().html);
    manager.open("/lists/transfers").await;
    manager.select("出力の形", "CSV（UTF-8").press("1行を出力").await;
    assert!(manager.page().html.contains("清水 悟") && manager.page().html.contains("B-01-002"));
    let administrator = place.clerk("administrator", "/pull?day=2026-04-13").await;
    assert!(!administrator.page().html.contains("A13000001") && !administrator.says("田中"));
    let mut counter = place.clerk("counter", "/transfers").await;
    let may = counter.page().html.contains("/lists/transfers");
    counter.open("/lists/transfers").await;
    assert_eq!(counter.status() == 200, may, "the link is drawn where the file may be had");
}

#[tokio::test]
async fn a_form_without_a_tick_is_refused_in_words() {
    let place = Place::at("2026-04-06 09:00").await;
    place.wanted(1, "林 玲奈", "2026-04-13.0900").await;
    let mut clerk = place.clerk("counter", "/transfers").await;
    clerk.press("発送済にする").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("カードを選んでください"), "{}", clerk.text());
    clerk.fill("カードを読み取る", "").press("記録").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("カードの番号を読み取ってください"), "{}", clerk.text());
}
