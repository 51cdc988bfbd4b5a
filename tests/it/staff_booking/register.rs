//! A booking is registered at the console: found, chosen, checked, made once, refused with its reason.

use madoguchi::base::{BirthDate, NoticeId};
use madoguchi::booking::Channel;
use madoguchi::calendar::{self, NewStorage};
use madoguchi::cards::{self, NewCard};

use super::{booked, live, look, open_form, people};
use crate::citizen::steps;
use crate::kit::municipality::TestMunicipality;

#[tokio::test]
async fn a_family_is_registered_on_the_telephone_and_told_by_mail() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let cards = people(&city, 1, 2).await;
    let mut clerk = city.clerk("call_center").await;
    clerk.open("/bookings/new").await;
    clerk.fill("人を加える", "ａ１３－０００００１").press("加える").await;
    assert!(clerk.says("1人（最大5人）") && clerk.says("市民1"), "{}", clerk.text());
    clerk.fill("人を加える", "A13000002").press("加える").await;
    assert!(clerk.says("2人（最大5人）") && clerk.says("市民2"), "{}", clerk.text());
    clerk.follow("4月13日（月）").await;
    clerk.tick("9:30").fill("メールアドレス", "taro..@docomo.ne.jp").press("登録する").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    let made = live(&city, cards[0]).await.unwrap();
    assert_eq!(clerk.path(), format!("/bookings/{}", made.id));
    assert!(clerk.says(&format!("予約を登録しました。予約番号は {} です。", made.no)), "{}", clerk.text());
    assert_eq!((made.people, made.channel, made.starts.get()), (2, Channel::Telephone, 570));
    assert_eq!(live(&city, cards[1]).await.unwrap().id, made.id);
    let letter = city.letter("taro..@docomo.ne.jp").await;
    assert_eq!(letter.kind, "booking_confirmed");
    assert!(letter.body.contains(&made.no), "{}", letter.body);
    assert!(
        clerk.redirects().iter().all(|address| !address.contains("docomo") && !address.contains("A13")),
        "{:?}",
        clerk.redirects()
    );
}

#[tokio::test]
async fn the_chosen_day_stays_while_people_are_added_and_taken_out() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    people(&city, 1, 2).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/bookings/new").await;
    clerk.follow("4月15日（水）").await;
    for typed in ["A13-000001", "A13-000002"] {
        clerk.fill("人を加える", typed).press("加える").await;
        assert!(clerk.says("3 時間 4月15日（水） 本庁舎"), "{}", clerk.text());
    }
    clerk.press("外す：市民1さん").await;
    assert!(clerk.says("3 時間 4月15日（水） 本庁舎") && clerk.says("1人（最大5人）"), "{}", clerk.text());
}

#[tokio::test]
async fn several_people_with_one_number_are_offered_for_choice() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card_of(1, "田中 健太", "1990-04-13").await;
    city.card_of(1, "山本 さくら", "1985-05-01").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/bookings/new").await;
    clerk.fill("人を加える", "A13-000001").press("加える").await;
    assert!(clerk.says("2人が当てはまります"), "{}", clerk.text());
    clerk.press("加える：山本 さくらさん").await;
    assert!(clerk.says("1人（最大5人）") && clerk.says("山本 さくら"), "{}", clerk.text());
    assert!(!clerk.says("田中 健太"), "{}", clerk.text());
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_and_kept() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let one = people(&city, 1, 1).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/bookings/new").await;
    for typed in ["", "A13-999999", "<b>x</b>", "' OR 1=1 --", "😀"] {
        clerk.fill("人を加える", typed).press("加える").await;
        assert_eq!((clerk.status(), clerk.fragment()), (422, "err"), "{typed}");
        let sentence = if typed.is_empty() { "通知書ID、予約番号" } else { "見つかりません" };
        assert!(clerk.says(sentence), "{typed}: {}", clerk.text());
        assert_eq!(clerk.field("who")[0].value, typed);
    }
    clerk.press("登録する").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("受け取る人を加えてください。") && clerk.says("時間を選んでください。"));

    open_form(&mut clerk, &city, &one, "2026-04-13").await;
    clerk.tick("9:30").fill("メールアドレス", "taro＠@example.jp").select("受付のしかた", "窓口");
    clerk.press("登録する").await;
    assert_eq!((clerk.status(), clerk.fragment()), (422, "err"));
    assert!(clerk.says("「@」を1つ入れてください"), "{}", clerk.text());
    assert_eq!(clerk.field("email")[0].value, "taro＠@example.jp");
    assert_eq!(clerk.field("channel")[0].value, "counter");
    let kept = clerk.field("slot").into_iter().find(|one| one.ticked).map(|one| one.value.clone());
    assert_eq!(kept, Some(format!("{}.2026-04-13.0930", city.office)));
    assert_eq!(live(&city, one[0]).await, None);
}

