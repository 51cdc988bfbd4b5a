// A clerk's day: sign in, the board, check-in, hand-over to one and to a family, a walk-in, the calendar, a booking on the telephone.
import { arrived, look, must, place, press, visitor } from "./kit.mjs";

async function signIn(page, told, role, seen) {
  const account = told.accounts.find((one) => one.role === role);
  await page.goto(`${told.staff}login`);
  if (seen) await seen("staff login");
  await page.fill("[name=user]", account.user);
  await page.fill("[name=password]", "wrong password");
  await press(page, "ログイン");
  if (seen) await seen("staff login wrong");
  await page.fill("[name=user]", account.user);
  await page.fill("[name=password]", account.password);
  await press(page, "ログイン");
}

async function scan(page, told, what) {
  await page.goto(told.staff);
  await page.fill("[name=scan]", what);
  await Promise.all([page.waitForLoadState("load"), page.locator("[name=scan]").press("Enter")]);
  await page.waitForLoadState("networkidle");
}

/** The first button of the board whose name begins so, in a row of so many people. */
function rowButton(page, words, people) {
  const rows = page.locator("main tbody tr").filter({ has: page.getByRole("button", { name: words }) });
  const fitting = people ? rows.filter({ has: page.locator("td", { hasText: new RegExp(`^\\s*${people}\\s*$`) }) }) : rows;
  return fitting.first().getByRole("button", { name: words }).first();
}

async function act(page, button) {
  await Promise.all([page.waitForLoadState("load"), button.click()]);
  await page.waitForLoadState("networkidle");
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

const PAGES = ["", "cards", "cards?q=none", "cards/many", "cards/watch", "cards/watch?list=disposal", "settings/deadline", "imports", "calendar", "bookings", "bookings/new", "staff", "staff/new", "staff/sign-ins", "roles", "settings", "settings/booking", "settings/office", "settings/sign-in", "me", "nothing-here"];

/** Every page that a role sees in its navigation, on a desk and on a tablet. */
export async function rolesAndSizes(browser, told) {
  for (const [role, width] of [["manager", 1366], ["administrator", 1366], ["counter", 375], ["auditor", 1366], ["call_center", 1366]]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, role);
    for (const path of PAGES) {
      await page.goto(`${told.staff}${path}`);
      await look(page, `staff /${path} as ${role} at ${width}`);
    }
    await page.context().close();
  }
}
