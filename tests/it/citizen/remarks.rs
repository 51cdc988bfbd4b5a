//! What staff remark of somebody is never told to that person.

use madoguchi::cards::{self, SetRemark};

use super::steps::book;
use crate::kit::TestMunicipality;

const REMARK: &str = "瑠璃色の傘を預かる";

#[tokio::test]
async fn a_remark_stands_on_no_page_of_the_citizen_in_no_calendar_file_and_in_no_letter() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    let wish = SetRemark { card, remark: REMARK.to_owned(), no_my_number: false, expect_version: 1 };
    city.write(move |tx| cards::set_remark(tx, &wish)).await;
    let mut citizen = city.browser();
    book(&city, &mut citizen, 1, "taro@example.jp").await;
    for language in ["ja", "ja-easy", "en"] {
        citizen.open(&format!("/language/{language}")).await;
        for path in
            ["/", "/my", "/my/booking", "/my/booking.ics", "/my/change", "/my/family", "/my/cancel", "/done"]
        {
            citizen.open(path).await;
            assert!(!citizen.page().html.contains("瑠璃"), "{language} {path}");
        }
    }
    assert!(citizen.open("/my/booking.ics").await.page().html.contains("BEGIN:VCALENDAR"));
    let button = citizen.open("/my/cancel").await.page().buttons.last().unwrap().text.clone();
    citizen.press(&button).await;
    assert!(!citizen.page().html.contains("瑠璃"), "{}", citizen.text());
    let letters = city.letters("taro@example.jp").await;
    assert!(!letters.is_empty());
    for letter in letters {
        let told = [Some(letter.subject), Some(letter.body), letter.calendar];
        assert!(told.into_iter().flatten().all(|text| !text.contains("瑠璃")), "{}", letter.kind);
    }
}