#[tokio::test]
async fn a_full_time_is_for_those_with_the_permission_and_a_reason_only() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, &people(&city, 1, 4).await, "2026-04-13.0900").await;
    let one = people(&city, 5, 1).await;
    let slot = format!("{}.2026-04-13.0900", city.office);

    let mut counter = city.clerk("counter").await;
    open_form(&mut counter, &city, &one, "2026-04-13").await;
    assert!(counter.says("4／4 満員"), "{}", counter.text());
    let (card, form) = (one[0].to_string(), counter.hidden("once"));
    let fields = [
        ("member", card.as_str()),
        ("slot", slot.as_str()),
        ("channel", "counter"),
        ("over", "どうしても"),
        ("once", form.as_str()),
        ("act", "book"),
    ];
    counter.post("/bookings/new", &fields).await;
    assert_eq!(counter.status(), 422);
    assert!(counter.says("枠を超えて登録できるのは権限のある職員だけです"), "{}", counter.text());
    assert_eq!(live(&city, one[0]).await, None, "a reason is no permission");

    let mut manager = city.clerk("manager").await;
    open_form(&mut manager, &city, &one, "2026-04-13").await;
    manager.tick("9:00").press("登録する").await;
    assert_eq!((manager.status(), manager.fragment()), (422, "err"));
    assert!(manager.says("枠を超えて登録するには理由を入力してください"), "{}", manager.text());
    assert_eq!(live(&city, one[0]).await, None, "a permission is no reason");
    manager.fill("枠を超えて登録する理由", "1234 5678 9018").press("枠を超えて登録する").await;
    assert!(manager.says("個人番号（マイナンバー）"), "{}", manager.text());
    manager.fill("枠を超えて登録する理由", "係長 了承済み").press("枠を超えて登録する").await;
    assert!(manager.says("枠を超えて予約を登録しました"), "{}", manager.text());
    assert!(manager.says("枠超過") && manager.says("理由：係長 了承済み"), "{}", manager.text());
    manager.open("/calendar?day=2026-04-13").await;
    assert!(manager.says("5／4 超過1"), "{}", manager.text());
    manager.open(&format!("/calendar?day=2026-04-13&location={}", city.office)).await;
    assert!(manager.says("枠超過 理由：係長 了承済み"), "{}", manager.text());
    manager.open("/bookings?from=2026-04-13&over=1").await;
    assert!(manager.says("1件") && manager.says("市民5"), "{}", manager.text());
}

#[tokio::test]
async fn whoever_is_booked_is_not_booked_again_and_the_booking_is_shown() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let one = people(&city, 1, 1).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &one, "2026-04-14").await;
    let id = booked(&city, &one, "2026-04-13.0900").await;
    clerk.tick("10:00").press("登録する").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("市民1さんには、すでに予約があります"), "{}", clerk.text());
    let no = look(&city, id).await.no;
    assert!(clerk.says("4月13日（月）9:00 本庁舎") && clerk.says(&no), "{}", clerk.text());
    assert_eq!(city.taken("2026-04-14.1000").await, 0);

    clerk.open("/bookings/new").await;
    clerk.fill("人を加える", "A13000001").press("加える").await;
    assert!(clerk.says("もう一つ予約することはできません"), "{}", clerk.text());
    clerk.follow(&no).await;
    assert_eq!(clerk.path(), format!("/bookings/{id}"));
    clerk.open("/bookings/new").await;
    clerk.fill("人を加える", &no.to_lowercase()).press("加える").await;
    assert_eq!(clerk.path(), format!("/bookings/{id}"), "a booking number leads to its booking");
}

#[tokio::test]
async fn a_double_click_books_once() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let one = people(&city, 1, 1).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &one, "2026-04-13").await;
    let mut other = clerk.clone();
    clerk.tick("9:30").press("登録する").await;
    other.tick("9:30").press("登録する").await;
    assert_eq!((clerk.status(), other.status()), (200, 200));
    assert_eq!(clerk.path(), other.path(), "both see the one booking");
    assert_eq!(city.taken("2026-04-13.0930").await, 1);
}

#[tokio::test]
async fn slots_that_nobody_was_offered_are_refused_in_words() {
    let city = TestMunicipality::at("2026-04-13 10:10").await;
    let one = people(&city, 1, 1).await;
    let mut clerk = city.clerk("manager").await;
    open_form(&mut clerk, &city, &one, "2026-04-13").await;
    let card = one[0].to_string();
    for (slot, sentence) in [
        ("", "時間を選んでください"),
        ("x", "この時間の枠はありません"),
        ("99.2026-04-14.0900", "この時間の枠はありません"),
        ("OFFICE.2026-04-12.0900", "この時間の枠はありません"),
        ("OFFICE.2026-04-14.0915", "この時間の枠はありません"),
        ("OFFICE.2026-04-13.1000", "すでに始まった時間か、予約できる期間の外です"),
        ("OFFICE.2026-04-10.1000", "すでに始まった時間か、予約できる期間の外です"),
        ("OFFICE.2026-09-01.1000", "すでに始まった時間か、予約できる期間の外です"),
    ] {
        let slot = slot.replace("OFFICE", &city.office.to_string());
        let form = clerk.hidden("once");
        let fields = [
            ("member", card.as_str()),
            ("slot", slot.as_str()),
            ("channel", "counter"),
            ("over", "是非"),
            ("once", form.as_str()),
            ("act", "book"),
        ];
        clerk.post("/bookings/new", &fields).await;
        assert_eq!(clerk.status(), 422, "{slot}");
        assert!(clerk.says(sentence), "{slot}: {}", clerk.text());
        assert_eq!(live(&city, one[0]).await, None, "{slot}");
    }
}

