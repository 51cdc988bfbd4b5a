// What every walk shares: browsers that reach nothing but the program, checks of a page, the post.
import { existsSync, readFileSync, readdirSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = join(here, "out");
mkdirSync(pictures, { recursive: true });

/** Everything that was found wrong, a sentence each. */
export const found = [];
/** A picture of every page, or only (`PICTURES=wrong`) of those with something wrong: a picture takes a third of a look. */
const everyPicture = process.env.PICTURES !== "wrong";
/** Pages that were looked at. */
export const looked = new Set();

export function wrong(sentence) {
  found.push(sentence);
  console.log(`  WRONG ${sentence}`);
}

export function must(holds, sentence) {
  if (!holds) wrong(sentence);
}

/** The engine alone where it can be had: it draws the same and has no windows to draw. */
const browsers = [process.env.CHROMIUM, "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

export async function launch() {
  return chromium.launch({
    executablePath: browsers.find((path) => path && existsSync(path)),
    args: ["--no-sandbox", "--lang=ja-JP", "--font-render-hinting=none"],
  });
}

/** A browser of its own: a size, with scripts or without. It is told off for asking any other origin. */
export async function visitor(browser, { width, height = 800, scripts = true, origin, zoom = 1 }) {
  const context = await browser.newContext({
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
    javaScriptEnabled: scripts,
  });
  context.withoutScripts = !scripts;
  const own = new URL(origin).origin;
  await context.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked.startsWith(own) || asked.startsWith("data:")) return route.continue();
    wrong(`another origin was asked: ${asked}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on("pageerror", (error) => wrong(`a script failed on ${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // The browser says the status of every page that is not 200; those are looked at on purpose.
    if (message.type() === "error" && !/status of \d{3}/.test(text)) wrong(`${page.url()}: ${text}`);
  });
  return page;
}

/** What is wrong with a page that is at rest. Minutes of waiting count on by themselves and may move a column in the middle of an audit:
 * what is found is looked for once more, and what was not found again is said all the same. */
async function audited(page, name) {
  const first = await audit(page);
  if (first.length === 0) return first;
  const again = await audit(page);
  const gone = first.filter((one) => !again.some((other) => other.id === one.id));
  for (const one of gone) console.log(`  ONCE ${name}: axe ${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(" | ")}`);
  return again;
}

/** Runs axe. It needs timers, which a browser without scripts does not have: there they are promises. */
async function audit(page) {
  const timers = "window.setTimeout = (work) => { Promise.resolve().then(work); return 0; }; window.clearTimeout = () => {};";
  // A row that lies half beneath a bar that stays in view is none that is too small: for the audit the bars lie in their places. All of
  // it is one turn, so that a page that comes again by itself cannot put them back before the audit begins.
  return page.evaluate(`(async () => {
    ${page.context().withoutScripts ? timers : ""}
    ${axe};
    window.scrollTo({ top: 0, behavior: "instant" });
    const stays = [...document.querySelectorAll("body *")].filter((one) => getComputedStyle(one).position === "sticky");
    stays.forEach((one) => { one.style.position = "relative"; one.style.inset = "auto"; });
    const result = await axe.run(document, {
      resultTypes: ["violations"],
      // No rule that is run reads the style sheets' texts.
      preload: false,
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    stays.forEach((one) => { one.style.position = one.style.inset = ""; });
    return result.violations;
  })()`);
}

/** Does something with a page that comes again by itself, and does it once more where just that got in the way. */
async function steady(work) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const again = /ERR_ABORTED|context was destroyed|interrupted by another navigation|frame was detached/.test(error.message);
      if (!again || tries === 5) throw error;
    }
  }
}

/** Looks again at work that goes on until the page says so, as somebody who presses 最新の状態にする. */
export async function until(page, words, { seconds = 60 } = {}) {
  const said = () => steady(() => page.locator("main").innerText());
  for (const began = Date.now(); Date.now() - began < seconds * 1000;) {
    if (words.test(await said())) return;
    await page.waitForTimeout(500);
    await steady(() => page.reload());
  }
  must(false, `${place(page).path} never said ${words}: ${await said()}`);
}

