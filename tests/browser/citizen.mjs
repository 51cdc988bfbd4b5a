// The citizen's way from the first page to the cancelled booking, without scripts on a telephone; then its pages at other sizes.
import { arrived, letter, look, must, place, press, tick, visitor } from "./kit.mjs";

async function notice(page, card) {
  await page.fill("[name=notice_id]", card.notice_id);
  await page.fill("[name=birth_month]", String(card.birth_month));
  await page.fill("[name=birth_day]", String(card.birth_day));
  await press(page, "確認して次へ進む");
}

/** Nothing at all, then a card that is none. The house counts wrong numbers: few walks may take this way. */
async function mistake(page, told, seen) {
  await press(page, "確認して次へ進む");
  await seen("citizen notice empty");
  must((await page.locator("#err").count()) === 1, "citizen notice empty: nothing says what is wrong");
  await notice(page, { notice_id: "A00-000000", birth_month: 2, birth_day: 3 });
  await seen("citizen notice wrong");
  await page.goto(`${told.citizen}notice#main`);
}

/** From the start page to the mail's link. */
export async function enter(page, told, card, email, seen, mistakes = true) {
  await page.goto(told.citizen);
  await seen("citizen start");
  await page.goto(`${told.citizen}notice#main`);
  await seen("citizen notice");
  if (mistakes) await mistake(page, told, seen);
  await notice(page, card);
  await arrived(page, "/email", "citizen email");
  await seen("citizen email");
  await page.fill("[name=email]", "taro＠example");
  await press(page, "メールを送る");
  await seen("citizen email wrong");
  const since = Date.now() - 2000;
  await page.fill("[name=email]", email);
  await press(page, "メールを送る");
  await arrived(page, "/email/sent", "citizen sent");
  await seen("citizen sent");
  const text = await letter(told.outbox, email, since);
  const link = /https?:\/\/\S+\/m\/\S+/.exec(text);
  if (!link) throw new Error(`no link in the letter:\n${text}`);
  await page.goto(link[0]);
  await seen("citizen link");
  await press(page, "予約の手続きを続ける");
  await arrived(page, "/location", "citizen location");
}

/** From the location to the last page. */
async function choose(page, seen) {
  await seen("citizen location");
  const options = await page.locator("[name=location] option").evaluateAll((all) => all.map((one) => one.value));
  await page.selectOption("[name=location]", options.filter((value) => value !== "").at(-1));
  await press(page, "この場所で次へ進む");
  await arrived(page, "/family", "citizen family");
  await seen("citizen family");
  await press(page, /人で次へ進む/);
  await arrived(page, "/calendar", "citizen calendar");
  await seen("citizen calendar");
  await time(page, seen);
}

async function time(page, seen) {
  for (let month = 0; month < 4; month += 1) {
    const days = page.locator("main a[href*='day=']");
    if ((await days.count()) > 0) {
      await Promise.all([page.waitForLoadState("load"), days.last().click()]);
      break;
    }
    await press(page, /次の月|翌月|月を見る/);
  }
  await arrived(page, "/calendar", "citizen times");
  await seen("citizen times");
  await tick(page.locator("[name=slot]:not([disabled])").last());
  await press(page, "この時間で次へ進む");
  await arrived(page, "/precautions", "citizen precautions");
  await seen("citizen precautions");
  await press(page, /すべて確認しました/);
  await seen("citizen precautions unticked");
  for (const box of await page.locator("[name=ack]").all()) await tick(box);
  await press(page, /すべて確認しました/);
  await arrived(page, "/confirm", "citizen confirm");
  await seen("citizen confirm");
}

/** The whole way with scripts switched off at 375 px. */
export async function wholeWay(browser, told, cards, scripts) {
  const page = await visitor(browser, { width: 375, height: 740, scripts, origin: told.citizen });
  const named = scripts ? " with scripts" : "";
  const seen = (name) => look(page, `${name}${named}`);
  const email = `walk${scripts ? "js" : ""}@example.jp`;
  await enter(page, told, cards.shift(), email, seen);
  await choose(page, seen);
  const since = Date.now() - 2000;
  await press(page, "この内容で予約する");
  await arrived(page, "/done", "citizen done");
  await seen("citizen done");
  const text = await letter(told.outbox, email, since);
  must(/予約/.test(text), "the confirmation says nothing of the booking");
  await page.goto(`${told.citizen}my/booking#main`);
  await seen("citizen my booking");
  await page.goto(`${told.citizen}my/family#main`);
  await seen("citizen my family");
  await page.goto(`${told.citizen}my/change#main`);
  await seen("citizen my change");
  await press(page, "日時を選び直す");
  await arrived(page, "/calendar", "citizen change calendar");
  await time(page, seen);
  await press(page, /変更/);
  await arrived(page, "/done", "citizen changed");
  await seen("citizen changed");
  await page.goto(`${told.citizen}my/cancel#main`);
  await seen("citizen cancel");
  const everybody = page.locator("main input[type=checkbox]");
  for (const box of await everybody.all()) await tick(box);
  await press(page, /取り消す/);
  if (place(page).path === "/my/cancel") await press(page, /取り消す/);
  await seen("citizen cancelled");
  must(/取り消し/.test(await page.locator("main").innerText()), "nothing says that the booking was cancelled");
  await page.context().close();
}

const PAGES = ["", "notice", "my", "help", "privacy", "accessibility", "calendar/wait", "nothing-here"];

/** Pages that need no session, at every width that counts and at twice the size of letters. */
export async function sizes(browser, told) {
  for (const [width, zoom] of [[320, 1], [375, 1], [1280, 1], [1280, 2]]) {
    const page = await visitor(browser, { width, zoom, origin: told.citizen });
    for (const path of PAGES) {
      await page.goto(`${told.citizen}${path}`);
      await look(page, `citizen /${path} at ${width} x${zoom}`);
    }
    await page.context().close();
  }
}

/** Without a session each step leads to the first one, and the reader is put there. */
export async function outOfOrder(browser, told) {
  const page = await visitor(browser, { width: 375, origin: told.citizen, scripts: false });
  for (const path of ["location", "family", "calendar", "precautions", "confirm", "done", "my/booking", "my/cancel"]) {
    await page.goto(`${told.citizen}${path}`);
    await arrived(page, "/notice", `citizen /${path} without a session`);
  }
  await page.context().close();
}

