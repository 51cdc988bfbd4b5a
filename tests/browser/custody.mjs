// Where cards lie: the vault's pages with the keyboard alone, a count, a card from hand to hand, and what prints.
import { arrived, look, must, place, press, settled, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const text = (page) => page.locator("main").innerText();

/** Full-width signs, as a scanner gives them while the input method is on. */
const wide = (typed) => typed.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

/** Types into the field that has the focus and presses Enter, as a scanner does. */
async function scan(page, what) {
  await page.keyboard.insertText(what);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
  await settled(page);
}

/** Which field is ready for a scan without anything being touched. */
const ready = (page) => page.evaluate(() => document.activeElement?.id ?? "");

async function keyed(page, ...keys) {
  const last = keys.pop();
  for (const key of keys) await page.keyboard.press(key);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press(last)]);
  await settled(page);
}

/** The row of a box of the main vault, by its name. */
async function boxCalled(page, told, name) {
  await page.goto(`${told.staff}storage/1/edit`);
  const path = await page.getByRole("link", { name: `直す：${name}` }).getAttribute("href");
  return path.split("/").pop();
}

/** Notice IDs of the cards that lie in the first boxes of the main vault. */
async function notices(page, told, box) {
  await page.goto(`${told.staff}storage/1?box=${box}`);
  return page.locator("tbody td.id:not(.sub)").allInnerTexts();
}

/** Cards are moved, handed on and counted without a mouse. */
export async function vault(browser, told, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const seen = (name) => look(page, `${name}${scripts ? " with scripts" : ""}`);
  await signIn(page, told, "manager");
  const here = (await notices(page, told, 5)).map((one) => one.trim());
  await seen("storage box");
  must(here.length > 3, "storage: the demo has no cards in box 5");
  const [empty, kept] = [await boxCalled(page, told, "D-01"), await boxCalled(page, told, "H-01")];
  await page.goto(`${told.staff}storage/1?box=${empty}`);
  must(/カードはありません/.test(await text(page)), "storage: the box D-01 is not empty");
  await seen("storage box empty");

  // The label of a box, then card after card.
  await page.goto(`${told.staff}storage/move`);
  must((await ready(page)) === "scan", "storage move: the field is not ready for a scan");
  await seen("storage move");
  await scan(page, wide(`BX${kept.padStart(5, "0")}`));
  await arrived(page, "/storage/move", "storage move label");
  must(/移す先：.*H-01/.test(await text(page)), "storage move: the label in full width was not read");
  must((await ready(page)) === "scan", "storage move: the field is not ready for the next scan");
  await scan(page, wide(here[0]));
  must(/移しました/.test(await text(page)), "storage move: the card in full width was not moved");
  await seen("storage moved");
  await scan(page, here[0].replace("-", "").toLowerCase());
  must(/すでにここにあります/.test(await text(page)), "storage move: a second scan moved the card again");
  must(!page.url().includes(here[0].replace("-", "")), "storage move: the scan stands in the address");
  await scan(page, "ZZZ000000");
  must(/登録されていません/.test(await text(page)), "storage move: an unknown card was not told");
  await seen("storage move unknown card");
  await scan(page, here[1]);
  await page.getByRole("button", { name: "元に戻す" }).focus();
  await keyed(page, "Enter");
  must(/移動を元に戻しました/.test(await text(page)), "storage move: the last scan was not taken back");
  await seen("storage move taken back");

  // Ticks in a list; nothing ticked is told.
  await page.goto(`${told.staff}storage/1?box=5`);
  await page.getByRole("button", { name: "移す", exact: true }).focus();
  await keyed(page, "Enter");
  must(/選んでください/.test(await text(page)), "storage box: nothing ticked was not told");
  await seen("storage box nothing ticked");

  await handOver(page, told, seen, here[2]);
  await count(page, told, seen);
  await page.context().close();
}