/** Looks at the open page: title, one heading, axe, width; and takes its picture. */
export async function look(page, name, { width } = {}) {
  looked.add(name);
  await steady(() => lookedAt(page, name, width));
}

async function lookedAt(page, name, width) {
  const before = found.length;
  const title = await page.title();
  must(title.trim().length > 3, `${name}: the title says nothing: "${title}"`);
  const facts = await page.evaluate(() => ({
    headings: document.querySelectorAll("h1").length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    inner: window.innerWidth,
    language: document.documentElement.lang,
  }));
  must(facts.headings === 1, `${name}: ${facts.headings} h1`);
  must(facts.language !== "", `${name}: no language`);
  must(facts.overflow <= 0, `${name}: scrolls sideways by ${facts.overflow} px at ${facts.inner} px`);
  for (const violation of await audited(page, name)) {
    const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ");
    wrong(`${name}: axe ${violation.id} (${violation.impact}): ${violation.help}: ${where}`);
  }
  if (!everyPicture && found.length === before) return;
  const file = `${name.replace(/[^\p{L}\p{N}]+/gu, "-")}-${width ?? facts.inner}.png`;
  await page.screenshot({ path: join(pictures, file), fullPage: true });
}

/** Ticks a box or chooses one of several, as people do: by its words. The field itself may be drawn by them. */
export async function tick(box) {
  const id = await box.getAttribute("id");
  const words = id ? box.page().locator(`label[for="${id}"]`).first() : box.locator("xpath=ancestor::label");
  if (!(await box.isChecked())) await words.click();
  must(await box.isChecked(), `a press on its words does not tick ${id ?? place(box.page()).path}`);
}

/** Presses a button or link by its words and waits for the page that follows. */
export async function press(page, words) {
  const button = page.getByRole("button", { name: words });
  const target = (await button.count()) > 0 ? button.first() : page.getByRole("link", { name: words }).first();
  await Promise.all([page.waitForLoadState("load"), target.click()]);
  await page.waitForLoadState("load");
}

/** Waits until a page whose scripts may still ask for something has it all. */
export async function settled(page) {
  if (!page.context().withoutScripts) await page.waitForLoadState("networkidle");
}

/** The path below the city's, and the fragment that says where the reader is put. */
export function place(page) {
  const url = new URL(page.url());
  return { path: url.pathname.replace(/^\/[^/]+/, "") || "/", fragment: url.hash };
}

/** After a step the reader stands at the fragment, which is there. */
export async function arrived(page, path, name) {
  const at = place(page);
  const here = typeof path === "string" ? at.path === path : path.test(at.path);
  must(here, `${name}: led to ${at.path}`);
  if (at.fragment) {
    const there = await page.evaluate((id) => document.getElementById(id) !== null, at.fragment.slice(1));
    must(there, `${name}: there is no ${at.fragment} on ${at.path}`);
  } else {
    wrong(`${name}: ${at.path} was reached without a place to go on from`);
  }
}

function decoded(part) {
  const cut = part.indexOf("\r\n\r\n");
  const head = part.slice(0, cut).toLowerCase();
  const body = part.slice(cut + 4);
  if (head.includes("base64")) return Buffer.from(body.replace(/\s+/g, ""), "base64").toString("utf8");
  if (!head.includes("quoted-printable")) return body;
  const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The newest letter to an address: its text, once it was delivered. */
export async function letter(outbox, to, since) {
  for (let tries = 0; tries < 120; tries += 1) {
    const files = readdirSync(outbox).filter((name) => name.endsWith(".eml")).map((name) => join(outbox, name));
    const fresh = files.filter((file) => statSync(file).mtimeMs >= since);
    for (const file of fresh) {
      const raw = readFileSync(file, "utf8");
      if (!raw.toLowerCase().includes(to)) continue;
      const boundary = /boundary="?([^"\r\n;]+)/.exec(raw)?.[1];
      const parts = boundary ? raw.split(`--${boundary}`) : [raw];
      const text = parts.map((part) => part.replace(/^\r\n/, "")).map(decoded).join("\n");
      return text;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`no letter to ${to}`);
}
