//! Days of statistics and reports are days in Japan: what happens a second before midnight belongs to the day that ends.

use madoguchi::base::CardId;
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::cards::{self, CardStatus, Transition};
use madoguchi::once::OnceKey;
use madoguchi::statistics::{self, Span};

use super::told;
use crate::kit::TestMunicipality;

/// The last second of April and the first of May.
const EDGES: [&str; 2] = ["2026-04-30 23:59:59", "2026-05-01 00:00:00"];

async fn become_(city: &TestMunicipality, card: CardId, to: CardStatus) {
    city.write(move |tx| {
        let wish =
            Transition { reason: Some("試験".to_owned()), may_override: true, ..Transition::of(card, to) };
        cards::transition(tx, &wish)
    })
    .await;
}

#[tokio::test]
async fn a_month_ends_at_midnight_in_japan_for_every_number_of_the_monthly_report() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for (at, edge) in EDGES.into_iter().enumerate() {
        city.clock.set(edge);
        let number = u32::try_from(at).unwrap() * 10;
        // One more card in May than in April, so that the months cannot be taken for one another.
        for more in 0..=u32::try_from(at).unwrap() {
            let card = city.card(number + more, "田中 健太").await;
            become_(&city, card, CardStatus::PresetDone).await;
            become_(&city, card, CardStatus::Notified).await;
            become_(&city, card, CardStatus::Issued).await;
        }
    }
    let months = city
        .city
        .db
        .read(madoguchi::db::Lane::Staff, |tx| {
            let day = |text: &str| text.parse().unwrap();
            Ok::<_, madoguchi::db::Fault>([
                statistics::month(tx, day("2026-04-01"), day("2026-04-30"))?,
                statistics::month(tx, day("2026-05-01"), day("2026-05-31"))?,
            ])
        })
        .await
        .unwrap();
    for (month, count) in months.into_iter().zip([1, 2]) {
        let numbers = (month.registered, month.preset, month.notified, month.issued);
        assert_eq!(numbers, (count, count, count, count), "{month:?}");
    }
    let mut chief = city.clerk("manager").await;
    chief.open("/lists/monthly?from=2026-04-01&to=2026-05-31&location=all").await;
    let text = told(&chief);
    assert!(text.contains("交付前設定実施済み数"), "{text}");
    assert!(text.contains("2026年4月（1日から30日） 未入力 1 1 1 1 0"), "{text}");
    assert!(
        text.contains("2026年5月（1日から31日） 未入力 2 2 2 2 0") && text.contains("合計 未入力 3 3 3 3 0"),
        "{text}"
    );
}

#[tokio::test]
async fn the_days_that_people_wait_and_the_age_of_stock_are_counted_from_midnight_in_japan() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let office = city.office;
    for (at, (edge, time)) in EDGES.into_iter().zip(["0900", "0930"]).enumerate() {
        city.clock.set(edge);
        let card = city.card(u32::try_from(at).unwrap(), ["田中 健太", "林 玲奈"][at]).await;
        let wish = BookByStaff {
            party: vec![card],
            slot: format!("{office}.2026-05-11.{time}").parse().unwrap(),
            email: None,
            channel: Channel::Telephone,
            overbook: Overbook::No,
            once: OnceKey::from_form(&format!("0123456789abcdef{at}")).unwrap(),
        };
        city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    }
    let (report, ages) = city
        .city
        .db
        .read(madoguchi::db::Lane::Staff, |tx| {
            let day = "2026-05-11".parse().unwrap();
            let span = Span { from: day, to: day, locations: Vec::new() };
            Ok::<_, madoguchi::db::Fault>((statistics::report(tx, &span)?, statistics::ages(tx)?))
        })
        .await
        .unwrap();
    // Booked on 30 April it is 11 days ahead, booked on 1 May it is 10.
    assert_eq!((report.ahead.count, report.ahead.median, report.ahead.ninth), (2, 10, 11));
    assert!(ages.iter().all(|age| age.cards == 0), "nothing lies in storage: {ages:?}");
    city.write(|tx| {
        tx.run(
            "INSERT INTO storage (id, code, name, barcode, position) VALUES (77, 'K', '金庫', 'K', 1)",
            rusqlite::named_params! {},
        )?;
        tx.run("UPDATE card SET storage_id = 77", rusqlite::named_params! {})
    })
    .await;
    for (now, ages) in [("2026-05-31 23:59:59", [1, 1, 0, 0, 0]), ("2026-06-01 00:00:00", [0, 2, 0, 0, 0])] {
        city.clock.set(now);
        let found = city.city.db.read(madoguchi::db::Lane::Staff, statistics::ages).await.unwrap();
        assert_eq!(found.iter().map(|age| age.cards).collect::<Vec<_>>(), ages, "{now}");
    }
}