/** A card waits for this person: its box is scanned, then the card. Another goes to somebody else. */
async function handOver(page, told, seen, notice) {
  await page.goto(`${told.staff}storage/hand-over`);
  await seen("storage hand-over");
  const mine = page.locator("tbody tr").filter({ hasText: "自分" }).first();
  must((await mine.count()) > 0, "storage hand-over: the demo has no card for this person");
  const waiting = (await mine.count()) > 0 ? (await mine.locator("td.id").first().innerText()).trim() : notice;
  await scan(page, notice);
  must(/渡す相手を選んでください/.test(await text(page)), "storage hand-over: nobody to give to was not told");
  await seen("storage hand-over to nobody");
  await page.locator("#person").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await scan(page, notice);
  must(/渡しました/.test(await text(page)), "storage hand-over: the card was not given");
  await seen("storage hand-over given");
  await page.locator("#take").focus();
  await scan(page, "BX00005");
  must((await ready(page)) === "take", "storage hand-over: the field to take is not ready after the label");
  await scan(page, wide(waiting));
  must(/受け取りました/.test(await text(page)), "storage hand-over: the card was not taken");
  await seen("storage hand-over taken");
  await scan(page, waiting);
  must(/二度目の読み取り|でもないカード/.test(await text(page)), "storage hand-over: a second scan was not told");
  const back = page.getByRole("button", { name: /^取りやめて戻す/ }).last();
  await back.focus();
  await keyed(page, "Enter");
  must(/手渡しを取りやめ/.test(await text(page)), "storage hand-over: it was not taken back");
}

/** A count that runs is gone on with, and ended. */
async function count(page, told, seen) {
  await page.goto(`${told.staff}storage/stocktakes`);
  await seen("stocktakes");
  await press(page, "棚卸を始める");
  must(/棚卸をする場所を選んでください/.test(await text(page)), "stocktakes: no place was not told");
  await seen("stocktakes no place");
  await page.locator("#target").selectOption({ label: "本庁舎 市民課 保管庫 B-06" });
  await press(page, "棚卸を始める");
  await arrived(page, /^\/storage\/stocktakes\/\d+$/, "stocktake begun");
  must((await ready(page)) === "scan", "stocktake: the field is not ready for a scan");
  await seen("stocktake begun");
  const left = (await page.locator("#rest td.id:not(.sub)").allInnerTexts()).map((one) => one.trim());
  await scan(page, wide(left[0]));
  must(/この場所のカード/.test(await text(page)), "stocktake: a card of the box was not counted");
  await scan(page, left[0]);
  must(/2回目（数えません）/.test(await text(page)), "stocktake: a second scan was counted");
  await scan(page, "ZZZ000001");
  must(/番号を棚卸の記録に残しました/.test(await text(page)), "stocktake: an unknown number was not told");
  await seen("stocktake unknown number");
  await page.getByRole("button", { name: "終える", exact: true }).focus();
  await keyed(page, "Enter");
  must(/まだ.*枚を読み取っていません/.test(await text(page)), "stocktake: it ended without asking");
  await seen("stocktake asks");
  await page.getByRole("button", { name: "このまま終える" }).focus();
  await keyed(page, "Enter");
  must(/棚卸を終えました/.test(await text(page)), "stocktake: it did not end");
  await seen("stocktake report");
  await page.getByRole("button", { name: /所在不明/ }).focus();
  await keyed(page, "Enter");
  must(/選んでください/.test(await text(page)), "stocktake report: nothing ticked was not told");
  await seen("stocktake report nothing ticked");
  const box = page.locator("[name=pick]").first();
  await box.focus();
  await page.keyboard.press("Space");
  await page.locator("#reason").fill("前後の箱も確かめた");
  await page.getByRole("button", { name: /所在不明/ }).focus();
  await keyed(page, "Enter");
  await arrived(page, "/storage/missing", "stocktake missing");
  await seen("missing");
  await page.locator("main a[href*='/storage/missing/']").first().focus();
  await keyed(page, "Enter");
  await seen("missing record");
  await press(page, "記録する");
  must(place(page).path.endsWith("/step"), `missing record: nothing typed led to ${place(page).path}`);
  await seen("missing record nothing typed");
}

