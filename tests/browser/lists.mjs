// Lists on paper: which there are, one with its conditions, what is refused, a document made with the keyboard alone; numbers as files.
import { look, must, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const LISTS = ["bookings", "bookings?by=hour&span=week&location=all", "bookings?by=place&span=month&location=all", "arrivals", "no-shows", "unbooked", "pull", "transfers", "shelf", "shelf?storage=1", "deadlines", "deadlines?watch=due_over", "cards", "cards?label=issued", "daily", "monthly"];

const WRONG = ["bookings?from=2026-04-13&to=2026-04-12", "bookings?from=2020-01-01&to=2020-01-01", "shelf?storage="];

export async function lists(browser, told) {
  for (const width of [1366, 375]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, "manager");
    await page.goto(`${told.staff}lists`);
    await look(page, `staff lists at ${width}`);
    await labels(page, told, width);
    await kept(page, told, width);
    for (const list of [...LISTS, ...WRONG]) {
      await page.goto(`${told.staff}lists/${list}`);
      await look(page, `staff list ${list} at ${width}`);
    }
    for (const span of ["", "?from=2020-01-01&to=2020-01-31", "?from=2026-04-13&to=2026-04-12"]) {
      await page.goto(`${told.staff}statistics${span}`);
      await look(page, `staff statistics${span} at ${width}`);
    }
    await numbers(page, told, width);
    await page.goto(`${told.staff}lists/cards`);
    await page.locator("#format").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.type("棚の点検のため");
    const [given] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    must(/^cards-[0-9-]+\.pdf$/.test(given.suggestedFilename()), `staff list: the document is called ${given.suggestedFilename()}`);
    await page.goto(`${told.staff}lists/no-shows?from=2020-01-01&to=2020-01-01`);
    await page.locator("#format").focus();
    await page.keyboard.press("Tab");
    await enter(page);
    must(/出力していません/.test(await page.locator("main").innerText()), "staff list: an empty document was not refused");
    await look(page, `staff list refused at ${width}`);
    await page.context().close();
  }
}

/** Enter, where it leads to another page. */
const enter = (page) => Promise.all([page.waitForNavigation({ waitUntil: "networkidle" }), page.keyboard.press("Enter")]);

/** A table of the statistics is taken as a file, and a month's applications are typed in, with the keyboard alone. */
async function numbers(page, told, width) {
  await page.goto(`${told.staff}statistics`);
  await page.locator("#table").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("月例の報告のため");
  const [given] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  must(/^statistics-time-[0-9-]+\.csv$/.test(given.suggestedFilename()), `statistics: the file is called ${given.suggestedFilename()}`);
  await page.goto(`${told.staff}statistics?from=2020-01-01&to=2020-01-31`);
  await page.locator("#table").selectOption("places");
  await page.locator("#reason").focus();
  await enter(page);
  must(/出力していません/.test(await page.locator("main").innerText()), "statistics: an empty file was not refused");
  await look(page, `staff statistics file refused at ${width}`);

  await page.goto(`${told.staff}statistics/applications`);
  await look(page, `staff applications at ${width}`);
  await page.locator("#applications").focus();
  await page.keyboard.type("多数");
  await enter(page);
  must(/数字で入力してください/.test(await page.locator("main").innerText()), "applications: a word was taken for a number");
  await look(page, `staff applications refused at ${width}`);
  await page.locator("#applications").fill("");
  await page.locator("#applications").focus();
  await page.keyboard.type("402");
  await enter(page);
  must(/申請受付数を402件にしました/.test(await page.locator("body").innerText()), "applications: the number was not kept");
  await look(page, `staff applications told at ${width}`);
}

/** Conditions are kept, opened again and deleted, with the keyboard alone. */
async function kept(page, told, width) {
  await page.goto(`${told.staff}lists/bookings?span=tomorrow&by=hour&location=all`);
  await page.locator("details.more > summary").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await enter(page);
  must(/条件の名前を入力してください/.test(await page.locator("main").innerText()), "staff list: conditions without a name were kept");
  await look(page, `staff list conditions without a name at ${width}`);
  await page.locator("#name").focus();
  await page.keyboard.type(`あしたの予約${width}`);
  await enter(page);
  await look(page, `staff lists with kept conditions at ${width}`);
  await page.getByRole("link", { name: `あしたの予約${width}` }).first().focus();
  await enter(page);
  must(/saved=\d+$/.test(page.url()), `staff list: kept conditions open as ${page.url()}`);
  await page.goto(`${told.staff}lists`);
  await page.getByRole("button", { name: `消す：あしたの予約${width}` }).focus();
  await enter(page);
  must(/消しました/.test(await page.locator("main").innerText()), "staff list: kept conditions were not deleted");
}

/** A file of addresses becomes labels: nothing chosen, a wrong file, a good one, printed with the keyboard alone. */
async function labels(page, told, width) {
  const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text, "utf8") });
  const send = async () => {
    await page.getByRole("button", { name: "内容を確かめる" }).focus();
    await enter(page);
  };
  await page.goto(`${told.staff}lists/labels`);
  await look(page, `staff labels at ${width}`);
  await send();
  await look(page, `staff labels without a file at ${width}`);
  await page.locator("#file").setInputFiles(file("住所.csv", "ID,氏名\nA13000001,x\n"));
  await send();
  must(/「住所」の列がありません/.test(await page.locator("main").innerText()), "staff labels: a file without addresses was taken");
  const line = (card, at) => `${card.notice_id},〒830-00${10 + at},見本市見本町${at + 1}丁目2番3号　見本ハイツ${at}01号室`;
  const rows = told.cards.slice(0, 30).map(line);
  await page.locator("#file").setInputFiles(file("住所.csv", ["交付通知書ID,郵便番号,住所", ...rows, "ZZZ,,", ""].join("\r\n")));
  await send();
  await look(page, `staff labels checked at ${width}`);
  await page.locator("#start").fill("99");
  await enter(page);
  await look(page, `staff labels refused at ${width}`);
  await page.locator("#start").fill("5");
  await page.locator("#reason").focus();
  await page.keyboard.type("再通知の発送のため");
  const [given] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  must(/^labels-[0-9-]+\.pdf$/.test(given.suggestedFilename()), `staff labels: the document is called ${given.suggestedFilename()}`);
}