#[tokio::test]
async fn today_is_offered_to_staff_until_a_slot_begins() {
    let city = TestMunicipality::at("2026-04-13 16:29").await;
    let two = people(&city, 1, 2).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &two[..1], "2026-04-13").await;
    clerk.tick("16:30").press("登録する").await;
    assert!(clerk.says("予約を登録しました"), "{}", clerk.text());
    open_form(&mut clerk, &city, &two[1..], "2026-04-13").await;
    city.clock.set("2026-04-13 16:30");
    clerk.tick("16:30").press("登録する").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("すでに始まった時間"), "{}", clerk.text());
    open_form(&mut clerk, &city, &two[1..], "2026-04-13").await;
    assert!(clerk.says("16:30 1／4 終了"), "{}", clerk.text());
}

#[tokio::test]
async fn a_card_that_travels_is_told_in_words_and_its_days_are_kept_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (office, branch) = (city.office, city.branch);
    let child = city
        .write(move |tx| {
            let new =
                NewStorage { code: "E".to_owned(), name: "東の書庫".to_owned(), location: Some(branch) };
            let storage = calendar::add_storage(tx, &new)?;
            calendar::set_route(tx, storage, office, 2)?;
            let born = BirthDate::parse("2018-09-02").unwrap();
            let mut card =
                NewCard::notified(NoticeId::from_norm("B13000001"), "田中 美優", "タナカ ミユ", born);
            card.storage = Some(storage);
            Ok::<_, calendar::EditError>(cards::add(tx, &card).unwrap())
        })
        .await;
    let mut clerk = city.clerk("manager").await;
    clerk.open(&format!("/bookings/new?member={child}")).await;
    for words in [
        "田中 美優さんのカードは東の書庫にあり、本庁舎までの取り寄せに2開庁日かかります。4月8日（水）から選べます。",
        "法定代理人の同行",
        "回送中",
        "本庁舎で予約できる日：4月8日（水）から7月5日（日）まで",
    ] {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    let form = clerk.hidden("once");
    let (card, early) = (child.to_string(), format!("{office}.2026-04-07.0900"));
    let fields = [
        ("member", card.as_str()),
        ("slot", early.as_str()),
        ("channel", "counter"),
        ("once", form.as_str()),
    ];
    clerk.post("/bookings/new", &fields).await;
    assert_eq!(clerk.status(), 422, "not even with every permission");
    clerk.select("場所", "東支所").press("場所を切り替える").await;
    assert!(clerk.says("東支所で予約できる日：4月6日（月）から"), "{}", clerk.text());
}

#[tokio::test]
async fn a_sixth_person_is_not_added() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let cards = people(&city, 1, 6).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &cards[..5], "2026-04-13").await;
    clerk.fill("人を加える", "A13000006").press("加える").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("一度に予約できるのは5人までです。"), "{}", clerk.text());
    clerk.press("外す：市民1さん").await;
    assert!(clerk.says("4人（最大5人）"), "{}", clerk.text());
}

#[tokio::test]
async fn the_last_seat_goes_to_the_citizen_or_to_the_clerk_and_the_other_is_told() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, &people(&city, 1, 3).await, "2026-04-13.0900").await;
    let theirs = people(&city, 10, 2).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &theirs[..1], "2026-04-13").await;
    assert!(clerk.says("9:00 3／4 残り1"), "{}", clerk.text());

    let mut citizen = city.browser();
    steps::enter(&city, &mut citizen, 11, "taro@example.jp").await;
    steps::choose(&mut citizen, "本庁舎", "4月13日（月）", "9:00").await;
    clerk.tick("9:00").press("登録する").await;
    assert_eq!(clerk.status(), 422, "the citizen holds the seat");
    assert!(clerk.says("4／4 満員"), "{}", clerk.text());

    city.clock.pass(std::time::Duration::from_mins(11));
    open_form(&mut clerk, &city, &theirs[..1], "2026-04-13").await;
    clerk.tick("9:00").press("登録する").await;
    assert!(clerk.says("予約を登録しました"), "the hold has run out: {}", clerk.text());
    assert_eq!(city.taken("2026-04-13.0900").await, 4);
    steps::acknowledge(&mut citizen).await;
    citizen.press("この内容で予約する").await;
    assert_eq!(city.taken("2026-04-13.0900").await, 4, "{}", citizen.text());
    assert_eq!(live(&city, theirs[1]).await, None);
}
