//! The list of bookings: filters in the address, nothing of a person in it.

use super::{booked, people};
use crate::kit::municipality::TestMunicipality;

#[tokio::test]
async fn a_list_is_filtered_by_its_address() {
    let city = TestMunicipality::at("2026-04-13 08:00").await;
    booked(&city, &people(&city, 1, 2).await, "2026-04-13.0900").await;
    booked(&city, &people(&city, 3, 1).await, "2026-04-14.0900").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/bookings").await;
    assert!(clerk.says("1件 2人") && clerk.says("市民1") && !clerk.says("市民3"), "{}", clerk.text());
    clerk.fill("終わりの日", "2026-04-30").select("場所", "すべて").press("表示").await;
    assert!(clerk.says("2件 3人") && clerk.says("市民3"), "{}", clerk.text());
    clerk.select("状態", "取消").press("表示").await;
    assert!(clerk.says("当てはまる予約がありません"), "{}", clerk.text());
    assert!(clerk.address().contains("status=cancelled"), "{}", clerk.address());
    clerk.select("状態", "予約").fill("終わりの日", "2026-04-01").press("表示").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("終わりの日は、始めの日と同じか後の日にしてください"), "{}", clerk.text());
    assert_eq!(clerk.field("to")[0].value, "2026-04-01");
    clerk.open("/bookings?from=2026-04-01&to=2027-12-31").await;
    assert!(clerk.says("366日"), "{}", clerk.text());
    clerk.open("/bookings?from=x&to=y&status=z&channel=q&location=w&page=-1").await;
    assert_eq!(clerk.status(), 200, "what makes no sense filters nothing");
}
