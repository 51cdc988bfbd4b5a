// The outbox and the addresses that letters do not reach: looked at, worked with, and by the keyboard alone.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { look, must, press, visitor } from "./kit.mjs";
import { after, tabTo, text } from "./hands.mjs";
import { signIn } from "./staff.mjs";

/** Every page of the outbox: as it is, with nothing in it, with mistakes; wide and narrow, with and without rights. */
export async function outboxShapes(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: false, origin: told.staff });
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}mail`);
  must(/送信箱/.test(await text(page)), "outbox: does not open");
  await look(page, "outbox");
  for (const state of ["waiting", "sent", "dead", "cancelled"]) {
    await page.goto(`${told.staff}mail?state=${state}`);
    must((await page.locator("table.grid tbody tr").count()) > 0, `outbox: nothing is ${state}`);
    await look(page, `outbox ${state}`);
  }
  await page.goto(`${told.staff}mail?state=held`);
  must(/当てはまるメールはありません/.test(await text(page)), "outbox: empty is not said");
  await look(page, "outbox empty");
  await page.goto(`${told.staff}mail?from=2026-04-13&to=2026-04-01`);
  await look(page, "outbox days refused");
  await page.goto(`${told.staff}mail`);
  await press(page, "この方のメールを探す");
  await look(page, "outbox search refused");
  await page.goto(`${told.staff}mail`);
  await page.locator("button[name=act][value=again]").click();
  must(/メールを選んでください/.test(await text(page)), "outbox: nothing ticked is not said");
  await look(page, "outbox nothing ticked");
  await page.goto(`${told.staff}mail?state=dead`);
  await page.locator("table.grid tbody td:nth-child(3) a").first().click();
  must(/サーバーの答え/.test(await text(page)), "outbox: a letter does not open");
  await look(page, "outbox letter that came back");
  await page.goto(`${told.staff}mail/failures`);
  must(/メール不達・送信停止/.test(await text(page)), "failures: nobody is suppressed in the demo");
  await look(page, "mail failures");
  await page.locator("table.grid tbody td:last-child a").first().click();
  await press(page, "メール不達を解除する");
  must(/届くとわかった理由を入力してください/.test(await text(page)), "failures: the reason is not asked for");
  await look(page, "mail failure refused");
  await page.goto(`${told.staff}mail/failures`);
  await press(page, "お知らせを断った方");
  must(/お知らせを断った方/.test(await text(page)), "refusals: the list does not open");
  await look(page, "mail refusals");
  await page.fill("#email", "kotowari@example.jp");
  await press(page, "お知らせを止める");
  must(/どのように申し出があったか/.test(await text(page)), "refusals: the reason is not asked for");
  await look(page, "mail refusals refused");
  await page.fill("#reason", "本人から電話");
  await press(page, "お知らせを止める");
  must(/お知らせを止めました/.test(await text(page)), "refusals: not noted");
  await page.locator("table.grid tbody td:last-child a").first().click();
  await look(page, "mail refusal");
  await press(page, "お知らせをまた送る");
  await look(page, "mail refusal refused");
  await page.fill("#reason", "本人から電話");
  await press(page, "お知らせをまた送る");
  must(/お知らせをまた送ります/.test(await text(page)), "refusals: not taken back");
  await page.goto(`${told.staff}settings/mail`);
  await look(page, "settings mail");
  await page.context().close();

  const small = await visitor(browser, { width: 375, scripts: false, origin: told.staff });
  await signIn(small, told, "counter");
  for (const path of ["mail", "mail?state=dead", "mail/1", "mail/failures", "mail/failures/1"]) {
    await small.goto(`${told.staff}${path}`);
    await look(small, `counter /${path}`);
  }
  must((await small.locator("button[name=again_one]").count()) === 0, "counter: may send again");
  await small.context().close();
}

/** By the keyboard alone: a dead letter is found, read, sent again; an address is taken off the list. */
export async function outboxByKeyboard(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: true, origin: told.staff });
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}mail`);
  await tabTo(page, "#state");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await tabTo(page, "form.filters button.go");
  await after(page, () => page.keyboard.press("Enter"));
  const before = await page.locator("table.grid tbody tr").count();
  must(before > 0, "outbox by keyboard: no letter came back");
  await tabTo(page, "table.grid tbody input[name=pick]");
  await page.keyboard.press("Space");
  await look(page, "outbox ticked by keyboard");
  await tabTo(page, "button[name=act][value=again]");
  await after(page, () => page.keyboard.press("Enter"));
  must(/1通を送り直します/.test(await text(page)), `outbox by keyboard: not sent again: ${(await text(page)).slice(0, 200)}`);
  await look(page, "outbox sent again");
  await page.goto(`${told.staff}mail/failures`);
  await tabTo(page, "table.grid tbody td:last-child a");
  await after(page, () => page.keyboard.press("Enter"));
  await tabTo(page, "#reason");
  await page.keyboard.type("本人から電話。受信許可を設定してもらった。");
  await after(page, () => page.keyboard.press("Enter"));
  must(/メール不達を解除しました/.test(await text(page)), "failures by keyboard: not lifted");
  await look(page, "mail failures after one was lifted");
  await page.context().close();
}