/** What is set up, with what is wrong about it. */
export async function furniture(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  const seen = (name) => look(page, name);
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}storage/rules`);
  await seen("storage rules");
  await page.fill("#from", "B13000009");
  await page.fill("#to", "B13000001");
  await press(page, "規則を足す");
  must(/エラー/.test(await text(page)), "storage rules: a range that ends before it begins was taken");
  await seen("storage rules refused");
  await page.goto(`${told.staff}storage/rules`);
  await page.fill("#notice", "Z10000001");
  await press(page, "試す");
  must(/B-01/.test(await text(page)), "storage rules: the example does not tell the box");
  await seen("storage rules tried");
  await page.goto(`${told.staff}storage/new`);
  await press(page, "保管場所を足す");
  must(/エラー/.test(await text(page)), "storage new: nothing typed was taken");
  await seen("storage new refused");
  await page.goto(`${told.staff}storage/1/edit`);
  await seen("storage edit");
  await page.goto(`${told.staff}storage/1/boxes`);
  await page.fill("#code", "B-01");
  await press(page, "箱を足す");
  must(/エラー/.test(await text(page)), "storage box: the same name twice was taken");
  await seen("storage box refused");
  await page.goto(`${told.staff}storage/boxes/1`);
  await seen("storage box edit");
  await page.context().close();
}

const LISTS = ["due_soon", "due_over", "renotice", "returned", "hold_over", "validity", "residence", "disposal", "to_destroy"];

/** What becomes due: each list, a card put off, and two people who have one destroyed. */
export async function deadlines(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  const seen = (name) => look(page, name);
  await signIn(page, told, "manager");
  for (const list of LISTS) {
    await page.goto(`${told.staff}cards/watch?list=${list}`);
    await seen(`watch ${list}`);
  }
  await page.goto(`${told.staff}cards/watch?list=to_destroy`);
  await page.getByRole("button", { name: "見合わせる" }).focus();
  await keyed(page, "Enter");
  must(/カードを選んでください/.test(await text(page)), "watch: nothing ticked was not told");
  await seen("watch nothing ticked");
  const row = page.locator("tbody tr").first();
  must((await row.count()) > 0, "watch: the demo has no card that waits to be destroyed");
  const notice = (await row.locator("td.id").first().innerText()).trim();
  await row.locator("[name=pick]").focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "「廃棄済」などに更新する" }).focus();
  await keyed(page, "Enter");
  await seen("destroy asked");
  await page.getByLabel("理由").first().fill("受取期限から1年");
  await press(page, "確かめる");
  await seen("destroy checked");
  await press(page, "廃棄に提案する");
  must(/提案した本人は承認できません/.test(await text(page)), "destroy: one person may do it alone");
  await seen("destroy proposed");
  const path = place(page).path;
  await page.context().close();

  const other = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(other, { ...told, accounts: told.accounts.filter((one) => one.user === "manager2") }, "manager");
  await other.goto(`${told.staff}${path.slice(1)}`);
  await look(other, "destroy for the second");
  must((await text(other)).includes(notice), "destroy: the second does not see the card");
  await other.locator("#n").focus();
  await other.keyboard.type("9");
  await keyed(other, "Enter");
  must(/枚数が合いません/.test(await text(other)), "destroy: a wrong number was taken");
  await other.locator("#n").fill("1");
  await other.locator("#n").focus();
  await keyed(other, "Enter");
  must(/1枚のうち1枚を「廃棄済」にしました/.test(await text(other)), "destroy: the second did not do it");
  await look(other, "destroyed by two");
  await other.context().close();
}

/** Pages that are printed, and the words that stand at their head on paper. */
const PAPERS = [["", "窓口　予約一覧"], ["pull", "引抜リスト"], ["transfers?from=all&to=all", "回送リスト"], ["storage/1?box=3", "保管カード一覧"], ["storage/stocktakes/1", "棚卸報告"], ["storage/missing", "所在不明のカード"]];

const SMALL = ["storage", "storage?location=all", "storage/1?box=2", "storage/move", "storage/move?to=b3", "storage/hand-over", "storage/stocktakes", "storage/stocktakes/1", "storage/stocktakes/2", "storage/missing", "storage/missing/1", "storage/labels", "storage/labels?storage=all", "storage/rules", "storage/new", "storage/boxes/1"];

/** Every page on a telephone, and on paper. */
export async function sizesAndPapers(browser, told) {
  for (const width of [1366, 375]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, "manager");
    for (const path of SMALL) {
      await page.goto(`${told.staff}${path}`);
      await look(page, `/${path} at ${width}`, { width });
    }
    await page.context().close();
  }
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(page, told, "manager");
  for (const [path, head] of PAPERS) {
    await page.goto(`${told.staff}${path}`);
    await page.emulateMedia({ media: "print" });
    const paper = page.locator(".paper").first();
    must((await paper.isVisible()) && (await paper.innerText()).includes(head), `paper of /${path}: no heading`);
    must((await paper.innerText()).includes("個人情報・取扱注意"), `paper of /${path}: no warning`);
    must(!(await page.locator("nav.side").isVisible()), `paper of /${path}: the navigation is printed`);
    await page.emulateMedia({ media: "screen" });
  }
  await page.context().close();
}
