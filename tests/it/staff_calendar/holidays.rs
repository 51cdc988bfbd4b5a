//! Public holidays: the law, the office's file, and the way back.

use super::{booked, manager};
use crate::kit::TestMunicipality;

/// The holidays of 2026 as the office's file would have them, with one more that no law knows.
fn file() -> Vec<u8> {
    let days = [
        ("1/1", "元日"),
        ("1/12", "成人の日"),
        ("2/11", "建国記念の日"),
        ("2/23", "天皇誕生日"),
        ("3/20", "春分の日"),
        ("4/14", "特別の休日"),
        ("4/29", "昭和の日"),
        ("5/3", "憲法記念日"),
        ("5/4", "みどりの日"),
        ("5/5", "こどもの日"),
        ("5/6", "休日"),
        ("7/20", "海の日"),
        ("8/11", "山の日"),
        ("9/21", "敬老の日"),
        ("9/22", "休日"),
        ("9/23", "秋分の日"),
        ("10/12", "スポーツの日"),
        ("11/3", "文化の日"),
        ("11/23", "勤労感謝の日"),
    ];
    let lines = days.iter().map(|(day, name)| format!("2026/{day},{name}\r\n"));
    let text = format!("国民の祝日・休日月日,国民の祝日・休日名称\r\n{}", lines.collect::<String>());
    text.into_bytes()
}

#[tokio::test]
async fn a_special_holiday_of_the_file_closes_the_day_after_its_effect_was_shown() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, city.card(1, "橋本 葵").await, "2026-04-14.0900", None).await;
    let mut clerk = manager(&city, "/days/holidays").await;
    assert!(clerk.says("2028年") && clerk.says("計算"), "{}", clerk.text());
    clerk.attach("ファイル", "a.csv", b"x,y\n1,2").press("影響を確かめる").await;
    assert!(clerk.status() == 422 && clerk.says("2行目"), "{}", clerk.text());
    clerk.attach("ファイル", "syukujitsu.csv", &file()).press("影響を確かめる").await;
    assert!(clerk.says("特別の休日") && clerk.says("橋本 葵"), "{}", clerk.text());
    clerk.select("まとめて", "電話する（一覧に残す）").press("反映する").await;
    clerk.open("/days/holidays").await;
    assert!(clerk.says("内閣府のCSV") && clerk.says("計算では：休みではない"), "{}", clerk.text());
    clerk.press("計算に戻す：2026年").await.press("反映する").await;
    assert!(!clerk.says("特別の休日"), "{}", clerk.text());
}
