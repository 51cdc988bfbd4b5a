// Files that come in: cards in every format, bookings and states of a former system, and updates of all that a search found.
import { readFileSync } from "node:fs";
import { arrived, look, must, place, press, settled, until, visitor, wrong } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const text = (page) => page.locator("main").innerText();

/** Numbers that no other walk and no earlier run of this one has used. */
let last = Math.floor((Date.now() / 1000) % 800_000);
const notice = () => `W10${String((last += 1)).padStart(6, "0")}`;

const STANDARD = "交付通知書ID,氏名,フリガナ,生年月日";

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A workbook of one sheet: each cell a text, or a number. */
function workbook(rows) {
  const letter = (at) => String.fromCharCode(65 + at);
  const cell = (value, at, row) => typeof value === "number"
    ? `<c r="${letter(at)}${row}"><v>${value}</v></c>`
    : `<c r="${letter(at)}${row}" t="inlineStr"><is><t>${value}</t></is></c>`;
  const lines = rows.map((row, n) => `<row r="${n + 1}">${row.map((value, at) => cell(value, at, n + 1)).join("")}</row>`).join("");
  const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n`;
  const main = "http://schemas.openxmlformats.org";
  return zip({
    "[Content_Types].xml": `${head}<Types xmlns="${main}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": `${head}<Relationships xmlns="${main}/package/2006/relationships"><Relationship Id="r1" Type="${main}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${head}<workbook xmlns="${main}/spreadsheetml/2006/main" xmlns:r="${main}/officeDocument/2006/relationships"><sheets><sheet name="一覧" sheetId="1" r:id="r1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${head}<Relationships xmlns="${main}/package/2006/relationships"><Relationship Id="r1" Type="${main}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `${head}<worksheet xmlns="${main}/spreadsheetml/2006/main"><sheetData>${lines}</sheetData></worksheet>`,
  });
}

/** A zip archive of these parts, none of them packed. */
function zip(parts) {
  const [bodies, index] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(parts)) {
    const [label, bytes] = [Buffer.from(name), Buffer.from(content)];
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(label.length, 22);
    bodies.push(Buffer.from("PK\x03\x04", "latin1"), facts, label, bytes);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    index.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), facts, where, label);
    at += 30 + label.length + bytes.length;
  }
  const list = Buffer.concat(index);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(parts).length, 4);
  end.writeUInt16LE(Object.keys(parts).length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, list, Buffer.from("PK\x05\x06", "latin1"), end]);
}

/** Chooses a file on the first page and sends it. */
async function send(page, told, name, content, kind = "card") {
  await page.goto(`${told.staff}imports`);
  await page.selectOption("[name=kind]", kind);
  await page.setInputFiles("[name=file]", { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
  await press(page, "内容を確かめる");
}

/** Saves what a button or link gives, and reads it. */
async function saved(page, control) {
  const [download] = await Promise.all([page.waitForEvent("download"), control.click()]);
  return readFileSync(await download.path(), "utf8");
}

/** Goes on with the Tab key alone until the control with this name has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 200; presses += 1) {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      return !/^(A|BUTTON|INPUT|SELECT|SUMMARY|TEXTAREA)$/.test(at.tagName) ? "" : (at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || at.value || "");
    });
    if (here.replace(/\s+/g, "").includes(name)) return;
    await page.keyboard.press("Tab");
  }
  wrong(`the keyboard does not come to "${name}" on ${place(page).path}`);
}

/** Presses a key and waits for the page that follows. */
async function keyed(page, key) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press(key)]);
  await settled(page);
}

/** The page on a desk and on a telephone. */
async function seen(page, name) {
  await look(page, name);
  await page.setViewportSize({ width: 375, height: 800 });
  await look(page, name);
  await page.setViewportSize({ width: 1366, height: 768 });
}

/** A layout that no saved one fits: the second walk has headings of its own. */
const OWN = (numbers, mark) => [
  ["番号", "名前", "よみ", "誕生日", "窓口", "備考欄"].map((head) => head + mark).join(","),
  `${numbers[0]},取込 花子,トリコミ ハナコ,H2.4.13,本庁,x`,
  `${numbers[1]},取込 次郎,トリコミ ジロウ,S63.1.2,本庁,x`,
  `A1-34,取込 三郎,トリコミ サブロウ,H2.4.13,本庁,x`,
  `${numbers[2]},取込 四郎,トリコミ シロウ,S63.13.2,本庁,x`,
].join("\r\n");

/** Cards in a layout of the city's own: mapped, looked at, brought in, refused the second time, taken back. */
export async function cardsComeIn(browser, told, scripts) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts, origin: told.staff });
  const way = scripts ? " with scripts" : "";
  const mark = scripts ? "2" : "";
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}cards`);
  const office = await page.locator("select[name=location] option[value='1']").textContent();
  await page.goto(`${told.staff}imports`);
  await seen(page, `imports${way}`);
  await press(page, "内容を確かめる");
  must(/ファイルを選んでください/.test(await text(page)), "imports: no file was not refused");
  await seen(page, `imports without a file${way}`);

  const numbers = [notice(), notice(), notice()];
  await send(page, told, "madoguchi.csv", OWN(numbers, mark));
  await arrived(page, /\/imports\/check\/[0-9a-f]+\/format$/, "imports format");
  await seen(page, `imports format${way}`);
  await press(page, "内容を確かめる");
  await seen(page, `imports format refused${way}`);
  for (const [target, column] of [["notice_id", "番号"], ["name", "名前"], ["kana", "よみ"], ["birth", "誕生日"], ["location", "窓口"]]) {
    await page.selectOption(`[name='col.${target}']`, `h:${column}${mark}`);
  }
  const profile = `窓口の表${last}`;
  await page.fill("[name=name]", profile);
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.waitForLoadState("load");
  must((await text(page)).includes(profile) || /保存しました/.test(await page.locator("body").innerText()), "imports: the layout was not saved");
  await page.locator("summary", { hasText: "読み替え" }).first().click();
  await page.fill("[name='words.location']", `本庁=${office}`);
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.waitForLoadState("load");
  await seen(page, `imports format saved${way}`);

  await press(page, "変換して保存");
  must(/変換できません/.test(await text(page)), "imports: rows that cannot be read were converted");
  await seen(page, `imports format not converted${way}`);
  await press(page, "内容を確かめる");
  await arrived(page, /\/imports\/check\/[0-9a-f]+$/, "imports check");
  must(/エラー 2/.test(await text(page)), "imports check: two rows are wrong");
  await seen(page, `imports check${way}`);
  const wrongRows = await saved(page, page.getByRole("link", { name: "エラーの行をCSVで保存" }).first());
  must(/月が1〜12ではありません/.test(wrongRows), "imports check: the file of wrong rows does not say why");
  await press(page, /^新規 2/);
  must((await text(page)).includes("取込 花子"), "imports check: the new rows are not shown");
  await seen(page, `imports check new rows${way}`);

  await page.getByRole("button", { name: "決定する" }).click();
  await page.waitForLoadState("load");
  await arrived(page, /\/imports\/\d+$/, "imports result");
  must(/2件を取り込みました/.test(await text(page)), "imports result: two rows came in");
  await seen(page, `imports result${way}`);
  const run = place(page).path;
  const left = await saved(page, page.getByRole("link", { name: "エラーの行をCSVで保存" }).first());
  must(/S63.13.2/.test(left), "imports result: the file of rows that were left out is empty");

  await send(page, told, "madoguchi.csv", OWN(numbers, mark));
  must(/取込済みです/.test(await text(page)), "imports: the same file again is not told");
  await page.getByRole("button", { name: "決定する" }).click();
  await page.waitForLoadState("load");
  must(/取込済み/.test(await text(page)), "imports: the same file came in twice");
  await seen(page, `imports the same file again${way}`);
  await page.getByRole("link", { name: /^第\d+回$/ }).first().click();
  await page.waitForLoadState("load");
  await arrived(page, run, "imports the run of the same file");

  await press(page, /を取り消す$/);
  await seen(page, `imports undo${way}`);
  await press(page, /を取り消す$/);
  must(/理由/.test(await text(page)), "imports undo: no reason was asked for");
  await seen(page, `imports undo without a reason${way}`);
  await page.fill("[name=reason]", "見本の取り違え");
  await press(page, /を取り消す$/);
  must(/消した新規 2/.test(await text(page)), "imports undo: the cards are still there");
  await seen(page, `imports undone${way}`);

  await page.goto(`${told.staff}imports/profiles`);
  must((await text(page)).includes("前の版 1"), "imports profiles: the first version is not listed");
  await page.locator("summary", { hasText: "前の版" }).first().click();
  await seen(page, `imports profiles${way}`);
  const toml = await saved(page, page.getByRole("link", { name: `書き出す：${profile}`, exact: true }));
  must(toml.includes(`name = "${profile}"`), "imports profiles: the layout was not written out");
  await page.fill("[name=toml]", "name = \n");
  await press(page, "読み込む");
  must(/TOML/.test(await text(page)), "imports profiles: nonsense was brought in");
  await seen(page, `imports profiles refused${way}`);
  await page.fill("[name=toml]", toml.replaceAll(profile, `${profile}の写し`));
  await press(page, "読み込む");
  must((await text(page)).includes(`${profile}の写し`), "imports profiles: a layout was not brought in");
  await page.context().close();
}

