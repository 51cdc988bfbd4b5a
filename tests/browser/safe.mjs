// The status page in its states, and a city out of a copy that is looked over and released by the keyboard alone.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { look, must, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const text = (page) => page.locator("main").innerText();

async function tabTo(page, selector) {
  const wanted = await page.locator(selector).first().elementHandle();
  for (let steps = 1; steps <= 400; steps += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return steps;
  }
  throw new Error(`${selector} cannot be reached with Tab on ${page.url()}`);
}

async function enter(page) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
}

/** What the page says with a good copy, with none, and when the newest could not be restored. */
export async function status(browser, told) {
  const copies = join(dirname(told.outbox), "backup", "999999");
  for (const width of [1366, 375]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, "administrator");
    await page.goto(`${told.staff}status`);
    must(/復元できた/.test(await text(page)), "status: the demo's copy is not told");
    await look(page, "status normal");
    await tabTo(page, "main .head a.btn");
    await enter(page);
    must(/復元できた/.test(await text(page)), "status: the page does not come again");

    renameSync(copies, `${copies}-away`);
    await page.goto(`${told.staff}status`);
    must(/まだバックアップがありません/.test(await text(page)), "status: no word of there being no copy");
    await look(page, "status no copy yet");
    renameSync(`${copies}-away`, copies);

    const newest = readdirSync(copies).filter((name) => name.endsWith(".json")).sort().at(-1);
    const record = readFileSync(join(copies, newest), "utf8");
    const failed = JSON.parse(record);
    failed.drill.wrong = ["card: 1399 instead of 1400"];
    writeFileSync(join(copies, newest), JSON.stringify(failed));
    await page.goto(`${told.staff}status`);
    must(/不一致/.test(await text(page)) && /違いが見つかりました/.test(await text(page)), "status: a failed drill is not told");
    await look(page, "status failed drill");
    writeFileSync(join(copies, newest), record);
    await page.context().close();
  }
}

/** Asks for the status page again and again until it says so. */
async function until(page, told, says, name) {
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto(`${told.staff}status`);
    if (says.test(await text(page))) return;
    await page.waitForTimeout(500);
  }
  must(false, `${name}: never told`);
}

/** The archive on the status page: up to date, late because its disk does not answer, away, and up to date again. */
export async function archive(browser, told) {
  const dir = join(dirname(told.outbox), "archive");
  const latest = join(dir, "999999", "LATEST");
  const wide = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  const small = await visitor(browser, { width: 375, height: 768, origin: told.staff });
  await signIn(wide, told, "administrator");
  await signIn(small, told, "administrator");
  const both = async (name) => {
    for (const page of [wide, small]) {
      await page.goto(`${told.staff}status`);
      await look(page, name);
    }
  };
  // Whoever signs in is written down, and what is written down is to be archived.
  const write = async () => {
    const page = await visitor(browser, { width: 1366, origin: told.staff });
    await signIn(page, told, "manager");
    await page.context().close();
  };
  await until(wide, told, /書込みの保管[\s\S]*最新/, "archive up to date");
  must(/の書込みまで。30日前まで戻せます/.test(await text(wide)), "archive: it does not say how far back one can go");
  await both("status archive up to date");

  // Reading a pipe that nobody writes to waits, as a disk that does not answer does.
  const pipe = join(dir, "pipe");
  execFileSync("mkfifo", [pipe]);
  renameSync(latest, join(dir, "kept"));
  renameSync(pipe, latest);
  await write();
  await until(wide, told, /\d\d\s*秒遅れ/, "archive late");
  must(/予約は続いています/.test(await text(wide)), "archive late: nobody says that bookings go on");
  await both("status archive late");
  renameSync(latest, pipe);
  renameSync(join(dir, "kept"), latest);
  writeFileSync(pipe, readFileSync(latest));
  rmSync(pipe);
  await until(wide, told, /書込みの保管[\s\S]*最新/, "archive up to date after it was late");

  renameSync(dir, `${dir}-away`);
  writeFileSync(dir, "no directory");
  await write();
  await until(wide, told, /止まっています/, "archive away");
  must(/保管先に書けません/.test(await text(wide)), "archive away: no word of what to do");
  await both("status archive away");
  rmSync(dir);
  renameSync(`${dir}-away`, dir);
  await until(wide, told, /書込みの保管[\s\S]*最新/, "archive up to date after it was away");
  for (const page of [wide, small]) await page.context().close();
}

/** The city is restored from its copy by the command, and opened again by an administrator. Everything after the copy is gone. */
export async function restored(browser, told) {
  const dir = dirname(told.outbox);
  mkdirSync(join(dir, "cli"), { recursive: true });
  const config = join(dir, "cli", "config.toml");
  const city = 'code = "999999"\nslug = "mihon"\nname = "見本市"\nmail_from = "yoyaku@mihon.example"\n';
  writeFileSync(config, `data_dir = ${JSON.stringify(join(dir, "data"))}\n[[municipality]]\n${city}`);
  const said = execFileSync(process.env.MADOGUCHI, ["--config", config, "restore", "--municipality", "mihon", "--put-aside"]);
  must(/から戻しました/.test(said.toString()), `restore: ${said}`);

  const citizen = await visitor(browser, { width: 375, origin: told.citizen });
  must((await citizen.goto(told.citizen)).status() === 503, "restored: the citizens' pages are open");
  for (const width of [375, 1366]) {
    const page = await visitor(browser, { width, height: 768, origin: told.staff });
    await signIn(page, told, "administrator");
    await page.goto(`${told.staff}status`);
    await look(page, "status after a restore");
    await tabTo(page, "main .banner a.btn");
    await enter(page);
    await look(page, "status restored");
    if (width === 1366) {
      await tabTo(page, "main form button.go");
      await enter(page);
      must(/再開しました/.test(await text(page)), "restored: nothing is released");
      await look(page, "status released");
    }
    await page.context().close();
  }
  must((await citizen.goto(told.citizen)).status() === 200, "restored: the citizens' pages stay closed");
  await citizen.context().close();
}
