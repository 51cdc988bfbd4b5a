// A clerk's day: sign in, the board, check-in, hand-over to one and to a family, a walk-in, the calendar, a booking on the telephone.
import { arrived, look, must, place, press, settled, visitor } from "./kit.mjs";

export async function signIn(page, told, role, seen) {
  const account = told.accounts.find((one) => one.role === role);
  await page.goto(`${told.staff}login`);
  if (seen) {
    await seen("staff login");
    await page.fill("[name=user]", account.user);
    await page.fill("[name=password]", "wrong password");
    await press(page, "ログイン");
    await seen("staff login wrong");
  }
  await page.fill("[name=user]", account.user);
  await page.fill("[name=password]", account.password);
  await press(page, "ログイン");
}

async function scan(page, told, what) {
  await page.goto(told.staff);
  await page.fill("[name=scan]", what);
  await Promise.all([page.waitForLoadState("load"), page.locator("[name=scan]").press("Enter")]);
  await settled(page);
}

/** The first button of the board whose name begins so, in a row of so many people. */
function rowButton(page, words, people) {
  const rows = page.locator("main tbody tr").filter({ has: page.getByRole("button", { name: words }) });
  const fitting = people ? rows.filter({ has: page.locator("td", { hasText: new RegExp(`^\\s*${people}\\s*$`) }) }) : rows;
  return fitting.first().getByRole("button", { name: words }).first();
}

async function act(page, button) {
  await Promise.all([page.waitForLoadState("load"), button.click()]);
  await settled(page);
}

const text = (page) => page.locator("main").innerText();

/** One day at the counter, with scripts or without. */
export async function counterDay(browser, told, cards, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const seen = (name) => look(page, `${name}${scripts ? " with scripts" : ""}`);
  await signIn(page, told, "manager", seen);
  await arrived(page, "/", "staff signed in");
  await seen("staff board");

  await act(page, rowButton(page, /^受付：/));
  must(/受付中/.test(await text(page)), "staff check-in: nobody is waiting");
  await seen("staff board checked in");
  await act(page, rowButton(page, /^交付：/));
  must(/交付/.test(await text(page)), "staff hand-over: the board says nothing of it");
  await seen("staff board handed over");
  await press(page, "元に戻す");
  await seen("staff board taken back");

  await page.goto(told.staff);
  const family = rowButton(page, /^受付：/, 3);
  if ((await family.count()) > 0) {
    await act(page, family);
    await act(page, rowButton(page, /^交付：/, 3));
    await seen("staff family");
    if (/\/issue$/.test(place(page).path)) await press(page, /交付/);
    await seen("staff family handed over");
  } else {
    must(false, "staff family: the demo has no family of three today");
  }

  const card = cards.shift();
  await scan(page, told, card.notice_id);
  await seen("staff walk-in");
  must((await text(page)).replace(/-/g, "").includes(card.notice_id), "staff walk-in: the answer does not show the card");
  await scan(page, told, "そのような番号はない");
  await seen("staff scan finds nothing");

  await page.goto(`${told.staff}calendar`);
  await seen("staff calendar");
  const day = page.locator("main a[href*='day=']").first();
  if ((await day.count()) > 0) await act(page, day);
  await seen("staff calendar day");
  await page.goto(`${told.staff}bookings`);
  await seen("staff bookings");
  await page.goto(`${told.staff}cards?q=${card.notice_id}`);
  await seen("staff card search");
  const hit = page.locator("main a[href*='/cards/']").first();
  must((await hit.count()) > 0 || /\/cards\/\d+/.test(place(page).path), "staff card search: the card was not found");
  if ((await hit.count()) > 0 && !/\/cards\/\d+/.test(place(page).path)) await act(page, hit);
  await seen("staff card");
  await page.context().close();
}

/** Sends the keys that somebody without a mouse would press, and waits for the page that follows. */
async function keyed(page, keys) {
  const last = keys.pop();
  for (const key of keys) await page.keyboard.press(key);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press(last)]);
  await settled(page);
}

/** The courier's round with the keyboard alone: a scan, ticks, a mistake taken back, a card that is not there. */
export async function courierRound(browser, told, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const seen = (name) => look(page, `${name}${scripts ? " with scripts" : ""}`);
  await signIn(page, told, "manager");

  await page.goto(`${told.staff}transfers?from=all`);
  await seen("staff transfers");
  const waits = page.locator("tbody tr").filter({ hasText: "未発送" }).first();
  must((await waits.count()) > 0, "staff transfers: the demo has no card to send");
  const notice = (await waits.locator("td.id").first().innerText()).trim();
  await waits.locator("[name=pick]").focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "引抜済にする" }).focus();
  await keyed(page, ["Enter"]);
  must(/を引抜済にしました/.test(await text(page)), "staff transfers: the ticked card was not taken");
  await seen("staff transfers taken");
  await page.getByRole("button", { name: "元に戻す" }).first().focus();
  await keyed(page, ["Enter"]);
  must(/前の操作を取り消しました/.test(await text(page)), "staff transfers: the step was not taken back");
  await seen("staff transfers taken back");

  await page.locator("[name=scan]").focus();
  await page.keyboard.type("XYZ000000");
  await keyed(page, ["Enter"]);
  must(/登録されていません/.test(await text(page)), "staff transfers: an unknown card was not told");
  await seen("staff transfers unknown card");
  await page.locator("[name=scan]").focus();
  await page.keyboard.type(notice);
  await keyed(page, ["Enter"]);
  must(!/登録されていません/.test(await text(page)), "staff transfers: a scanned card was not known");
  await seen("staff transfers scanned");

  await page.goto(`${told.staff}pull`);
  await seen("staff pull list");
  const needed = page.locator("[name=pick]:not([disabled])").first();
  if ((await needed.count()) > 0) {
    await needed.focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "見当たらない" }).focus();
    await keyed(page, ["Enter"]);
    must(/棚に見当たらない/.test(await text(page)), "staff pull list: nobody is told that the card was not there");
    await seen("staff pull list not found");
  }
  await page.goto(`${told.staff}transfers/routes`);
  await page.locator("table input:not([type=hidden])").first().fill("99");
  await press(page, "保存");
  must(/0から60まで/.test(await text(page)), "staff routes: 99 days were not refused");
  await seen("staff routes refused");
  await page.context().close();
}

/** The pages of cards between the offices. */
const BETWEEN = ["transfers", "transfers?stage=moving", "transfers?stage=receive&to=all", "transfers?stage=returns", "transfers?stage=done", "transfers?day=2020-01-01", "transfers/routes", "pull", "pull?day=2020-01-01", "pull?order=time"];

const PAGES = ["", "cards", "cards?q=none", "cards/many", "cards/watch", "cards/watch?list=disposal", "settings/deadline", "imports", "calendar", "bookings", "bookings/new", "staff", "staff/new", "staff/sign-ins", "roles", "settings", "settings/booking", "settings/office", "settings/sign-in", "me", "nothing-here"];

/** Every page that a role sees in its navigation, on a desk and on a tablet. */
export async function rolesAndSizes(browser, told) {
  for (const [role, width] of [["manager", 1366], ["administrator", 1366], ["counter", 375], ["auditor", 1366], ["call_center", 1366]]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, role);
    for (const path of [...PAGES, ...BETWEEN]) {
      await page.goto(`${told.staff}${path}`);
      await look(page, `staff /${path} as ${role} at ${width}`);
    }
    await page.context().close();
  }
}