/** Individual numbers, lines of fixed bytes, workbooks, a conversion, and runs that cannot be taken back. */
export async function otherFormats(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(page, told, "manager");
  const rows = Array.from({ length: 22 }, (_, n) => `${notice()},番号 ${n},バンゴウ,1990-04-13,123456789018`);
  await send(page, told, "kojin.csv", `${STANDARD},個人番号\r\n${rows.join("\r\n")}`);
  must(/個人番号（マイナンバー）があります/.test(await text(page)), "imports guard: the column was not told");
  must(!(await page.content()).includes("123456789018"), "imports guard: a number is shown");
  await seen(page, "imports individual numbers");
  await page.getByLabel(/を捨てる/).uncheck();
  await press(page, "内容を確かめる");
  await seen(page, "imports individual numbers refused");
  await page.getByLabel(/を捨てる/).check();
  await press(page, "内容を確かめる");
  must(/列を捨てた/.test(await text(page)), "imports guard: the column was not cut off");
  await seen(page, "imports individual numbers cut off");

  const line = (name) => `${notice()}${name.padEnd(20)}19900413${"FIXED HANAKO".padEnd(20)}`;
  await send(page, told, "kotei.txt", `${line("FIXED TARO")}\r\n${line("FIXED JIRO")}\r\n`);
  must(/旧システム 固定長/.test(await text(page)), "imports fixed: the saved layout was not found out");
  await seen(page, "imports fixed lines");
  await press(page, "見る・変える");
  await seen(page, "imports fixed lines format");
  const standard = await saved(page, page.getByRole("button", { name: "変換して保存" }));
  must(standard.includes("交付通知書ID,氏名") && standard.includes("FIXED TARO"), "imports fixed: not converted");

  const book = workbook([STANDARD.split(","), [notice(), "表計算 一", "ヒョウケイサン", 32976], [notice(), "表計算 二", "ヒョウケイサン", 32977]]);
  await send(page, told, "hyo.xlsx", book);
  must(/新規 2/.test(await text(page)) && /1990-04-13/.test(await text(page)), "imports workbook: days that are numbers were not read");
  await seen(page, "imports workbook");
  await press(page, "取り込む");
  must(/2件を取り込みました/.test(await text(page)), "imports workbook: not brought in");
  await send(page, told, "old.xls", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0]));
  await seen(page, "imports old workbook refused");

  await page.goto(`${told.staff}imports/1`);
  await seen(page, "imports run in use");
  await press(page, "どのカードかを見る");
  await seen(page, "imports undo of a run in use");
  for (const id of [2, 3, 4, 5]) {
    await page.goto(`${told.staff}imports/${id}`);
    await seen(page, `imports run ${id} of the demo`);
  }
  await page.goto(`${told.staff}imports/check/${"0".repeat(32)}`);
  must(/期限（30分）が過ぎました/.test(await page.locator("body").innerText()), "imports: a file that is gone is not told");
  await seen(page, "imports file gone");
  await page.goto(`${told.staff}imports/999999`);
  await look(page, "imports run that is not there");
  await page.context().close();

  const clerk = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(clerk, told, "counter");
  await clerk.goto(`${told.staff}imports`);
  await look(clerk, "imports not for this role");
  await clerk.context().close();
}

