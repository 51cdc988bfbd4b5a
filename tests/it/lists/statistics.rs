//! The tables of the statistics as files, and the one number of the monthly report that staff type in.

use madoguchi::accounts::{self, Permission};
use madoguchi::db::Lane;
use madoguchi::history::{self, Record};

use super::pages::busy;
use super::{text_of, told};
use crate::kit::TestMunicipality;

const SPAN: &str = "/statistics?from=2026-04-01&to=2026-04-30&location=all";

/// What was written down under this name of an operation, latest last.
async fn written(city: &TestMunicipality, operation: &str) -> Vec<history::Entry> {
    let all = city.city.db.read(Lane::Staff, |tx| history::of_record(tx, Record::List)).await.unwrap();
    all.into_iter().filter(|entry| entry.operation == operation).collect()
}

#[tokio::test]
async fn each_table_of_the_statistics_is_given_as_a_file_and_written_down() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    let tables = [
        ("まとめ", "未来庁の割合,,"),
        ("日ごとの結果", "2026-04-13,3,3,0,0,0,,3,0"),
        ("到着から交付まで", "予約,3,75%"),
        ("曜日と時間", "月,9時台,2,2,0,0,0,,2,0"),
        ("保管中のカードの古さ", "1か月未満,0,0%"),
        ("場所ごと", ",3,3,0,0,0,,3,0"),
        ("受付のしかた", "電話,3,100%"),
    ];
    for (at, (table, line)) in tables.into_iter().enumerate() {
        chief
            .open(SPAN)
            .await
            .select("出力する表", table)
            .select("出力の形", "CSV（UTF-8")
            .press("表を出力")
            .await;
        assert_eq!(
            (chief.status(), chief.header("content-type")),
            (200, "text/csv; charset=utf-8"),
            "{table}"
        );
        let text = String::from_utf8(chief.bytes().to_vec()).unwrap();
        assert!(text.starts_with('\u{FEFF}') && text.contains("\r\n"), "{table}: {text}");
        assert!(text.contains(line), "{table}: {line} in {text}");
        let told = written(&city, "list.exported").await;
        assert_eq!(told.len(), at + 1, "{table}");
        assert_eq!(told[0].fields, ["rows", "conditions", "format"]);
    }
    chief
        .open(SPAN)
        .await
        .select("出力する表", "日ごと")
        .select("出力の形", "CSV（Shift_JIS")
        .press("表を出力")
        .await;
    assert_eq!(chief.header("content-type"), "text/csv; charset=Shift_JIS");
    assert!(encoding_rs::SHIFT_JIS.decode(chief.bytes()).0.starts_with("日,予約,人数,"));
    chief.open(SPAN).await.select("出力する表", "日ごと").select("出力の形", "Excel").press("表を出力").await;
    assert!(chief.bytes().starts_with(b"PK"));
    assert!(chief.header("content-disposition").contains("statistics-time-2026-04-06-0900.xlsx"));
    chief.open(SPAN).await.select("出力する表", "日ごと").select("出力の形", "PDF").press("表を出力").await;
    let text = text_of(chief.bytes(), "-layout");
    assert!(text.contains("統計") && text.contains("日ごとの結果") && text.contains("2026-04-13"), "{text}");
}

#[tokio::test]
async fn no_table_is_given_without_a_row_a_form_or_the_right() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    let empty = "/statistics?from=2020-01-01&to=2020-01-31&location=all";
    chief.open(empty).await.select("出力する表", "日ごと").press("表を出力").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("当てはまる行がないため、出力していません"), "{}", chief.text());
    chief.open(SPAN).await.post("/statistics/file", &[("table", "none"), ("format", "csv")]).await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("出力する表を選んでください"), "{}", chief.text());
    assert!(written(&city, "list.exported").await.is_empty());

    city.write(|tx| {
        let role = accounts::roles(tx)?.into_iter().find(|role| role.code == "counter").unwrap();
        let fewer = role.permissions.into_iter().filter(|one| *one != Permission::Export).collect();
        accounts::set_permissions(tx, role.id, &fewer)
            .map_err(|error| madoguchi::db::Fault::Stored(error.to_string()))
    })
    .await;
    let mut clerk = city.clerk("counter").await;
    clerk.open(SPAN).await;
    assert!(clerk.status() == 200 && !clerk.says("表を出力"), "{}", clerk.text());
    clerk.post("/statistics/file", &[("table", "time"), ("format", "csv")]).await;
    assert_eq!(clerk.status(), 403);
}

#[tokio::test]
async fn the_applications_of_a_month_are_typed_in_and_stand_in_the_monthly_report() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    chief.open("/lists/monthly?from=2026-03-01&to=2026-04-30&location=all").await;
    assert!(told(&chief).contains("2026年3月（1日から31日） 未入力"), "{}", chief.text());
    chief.follow("申請受付数を入力する").await;
    chief.fill("2026年3月の申請受付数", "多い").press("保存する").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("申請受付数を数字で入力してください"), "{}", chief.text());
    let mut other = chief.clone();
    chief.fill("2026年3月の申請受付数", "１,２３４").press("保存する").await;
    assert!(chief.says("2026年3月の申請受付数を1234件にしました"), "{}", chief.text());
    other.fill("2026年3月の申請受付数", "99").press("保存する").await;
    assert_eq!(other.status(), 422, "a number that somebody else told meanwhile is not lost");
    assert!(other.says("ほかの職員が先に変更しました"), "{}", other.text());
    for (month, said) in [("2026-05", "まだ始まっていない月です"), ("x", "月を選んでください")]
    {
        chief.post("/statistics/applications", &[("month", month), ("applications", "1")]).await;
        assert_eq!(chief.status(), 422);
        assert!(chief.says(said), "{}", chief.text());
        chief.open("/statistics/applications").await;
    }
    let entries = written(&city, "month.told").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].fields, ["month", "applications"]);

    chief.open("/lists/monthly?from=2026-03-01&to=2026-03-31&location=all").await;
    assert!(told(&chief).contains("2026年3月（1日から31日） 1234"), "{}", chief.text());
    chief.open("/lists/monthly?from=2026-03-02&to=2026-03-31&location=all").await;
    assert!(
        told(&chief).contains("2026年3月（2日から31日） ―"),
        "a part of a month has none: {}",
        chief.text()
    );
}

#[tokio::test]
async fn a_month_can_be_told_of_from_its_first_moment_in_japan() {
    let city = TestMunicipality::at("2026-04-30 23:59:59").await;
    let mut chief = city.clerk("manager").await;
    let form = [("month", "2026-05"), ("applications", "7")];
    chief.open("/statistics/applications").await.post("/statistics/applications", &form).await;
    assert_eq!(chief.status(), 422, "{}", chief.text());
    city.clock.set("2026-05-01 00:00:00");
    chief.open("/statistics/applications").await.post("/statistics/applications", &form).await;
    assert!(chief.says("2026年5月の申請受付数を7件にしました"), "{}", chief.text());
}