/** By the keyboard alone: what was said on the telephone is noted, refused without a reason, found, and taken back. */
export async function refusalsByKeyboard(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: true, origin: told.staff });
  await signIn(page, told, "manager");
  await page.goto(`${told.staff}mail/failures`);
  await tabTo(page, "main a[href*='mail/refusals']");
  await after(page, () => page.keyboard.press("Enter"));
  await look(page, "mail refusals by keyboard");
  await tabTo(page, "#email");
  await page.keyboard.type("oshirase@example.jp");
  await after(page, () => page.keyboard.press("Enter"));
  must(/どのように申し出があったか/.test(await text(page)), "refusals by keyboard: the reason is not asked for");
  await look(page, "mail refusals by keyboard refused");
  await tabTo(page, "#reason");
  await page.keyboard.type("本人から電話。お知らせは不要とのこと。");
  await after(page, () => page.keyboard.press("Enter"));
  must(/お知らせを止めました/.test(await text(page)), "refusals by keyboard: not noted");
  await look(page, "mail refusals by keyboard noted");
  await tabTo(page, "table.grid tbody td:last-child a");
  await after(page, () => page.keyboard.press("Enter"));
  await tabTo(page, "#reason");
  await page.keyboard.type("本人から電話。また受け取りたいとのこと。");
  await after(page, () => page.keyboard.press("Enter"));
  must(/お知らせをまた送ります/.test(await text(page)), "refusals by keyboard: not taken back");
  await page.context().close();
}

/** A minute in which no letter can leave: every page of the console says so, wide and narrow, and stops saying it by itself. */
export async function serverSilent(browser, told) {
  const page = await visitor(browser, { width: 1366, height: 768, scripts: false, origin: told.staff });
  await signIn(page, told, "manager");
  const minutes = async (value) => {
    await page.goto(`${told.staff}settings/mail`);
    await page.locator("[name='mail.silent_minutes']").fill(String(value));
    await press(page, /保存/);
  };
  await minutes(1);
  renameSync(told.outbox, `${told.outbox}.away`);
  writeFileSync(told.outbox, "");
  try {
    const citizen = await visitor(browser, { width: 1366, height: 768, scripts: false, origin: told.citizen });
    await citizen.goto(`${told.citizen}person/renewal`);
    await citizen.fill("#kana", "オカダ ミドリ");
    await citizen.fill("#birth_year", "1970");
    await citizen.fill("#birth_month", "1");
    await citizen.fill("#birth_day", "2");
    await citizen.fill("#phone", "090-1234-5678");
    await press(citizen, "次へ進む");
    await citizen.fill("[name=email]", "midori@example.jp");
    await press(citizen, "メールを送る");
    await citizen.context().close();
    await page.waitForTimeout(63_000);
    await page.goto(told.staff);
    must(/メールサーバーが応答しません/.test(await page.locator("body").innerText()), "silence: the banner is not there");
    await look(page, "banner of a silent mail server");
    await page.goto(`${told.staff}mail`);
    await look(page, "outbox beside a silent mail server");
    const small = await visitor(browser, { width: 375, scripts: false, origin: told.staff });
    await signIn(small, told, "counter");
    await look(small, "counter banner of a silent mail server");
    await small.context().close();
  } finally {
    rmSync(told.outbox);
    renameSync(`${told.outbox}.away`, told.outbox);
  }
  await minutes(10);
  await page.goto(told.staff);
  must(!/メールサーバーが応答しません/.test(await page.locator("body").innerText()), "silence: a minute is told although ten were asked for");
  await page.context().close();
}
