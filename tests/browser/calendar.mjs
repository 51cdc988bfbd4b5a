// A clerk sets up a new branch office from nothing to its first booking; and the pages of the calendar in their states.
import { look, must, press, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const text = (page) => page.locator("main").innerText();

/** A key leads to another page only some moments later, so the page itself is waited for. */
async function after(page, act) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), act()]);
}

/** By the keyboard alone: reaches a control with Tab, as somebody without a mouse does. */
async function tabTo(page, selector) {
  const wanted = await page.locator(selector).first().elementHandle();
  for (let steps = 1; steps <= 400; steps += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return steps;
  }
  throw new Error(`${selector} cannot be reached with Tab on ${page.url()}`);
}

/** A new office: named, opened on weekdays, seen by its first booking. */
export async function newBranch(browser, told, cards) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: true, origin: told.staff });
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}locations`);
  await tabTo(page, "main a.btn.go");
  await after(page, () => page.keyboard.press("Enter"));
  await page.keyboard.type("出張窓口");
  await tabTo(page, "#code");
  await page.keyboard.type("pop-up");
  await after(page, () => page.keyboard.press("Enter"));
  must(/出張窓口の週の予定/.test(await text(page)), "new branch: the week does not open");
  await look(page, "calendar week of a new place");
  const branch = /week\/(\d+)/.exec(page.url())?.[1];
  await tabTo(page, "#weekdays");
  await page.keyboard.type("通常");
  await page.selectOption("#weekdays", { label: "通常" });
  await tabTo(page, "main form button.go");
  await after(page, () => page.keyboard.press("Enter"));
  await look(page, "calendar effect on nobody");
  await tabTo(page, "main button[value=apply]");
  await after(page, () => page.keyboard.press("Enter"));
  must(/を反映しました/.test(await text(page)), "new branch: nothing was applied");
  const card = cards.shift();
  await page.goto(`${told.staff}bookings/new?location=${branch}`);
  await page.keyboard.type(card.notice_id);
  await after(page, () => page.keyboard.press("Enter"));
  await page.selectOption("select[name=location]", branch);
  await press(page, "場所を切り替える");
  await page.locator("input[name=slot]:not([disabled])").first().check({ force: true });
  await press(page, "登録する");
  must(/出張窓口/.test(await text(page)) && /予約/.test(await text(page)), "new branch: the first booking was not made");
  await page.context().close();
}

/** Every page that shapes the calendar: as it is, refused, and with bookings that lose their time. */
export async function shapes(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: false, origin: told.staff });
  const seen = (name) => look(page, `calendar ${name}`);
  await signIn(page, told, "manager");
  for (const path of ["locations", "locations/new", "locations/1", "hours", "hours/patterns/new", "hours/patterns/1", "hours/week/1", "days", "days/copy", "days/cases", "days/holidays", "windows"]) {
    await page.goto(`${told.staff}${path}`);
    await seen(`/${path}`);
  }
  await page.goto(`${told.staff}locations/new`);
  await press(page, "登録して時間を決める");
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
  const narrow = await visitor(browser, { width: 375, height: 812, scripts: true, origin: told.staff });
  await signIn(narrow, told, "manager");
  for (const path of ["locations", "hours", "days", "windows", "days/holidays"]) {
    await narrow.goto(`${told.staff}${path}`);
    await look(narrow, `calendar /${path} at 375`);
  }
  await narrow.context().close();
}
