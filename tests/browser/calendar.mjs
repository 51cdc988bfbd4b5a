// A clerk sets up a new branch office from nothing to its first booking; and the pages of the calendar in their states.
import { look, must, press } from "./kit.mjs";
import { Hands, clerk, onPaper, text } from "./hands.mjs";

/** The time of day that is free first, chosen by the mouse as a clerk does it: the words beside the dot are clicked. */
const firstFree = (page) => page.locator("label:has(input[name=slot]:not([disabled]))").first();

/** A new office with the mouse and as few letters as can be: from the clerk's first page to its first booking. */
export async function newBranch(browser, told, cards) {
  const page = await clerk(browser, told, "manager");
  await page.goto(told.staff);
  const hands = new Hands(page);
  await hands.go(page.getByRole("link", { name: "交付場所", exact: true }));
  await hands.go(page.getByRole("link", { name: "場所を足す" }).first());
  await look(page, "calendar a new place");
  await hands.type("駅前の出張窓口");
  await hands.choose(page.locator("#beginning"), "月曜から金曜まで「通常」で開ける");
  await hands.go(page.getByRole("button", { name: "場所を登録する" }));
  must(/を登録しました。今日から開きます/.test(await text(page)), "new branch: it is not open");
  await look(page, "calendar a new place that is open");
  await hands.go(page.getByRole("link", { name: "ここに予約を登録" }));
  await hands.type(cards.shift().notice_id);
  await hands.enter();
  await hands.click(firstFree(page));
  await hands.go(page.getByRole("button", { name: "登録する" }));
  const said = await text(page);
  must(/予約を登録しました/.test(said) && /駅前の出張窓口/.test(said), "new branch: the first booking was not made");
  await look(page, "calendar the first booking of a new place");
  console.log(`   a new branch office to its first booking: ${hands.told}`);
  must(hands.clicks <= 9 && hands.keys <= 20, `new branch: it takes ${hands.told}`);
  await page.context().close();
  await newBranchByKeyboard(browser, told, cards);
}

/** The same by the keyboard alone, with the week planned by hand: each weekday's pattern, its effect, its first booking. */
async function newBranchByKeyboard(browser, told, cards) {
  const page = await clerk(browser, told, "manager");
  await page.goto(`${told.staff}locations`);
  const hands = new Hands(page);
  await hands.tabTo("main a.btn.go");
  await hands.enter();
  await hands.type("出張窓口");
  await hands.tabTo("#code");
  await hands.type("pop-up");
  await hands.enter();
  must(/出張窓口の週の予定/.test(await text(page)), "new branch: the week does not open");
  await look(page, "calendar week of a new place");
  const branch = /week\/(\d+)/.exec(page.url())?.[1];
  await hands.tabTo("#weekdays");
  await page.selectOption("#weekdays", { label: "通常" });
  await hands.tabTo("main form button.go");
  await hands.enter();
  await look(page, "calendar effect on nobody");
  await hands.tabTo("main button[value=apply]");
  await hands.enter();
  must(/を反映しました/.test(await text(page)), "new branch: nothing was applied");
  await hands.tabTo(`a[href*='bookings/new?location=${branch}']`);
  await hands.enter();
  await hands.type(cards.shift().notice_id);
  await hands.enter();
  await hands.tabTo("input[name=slot]:not([disabled])");
  await page.keyboard.press("Space");
  await hands.tabTo("button[value=book]");
  await hands.enter();
  must(/予約を登録しました/.test(await text(page)), "new branch: the keyboard alone makes no booking");
  console.log(`   the same by the keyboard alone, its week planned by hand: ${hands.told}`);
  await page.context().close();
}

/** Every page that shapes the calendar: as it is, refused, and with bookings that lose their time. */
export async function shapes(browser, told) {
  const page = await clerk(browser, told, "manager", { scripts: false });
  const seen = (name) => look(page, `calendar ${name}`);
  for (const path of ["locations", "locations/new", "locations/1", "hours", "hours/patterns/new", "hours/patterns/1", "hours/week/1", "days", "days/copy", "days/cases", "days/holidays", "windows"]) {
    await page.goto(`${told.staff}${path}`);
    await seen(`/${path}`);
  }
  await page.goto(`${told.staff}locations/new`);
  await press(page, "場所を登録する");
  await seen("location refused");
  await page.goto(`${told.staff}hours/patterns/1`);
  await page.fill("#starts1", "");
  await press(page, "影響を確かめる");
  await seen("pattern refused");
  await page.goto(`${told.staff}windows`);
  await page.fill("#days_citizen", "0");
  await press(page, "この内容を確かめる");
  await seen("windows refused");
  await page.fill("#days_citizen", "45");
  await press(page, "この内容を確かめる");
  await seen("windows effect");
  await page.goto(`${told.staff}days`);
  await press(page, "影響を確かめる");
  await seen("days refused");
  const days = page.locator("input[name=pick]");
  for (let at = 0; at < Math.min(3, await days.count()); at += 1) await days.nth(at).check();
  await page.check("input[name=kind][value=closed]");
  await page.fill("#reason", "庁舎の停電工事");
  await press(page, "影響を確かめる");
  await seen("effect on bookings");
  await page.selectOption("#all", "call");
  await press(page, "反映する");
  await seen("cases");
  await onPaper(page, "cases", "個人情報・取扱注意");
  await page.goto(`${told.staff}hours`);
  await seen("/hours with a change");
  await press(page, "元に戻す");
  await seen("undo");
  await press(page, "反映する");
  await page.goto(`${told.staff}days`);
  await page.locator("table.cal a").last().click();
  await page.waitForLoadState("load");
  await seen("slots of a day");
  await page.context().close();
  const narrow = await clerk(browser, told, "manager", { width: 375 });
  for (const path of ["locations", "locations/new", "hours", "hours/week/1", "days", "days/cases", "windows", "days/holidays", "calendar", "calendar?view=all"]) {
    await narrow.goto(`${told.staff}${path}`);
    await look(narrow, `calendar /${path} at 375`);
  }
  await narrow.context().close();
}
