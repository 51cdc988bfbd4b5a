//! Address labels from a file that is read and forgotten.

use madoguchi::db::Lane;

use super::pages::busy;
use super::text_of;

const FILE: &str = "交付通知書ID,氏名,生年月日,郵便番号,住所,方書\r\n\
    A13-000001,吉田 太郎,1990-04-13,8308520,見本市城南町15-3,見本荘 203\r\n\
    A13000002,葛城 美咲,平成2年4月13日,830-0022,見本市北町1-1,\r\n\
    A13000003,別の 人,1990-04-13,8300022,見本市南町2-2,\r\n\
    A13000004,林 玲奈,1990-04-14,8300022,見本市東町3-3,\r\n\
    A13000009,,,8300022,見本市西町4-4,\r\n\
    A13000001,,,8300022,見本市西町4-4,\r\n\
    A13000002,,,8300022,,\r\n";

#[tokio::test]
async fn a_file_of_addresses_becomes_labels_and_leaves_no_trace() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    chief.open("/lists").await.follow("開く：宛名ラベル").await;
    chief.press("内容を確かめる").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("ファイルを選んでください"), "{}", chief.text());
    chief.attach("ファイル（CSV", "住所.csv", FILE.as_bytes()).press("内容を確かめる").await;
    assert_eq!(chief.status(), 200, "{}", chief.text());
    for said in [
        "氏名が登録と違います",
        "生年月日が登録と違います",
        "この交付通知書IDのカードがありません",
        "同じカードの行が前にあります",
        "住所がありません",
    ] {
        assert!(chief.says(said), "{said}: {}", chief.text());
    }
    assert!(!chief.page().html.contains("城南町"), "addresses are not shown");
    let page = chief.address().to_owned();
    chief.fill("始める位置", "22").press("2枚のラベルをPDFにする").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("1から21まで"), "{}", chief.text());
    chief.fill("始める位置", "21").tick("交付通知書IDを小さく").press("2枚のラベルをPDFにする").await;
    assert_eq!((chief.status(), chief.header("content-type")), (200, "application/pdf"), "{}", chief.text());
    let text = text_of(chief.bytes(), "-layout");
    assert!(
        text.contains("〒830-8520") && text.contains("見本荘 203") && text.contains("𠮷田 太郎"),
        "{text}"
    );
    assert!(text.contains("葛\u{E0100}城 美咲") && text.contains("A13-000002"), "{text}");
    assert!(!text.contains("別の") && !text.contains("東町"), "{text}");
    assert_eq!(text.matches('\u{C}').count(), 2, "the second label stands on the second sheet");

    // Nobody else opens the page, and it is gone when its time has passed.
    let mut other = city.person("manager", "other", "森 二郎").await;
    other.open(&page).await;
    assert_eq!(other.path(), "/lists/labels", "{}", other.text());
    chief.open(&page).await.press("読んだ住所を消す").await;
    chief.open(&page).await;
    assert_eq!(chief.path(), "/lists/labels");
    let written = city
        .city
        .db
        .read(Lane::Staff, |tx| {
            tx.all("SELECT detail FROM history_detail", [], |row| row.get::<_, String>("detail"))
        })
        .await
        .unwrap()
        .concat();
    assert!(written.contains("宛名ラベル"), "{written}");
    assert!(!written.contains("城南町") && !written.contains("8308520"), "{written}");
}

#[tokio::test]
async fn addresses_that_nobody_asks_for_again_leave_memory_when_their_half_hour_is_over() {
    let city = busy().await;
    let uploads = std::sync::Arc::clone(&city.state.uploads);
    for (user, now) in [("first", "2026-04-06 09:00"), ("second", "2026-04-06 11:00")] {
        city.clock.set(now);
        let mut chief = city.person("manager", user, "森 二郎").await;
        chief.open("/lists/labels").await;
        chief.attach("ファイル（CSV", "住所.csv", FILE.as_bytes()).press("内容を確かめる").await;
        assert_eq!((chief.status(), uploads.held()), (200, 1), "{}", chief.text());
        city.clock.set(&now.replace(":00", ":29"));
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(uploads.held(), 1, "they may be printed for half an hour");
        city.clock.set(&now.replace(":00", ":30"));
        for _ in 0..100 {
            if uploads.held() == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(uploads.held(), 0, "nobody asked, and they are gone");
    }
}

#[tokio::test]
async fn labels_are_for_those_who_were_chosen_and_wait_for_their_card() {
    let city = busy().await;
    city.write(|tx| {
        let none = rusqlite::named_params! {};
        tx.run("UPDATE card SET status = 'renotified' WHERE name = '林 玲奈'", none)?;
        tx.run("UPDATE card SET status = 'issued', booking_state = NULL WHERE name = '髙橋 一郎'", none)
    })
    .await;
    let file = "ID,住所\nA13000001,見本市1\nA13000003,見本市3\nA13000004,見本市4\n";
    let mut chief = city.clerk("manager").await;
    chief.open("/lists/labels").await.select("だれに送るか", "状態：再通知");
    chief.attach("ファイル（CSV", "a.csv", file.as_bytes()).press("内容を確かめる").await;
    assert!(chief.says("「交付済」のカードのため、送りません"), "{}", chief.text());
    assert!(chief.says("選んだ方に入っていません"), "{}", chief.text());
    chief.press("1枚のラベルをPDFにする").await;
    assert!(text_of(chief.bytes(), "-layout").contains("林 玲奈"));

    chief.open("/lists/labels").await;
    chief.attach("ファイル（CSV", "a.csv", "ID,氏名\nA13000001,x\n".as_bytes()).press("内容を確かめる").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("見出しに「住所」の列がありません"), "{}", chief.text());
    chief.attach("ファイル（CSV", "a.csv", "ID,住所,個人番号\nA13000001,x,1\n".as_bytes());
    chief.press("内容を確かめる").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("個人番号（マイナンバー）"), "{}", chief.text());

    let mut auditor = city.clerk("administrator").await;
    auditor.open("/lists/labels").await;
    assert_eq!(auditor.status(), 403);
}
