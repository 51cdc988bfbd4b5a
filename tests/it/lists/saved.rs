//! Conditions that are kept under a name.

use super::pages::busy;
use super::told;

#[tokio::test]
async fn conditions_are_kept_for_oneself_or_for_everybody_and_move_along_with_the_day() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    chief.open("/lists/bookings?by=hour&location=all").await.follow("明日").await;
    assert!(chief.says("2026年4月7日（火）"), "{}", chief.text());
    chief.fill("条件の名前", "明日の予約").tick("全員のために保存する").press("保存").await;
    assert_eq!((chief.status(), chief.path()), (200, "/lists"), "{}", chief.text());
    let text = told(&chief);
    assert!(text.contains("明日の予約 予約一覧：明日 時間別 すべての場所 全員"), "{text}");
    chief.open("/lists/cards?label=notified").await.fill("条件の名前", "発送済").press("保存").await;
    assert!(chief.says("発送済"), "{}", chief.text());

    city.clock.set("2026-04-12 23:59:59");
    let mut clerk = city.clerk("counter").await;
    clerk.open("/lists").await;
    assert!(clerk.says("明日の予約") && clerk.says("山田 花子"), "{}", clerk.text());
    assert!(
        !told(&clerk).contains("状態別一覧：状態：通知書発送済"),
        "what is kept for oneself is nobody else's"
    );
    clerk.follow("明日の予約").await;
    assert!(
        clerk.says("2026年4月13日（月）") && clerk.says("9時台") && clerk.says("3行"),
        "{}",
        clerk.text()
    );
    city.clock.set("2026-04-13 00:00:00");
    let address = clerk.address().to_owned();
    clerk.open(&address).await;
    assert!(clerk.says("2026年4月14日（火）"), "{}", clerk.text());
}

#[tokio::test]
async fn only_those_who_may_share_share_and_delete_what_is_shared() {
    let city = busy().await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/lists/no-shows?span=yesterday").await;
    assert!(!clerk.says("全員のために保存する"), "{}", clerk.text());
    let all = [("list", "no-shows"), ("span", "yesterday"), ("name", "昨日"), ("shared", "1")];
    clerk.post("/lists/saved", &all).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("全員のために保存するには、その権限が必要です"), "{}", clerk.text());
    clerk.press("保存").await;
    assert!(clerk.says("条件「昨日」を保存しました"), "{}", clerk.text());

    let mut chief = city.clerk("manager").await;
    chief.open("/lists/unbooked").await.fill("条件の名前", "未予約").tick("全員のために").press("保存").await;
    clerk.open("/lists").await;
    assert!(clerk.says("未予約"), "{}", clerk.text());
    let mine = clerk.hidden("csrf");
    assert!(!mine.is_empty());
    clerk.post("/lists/saved/2/delete", &[]).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("ほかの人が保存した条件です"), "{}", clerk.text());
    chief.open("/lists").await.post("/lists/saved/1/delete", &[]).await;
    assert_eq!(chief.status(), 404, "what another keeps for oneself is not seen");
    chief.open("/lists").await.press("消す：未予約").await;
    assert!(chief.says("保存した条件「未予約」を消しました"), "{}", chief.text());
    clerk.open("/lists").await;
    assert!(!told(&clerk).contains("未予約 未予約者一覧"), "{}", clerk.text());
}

#[tokio::test]
async fn a_search_for_a_person_is_not_kept_and_a_name_is_needed() {
    let city = busy().await;
    let mut chief = city.clerk("manager").await;
    chief.open("/lists/daily").await.press("保存").await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("条件の名前を入力してください"), "{}", chief.text());
    chief.open("/cards").await.fill("氏名・カナの一部", "吉田").press("検索する").await;
    let search = chief.address().split("s=").nth(1).unwrap().to_owned();
    chief.post("/lists/saved", &[("list", "cards"), ("s", &search), ("name", "吉田さん")]).await;
    assert_eq!(chief.status(), 422);
    assert!(chief.says("人を指す条件は保存できません"), "{}", chief.text());
    // A search for no person is kept with its terms, and outlives the search.
    chief.open("/cards").await.select("メール", "なし").press("検索する").await;
    chief.follow("PDF・Excelで出力").await.fill("条件の名前", "メールなし").press("保存").await;
    assert!(chief.says("メール：なし"), "{}", chief.text());
    city.write(|tx| tx.run("DELETE FROM saved_search", rusqlite::named_params! {})).await;
    chief.follow("メールなし").await;
    assert!(chief.says("4行") && chief.says("メール：なし"), "{}", chief.text());
    assert!(!chief.address().contains("s="), "{}", chief.address());
    chief.select("出力の形", "CSV（UTF-8").press("4行を出力").await;
    assert_eq!(chief.status(), 200, "{}", chief.text());
}