/** Bookings and states of a former system, the first of them with the keyboard alone. */
export async function migration(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(page, told, "manager");
  const numbers = Array.from({ length: 6 }, notice);
  const cards = numbers.map((number, n) => `${number},移行 ${n}郎,イコウ,1990-04-1${n}`);
  await send(page, told, "ikou.csv", `${STANDARD}\r\n${cards.join("\r\n")}\r\n`);
  await press(page, "取り込む");
  must(/6件を取り込みました/.test(await text(page)), "migration: the cards did not come in");

  const { day, slot } = told.scarce;
  await page.goto(`${told.staff}cards`);
  const location = await page.locator(`select[name=location] option[value="${told.scarce.location}"]`).textContent();
  const at = `${slot.slice(-4, -2)}:${slot.slice(-2)}`;
  const booked = numbers.map((number, n) => `${number},1990-04-1${n},${location},${day},${at},ikou${n}@example.jp,`);
  const head = "交付通知書ID,生年月日,交付場所,予約日,開始時刻,メールアドレス,予約番号";
  await send(page, told, "yoyaku.csv", `${head}\r\n${booked.join("\r\n")}\r\nX99999999,1990-04-13,${location},${day},${at},,\r\n`, "booking");
  await arrived(page, /\/imports\/check\/[0-9a-f]+$/, "migration check");
  await seen(page, "migration check");
  must(/枠を超える予約/.test(await text(page)), "migration: nobody is told of more bookings than seats");
  await page.locator("#main, main").first().focus().catch(() => {});
  await tabTo(page, "枠を超える予約");
  await keyed(page, "Enter");
  await seen(page, "migration bookings over capacity");
  await tabTo(page, "枠を超えて取り込む");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "決定する");
  await keyed(page, "Enter");
  await arrived(page, /\/imports\/\d+$/, "migration result");
  await seen(page, "migration result");
  await tabTo(page, "エラーの行をCSVで保存");
  await tabTo(page, "を取り消す");
  await keyed(page, "Enter");
  await seen(page, "migration undo");
  await tabTo(page, "理由");
  await page.keyboard.type("日付が一年違う");
  await tabTo(page, "を取り消す");
  await keyed(page, "Enter");
  must(/取り消し/.test(await text(page)), "migration: not taken back");
  await seen(page, "migration undone");

  const states = [`${numbers[0]},1990-04-10,保留,`, `${numbers[1]},1990-04-11,よくわからない,`, `${numbers[2]},1990-04-12,通知書発送済,ikou@example.jp`];
  await send(page, told, "jotai.csv", `交付通知書ID,生年月日,状態,メールアドレス\r\n${states.join("\r\n")}\r\n`, "card_status");
  await seen(page, "migration states");
  await press(page, /^更新/);
  await seen(page, "migration states changes");
  await page.getByRole("button", { name: "決定する" }).click();
  await page.waitForLoadState("load");
  must(/2件を取り込みました/.test(await text(page)), "migration: states did not come over");
  await seen(page, "migration states result");
  await page.context().close();
}

