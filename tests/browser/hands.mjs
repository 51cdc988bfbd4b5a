// A clerk's hands on the pages of time: signed in, by the mouse or by the keyboard alone, with what they did counted.
import { must, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

/** The text of the page without its frame. */
export const text = (page) => page.locator("main").innerText();

/** Somebody of this role in a browser of their own, signed in. */
export async function clerk(browser, told, role, { width = 1366, height = width < 500 ? 812 : 768, scripts = true } = {}) {
  const page = await visitor(browser, { width, height, scripts, origin: told.staff });
  await signIn(page, told, role);
  return page;
}

/** A key leads to another page only some moments later, so the page itself is waited for. */
export async function after(page, act) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), act()]);
}

/** By the keyboard alone: reaches a control with Tab, as somebody without a mouse does, and says after how many. */
export async function tabTo(page, selector) {
  const wanted = await page.locator(selector).first().elementHandle();
  for (let steps = 1; steps <= 400; steps += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return steps;
  }
  throw new Error(`${selector} cannot be reached with Tab on ${page.url()}`);
}

/** The day so many days ahead in Japan, `2026-04-13`. */
export function ahead(days) {
  const at = new Date(Date.now() + (9 * 60 + days * 24 * 60) * 60_000);
  return at.toISOString().slice(0, 10);
}

/** The open page as it comes out of the printer: something is left of it, and no button. */
export async function onPaper(page, name, words) {
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() => ({
    text: document.body.innerText,
    buttons: [...document.querySelectorAll("button")].filter((one) => one.offsetParent !== null).length,
  }));
  must(shown.text.includes(words), `${name} on paper: "${words}" is not there`);
  must(shown.buttons === 0, `${name} on paper: ${shown.buttons} buttons`);
  await page.screenshot({ path: new URL(`./out/${name.replace(/\W+/g, "-")}-paper.png`, import.meta.url).pathname, fullPage: true });
  await page.emulateMedia({ media: null });
}

/** Counts clicks and keystrokes, and the time between them. */
export class Hands {
  constructor(page) {
    Object.assign(this, { page, clicks: 0, keys: 0, began: Date.now() });
  }

  /** Clicks what leads to another page. */
  async go(target) {
    this.clicks += 1;
    await after(this.page, () => target.click());
  }

  /** Clicks something on the page. */
  async click(target) {
    this.clicks += 1;
    await target.click();
  }

  /** Opens a list and chooses from it: two clicks. */
  async choose(target, label) {
    this.clicks += 2;
    await target.selectOption({ label });
  }

  /** Types where the cursor stands. */
  async type(words) {
    this.keys += words.length;
    await this.page.keyboard.type(words);
  }

  /** A key that leads to another page. */
  async enter() {
    this.keys += 1;
    await after(this.page, () => this.page.keyboard.press("Enter"));
  }

  /** Tabs to a control. */
  async tabTo(selector) {
    this.keys += await tabTo(this.page, selector);
  }

  get told() {
    return `${this.clicks} clicks, ${this.keys} keystrokes, ${((Date.now() - this.began) / 1000).toFixed(1)} s`;
  }
}
