// Letters to many by the keyboard alone, and a citizen who waits for a seat.
import { enter } from "./citizen.mjs";
import { letter, look, must, place, press, tick, until, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const text = (page) => page.locator("main").innerText();

/** By the keyboard alone: reaches a control with Tab, as somebody without a mouse does. */
async function tabTo(page, selector) {
  const wanted = await page.locator(selector).first().elementHandle();
  for (let steps = 1; steps <= 300; steps += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${selector} cannot be reached with Tab on ${page.url()}`);
}

async function enterKey(page) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
  await page.waitForLoadState("networkidle");
}

/** Replaces what stands in the focused field. */
async function write(page, words) {
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(words);
}

async function second(browser, told, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const account = told.accounts.filter((one) => one.role === "manager")[1];
  await page.goto(`${told.staff}login`);
  await page.fill("[name=user]", account.user);
  await page.fill("[name=password]", account.password);
  await press(page, "ログイン");
  return page;
}

/** Whoever got the news follows the link in it, stops them, and changes their mind; a link that is cut off says so. */
async function refusesNews(browser, told, since, scripts) {
  const news = await letter(told.outbox, "jibun@mihon.example", since);
  const number = /\/news\/([0-9a-f]+)/.exec(news)?.[1];
  must(Boolean(number), `news: the letter leads nowhere: ${news}`);
  for (const width of [375, 1280]) {
    const page = await visitor(browser, { width, scripts, origin: told.citizen });
    const seen = (name) => look(page, `${name} at ${width}${scripts ? " with scripts" : ""}`);
    await page.goto(`${told.citizen}news/${number}`);
    await seen("news to stop");
    await tabTo(page, "main form button[type=submit]");
    await enterKey(page);
    must(/お知らせのメールを止めました/.test(await text(page)), "news: not stopped");
    await seen("news stopped");
    await tabTo(page, "main form button[type=submit]");
    await enterKey(page);
    must(/また送ります/.test(await text(page)), "news: not begun again");
    await page.goto(`${told.citizen}news/0123`);
    await seen("news of an unknown letter");
    await page.context().close();
  }
}

/** A letter to many from whom to whether it came: empty, wrong, tried, sent back, agreed to, sent. */
export async function bulkMail(browser, told, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const seen = (name) => look(page, `${name}${scripts ? " with scripts" : ""}`);
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}mail/bulk`);
  must(/承認待ち/.test(await text(page)) && /駐車場/.test(await text(page)), "bulk: the demo shows no letter to many");
  await seen("bulk list");
  await press(page, /駐車場/);
  await seen("bulk sent");
  await press(page, "ひとりずつの結果を見る");
  await seen("bulk people");
  await page.goto(`${page.url().split("?")[0].split("#")[0]}?fate=gone`);
  await seen("bulk people nobody");

  await page.goto(`${told.staff}mail/bulk`);
  await tabTo(page, "main a.btn.go");
  await enterKey(page);
  await seen("bulk new");
  await tabTo(page, "#quiet");
  await write(page, "たくさん");
  await enterKey(page);
  must(/0から365まで/.test(await text(page)), "bulk: a wrong number of days was taken");
  await seen("bulk new wrong");
  // Of a group of choices Tab reaches the chosen one; arrows choose another.
  await tabTo(page, "#of");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.check("input[name=purpose][value=information]");
  await tabTo(page, "#quiet");
  await write(page, "0");
  await enterKey(page);
  must(/\/mail\/bulk\/\d+$/.test(place(page).path), `bulk: led to ${place(page).path}`);
  await until(page, /文を保存して見本を見る/);
  await seen("bulk draft");
  await tabTo(page, "[name='subject:ja']");
  await write(page, "【{city}】明日の予約について");
  await tabTo(page, "[name='body:ja']");
  await write(page, "{name} 様");
  await tabTo(page, "button[value=save]");
  await enterKey(page);
  must(/差し込めません/.test(await text(page)), "bulk: an unknown place was taken");
  await seen("bulk draft wrong");
  await tabTo(page, "[name='body:ja']");
  await write(page, "{booking_day} {booking_time}のご予約です。{location}でお待ちしています。");
  await tabTo(page, "button[value=save]");
  await enterKey(page);
  must(/文を保存しました/.test(await text(page)), "bulk: the words were not kept");
  await seen("bulk written");
  await tabTo(page, "#to");
  await write(page, "jibun@mihon.example");
  const asked = Date.now();
  await tabTo(page, "button[value=test]");
  await enterKey(page);
  must(/試しのメールを送ります/.test(await text(page)), "bulk: no test was sent");
  await seen("bulk tested");
  await refusesNews(browser, told, asked, scripts);
  await tabTo(page, "button[value=propose]");
  await enterKey(page);
  must(/承認できません/.test(await text(page)), "bulk: nobody was asked to agree");
  await seen("bulk proposed");

  const other = await second(browser, told, scripts);
  await other.goto(page.url());
  await look(other, `bulk to agree to${scripts ? " with scripts" : ""}`);
  await press(other, "差し戻す");
  must(/差し戻す理由を/.test(await text(other)), "bulk: sent back without a reason");
  await look(other, `bulk sent back without a reason${scripts ? " with scripts" : ""}`);
  await press(other, /への送信を承認する/);
  must(/承認しました/.test(await text(other)), "bulk: nobody agreed");
  await look(other, `bulk sending${scripts ? " with scripts" : ""}`);
  await until(other, /100％が済み/);
  await look(other, `bulk finished${scripts ? " with scripts" : ""}`);
  for (const width of [375, 1280]) {
    await other.setViewportSize({ width, height: 800 });
    for (const path of [place(other).path, `${place(other).path}/people`, "/mail/bulk", "/mail/bulk/new", "/calendar/waiting"]) {
      await other.goto(`${told.staff}${path.slice(1)}`);
      await look(other, `bulk ${path.replace(/\d+/, "one")} at ${width}`);
    }
  }
  await other.goto(`${told.staff}calendar/waiting?day=2020-01-01`);
  await look(other, "waiting nobody");
  await other.goto(`${told.staff}calendar/waiting`);
  must(/案内/.test(await text(other)), "waiting: the list does not show");
  await other.context().close();
  await page.context().close();
}

/** A citizen who finds no day asks to be told, changes the days, and leaves. */
export async function waits(browser, told, cards, scripts) {
  for (const width of [375, 1280]) {
    const page = await visitor(browser, { width, height: 740, scripts, origin: told.citizen });
    const seen = (name) => look(page, `${name} at ${width}${scripts ? " with scripts" : ""}`);
    await enter(page, told, cards.shift(), `wait${width}${scripts ? "js" : ""}@example.jp`, async () => {}, false);
    await page.selectOption("#location", { index: 1 });
    await press(page, "この場所で次へ進む");
    if (place(page).path === "/family") await press(page, /人で次へ進む/);
    await seen("citizen calendar with the waiting list");
    await press(page, /空きが出たら/);
    await seen("citizen wait");
    await page.selectOption("#from", { index: 5 });
    await page.selectOption("#to", { index: 1 });
    await press(page, "登録する");
    must(/終わりの日は/.test(await text(page)), "wait: days in the wrong order were taken");
    await seen("citizen wait wrong");
    const weekend = await page.locator("#from option").count();
    await page.selectOption("#from", { index: weekend - 1 });
    await page.selectOption("#to", { index: weekend - 1 });
    await tick(page.locator("#part_morning"));
    await press(page, "登録する");
    must(/空き待ちに登録しました/.test(await text(page)), "wait: nobody waits");
    await seen("citizen waits");
    must(!/\d+人目|\d+番目/.test(await text(page)), "wait: a number is shown");
    await tabTo(page, "main form button");
    await enterKey(page);
    must(/空き待ちをやめました/.test(await text(page)), "wait: nobody left");
    await seen("citizen waits no more");
    await page.goto(`${told.citizen}my/code/K7M2-0413`);
    await seen("citizen code for the counter");
    await page.context().close();
  }
}
