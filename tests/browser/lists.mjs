// Lists on paper: which there are, one with its conditions, what is refused, a document made with the keyboard alone.
import { look, must, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const LISTS = ["bookings", "arrivals", "no-shows", "unbooked", "pull", "transfers", "shelf", "shelf?storage=1", "deadlines", "deadlines?watch=due_over", "cards", "cards?label=issued", "daily", "monthly"];

const WRONG = ["bookings?from=2026-04-13&to=2026-04-12", "bookings?from=2020-01-01&to=2020-01-01", "shelf?storage="];

export async function lists(browser, told) {
  for (const width of [1366, 375]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, "manager");
    await page.goto(`${told.staff}lists`);
    await look(page, `staff lists at ${width}`);
    for (const list of [...LISTS, ...WRONG]) {
      await page.goto(`${told.staff}lists/${list}`);
      await look(page, `staff list ${list} at ${width}`);
    }
    for (const span of ["", "?from=2020-01-01&to=2020-01-31", "?from=2026-04-13&to=2026-04-12"]) {
      await page.goto(`${told.staff}statistics${span}`);
      await look(page, `staff statistics${span} at ${width}`);
    }
    await page.goto(`${told.staff}lists/cards`);
    await page.locator("#format").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.type("棚の点検のため");
    const [given] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    must(/^cards-[0-9-]+\.pdf$/.test(given.suggestedFilename()), `staff list: the document is called ${given.suggestedFilename()}`);
    await page.goto(`${told.staff}lists/no-shows?from=2020-01-01&to=2020-01-01`);
    await page.locator("#format").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForLoadState("networkidle");
    must(/出力していません/.test(await page.locator("main").innerText()), "staff list: an empty document was not refused");
    await look(page, `staff list refused at ${width}`);
    await page.context().close();
  }
}