/** A file that takes its time, and an update of all that a search found. */
export async function manyCards(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  page.setDefaultTimeout(120_000);
  await signIn(page, told, "manager");
  const rows = Array.from({ length: 5200 }, (_, n) => `Y${String(10 + (last % 80))}${String(n).padStart(6, "0")},大量 ${n},タイリョウ,1990-04-13`);
  await send(page, told, `tairyo${last}.csv`, `${STANDARD}\r\n${rows.join("\r\n")}\r\n`);
  await seen(page, "imports large check");
  await press(page, "取り込む");
  const run = place(page).path;
  if (/取込中/.test(await text(page))) await look(page, "imports under way");
  await until(page, /5200件を取り込みました/, { seconds: 120 });

  await press(page, "この取込のカードを開く");
  await seen(page, "search all of a run");
  await press(page, "全件の状態をまとめて更新する");
  must(/5200件のカードの状態を変えます/.test(await text(page)), "many: not all of the run was taken");
  await seen(page, "many all of a search");
  await press(page, "確かめる");
  await seen(page, "many all of a search refused");
  await page.selectOption("[name=to]", "renotified");
  await press(page, "確かめる");
  must(/1行目から（1／26ページ）/.test(await text(page)), "many: the long list has no pages");
  await seen(page, "many long list");
  await press(page, "次へ");
  await look(page, "many long list second page");
  await page.goto(`${told.staff}${run.slice(1)}/undo`);
  await page.fill("[name=reason]", "見本の大きなファイル");
  await press(page, /を取り消す$/);
  if (/取消中/.test(await text(page))) await look(page, "imports being undone");
  await until(page, /消した新規 5200/, { seconds: 120 });

  await page.context().close();
}

/** What a search found is updated as a whole, with the keyboard alone. */
export async function wholeSearch(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}cards`);
  await page.locator("summary", { hasText: "くわしい条件" }).click();
  await page.getByLabel("在留期限から").fill("2020-01-01");
  await seen(page, "search by the end of residence");
  await press(page, "検索する");
  await seen(page, "search by the end of residence found");
  await page.goto(`${told.staff}cards?run=999999`);
  await seen(page, "search of a run that is not there");
  await page.goto(`${told.staff}cards?run=2`);
  await tabTo(page, "全件の状態をまとめて更新する");
  await keyed(page, "Enter");
  await tabTo(page, "状態必須");
  for (let presses = 0; presses < 20 && (await page.locator("[name=to]").inputValue()) !== "renotified"; presses += 1) {
    await page.keyboard.press("ArrowDown");
  }
  await tabTo(page, "確かめる");
  await keyed(page, "Enter");
  await seen(page, "many a run looked at");
  await tabTo(page, "「再通知済」にする");
  await keyed(page, "Enter");
  must(/を「再通知済」にしました/.test(await page.locator("body").innerText()), "many: the run was not updated");
  await seen(page, "many a run updated");
  await page.context().close();
}
