//! Windows: in words, at the boundary, and at once for citizens.

use madoguchi::base::Day;
use madoguchi::calendar::{self, Audience};
use madoguchi::db::{Lane, ReadTx};

use super::manager;
use crate::kit::TestMunicipality;

async fn span(city: &TestMunicipality) -> Option<(String, String)> {
    let (office, now) = (city.office, city.clock.clock().now());
    let read = move |tx: &ReadTx<'_>| -> Result<_, madoguchi::db::Fault> {
        let today: Day = now.day();
        let rules = calendar::rules(tx, office, today, today.plus(120))?;
        Ok(calendar::window(tx, office, Audience::Citizen)?.span(now, &rules, 0))
    };
    let span = city.city.db.read(Lane::Citizen, read).await.unwrap();
    span.map(|span| (span.first.to_string(), span.last.to_string()))
}

#[tokio::test]
async fn the_rule_is_said_in_words_before_and_after_and_holds_from_midnight_in_japan() {
    let city = TestMunicipality::at("2026-04-13 23:59").await;
    let mut clerk = manager(&city, "/windows").await;
    assert!(
        clerk.says("今日4月13日（月）なら、市民は4月16日（木）から6月12日（金）まで予約できます"),
        "{}",
        clerk.text()
    );
    clerk
        .fill("市民：何日後から", "5")
        .select("市民：日の数え方", "日後から（暦の日）")
        .fill("市民：何日後まで", "30");
    clerk.fill("変更の締め切り", "2").fill("取消の締め切り", "0").fill("取消の締め切りの時刻", "9:00");
    clerk.press("この内容を確かめる").await;
    assert!(clerk.says("4月18日（土）から5月13日（水）"), "{}", clerk.text());
    assert!(clerk.says("変更は予約日の2日前の17:00まで、取消は予約日の9:00まで"), "{}", clerk.text());
    assert_eq!(span(&city).await.unwrap().0, "2026-04-16", "nothing changed yet");
    clerk.press("反映する").await;
    assert_eq!(span(&city).await, Some(("2026-04-18".to_owned(), "2026-05-13".to_owned())));
    city.clock.set("2026-04-14 00:00");
    assert_eq!(span(&city).await, Some(("2026-04-19".to_owned(), "2026-05-14".to_owned())));
}

#[tokio::test]
async fn a_last_day_before_the_first_is_refused_at_its_field_and_what_was_typed_stays() {
    let city = TestMunicipality::at("2026-04-13 09:00").await;
    let mut clerk = manager(&city, "/windows").await;
    clerk
        .tick("市民：この日まで")
        .fill("市民：いちばん遅い日", "2026-04-15")
        .press("この内容を確かめる")
        .await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("いちばん遅い日が、いちばん早い日より前"), "{}", clerk.text());
    assert_eq!(clerk.field("date_citizen")[0].value, "2026-04-15");
    clerk.fill("市民：いちばん遅い日", "2026-04-16").press("この内容を確かめる").await;
    assert!(clerk.says("4月16日（木）から4月16日（木）まで"), "{}", clerk.text());
}

#[tokio::test]
async fn the_same_rule_goes_to_the_ticked_offices() {
    let city = TestMunicipality::at("2026-04-13 09:00").await;
    let mut clerk = manager(&city, "/windows").await;
    clerk
        .fill("市民：何日後から", "0")
        .tick("市民：当日も受け付ける（0日のとき）")
        .fill("市民：当日の締め切り", "15:00");
    clerk.tick("東支所").press("この内容を確かめる").await;
    assert!(clerk.says("今日（15:00まで）から"), "{}", clerk.text());
    clerk.press("反映する").await;
    for office in [city.office, city.branch] {
        let read = move |tx: &ReadTx<'_>| calendar::window(tx, office, Audience::Citizen);
        let window = city.city.db.read(Lane::Staff, read).await.unwrap();
        assert_eq!((window.lead, window.same_day_until.unwrap().get()), (0, 900));
    }
}
