// Procedures, seats kept back, closures of several places, who did not come; and what the calendar's pages look like when
// something is wrong, when nothing is there, on paper, and by the keyboard alone.
import { arrived, letter, look, must, press, tick, until, visitor } from "./kit.mjs";
import { after, ahead, clerk, onPaper, tabTo, text } from "./hands.mjs";
import { signIn } from "./staff.mjs";

/** Somebody without a notice is booked and served, by the keyboard alone. */
export async function otherProcedure(browser, told) {
  const page = await clerk(browser, told, "manager");
  await page.goto(`${told.staff}bookings/new`);
  await look(page, "time new booking with procedures");
  await tabTo(page, "button[name=to][value=renewal]");
  await after(page, () => page.keyboard.press("Enter"));
  await look(page, "time new booking of another procedure");
  await tabTo(page, "#kana");
  await page.keyboard.type("みほん");
  await tabTo(page, "button[value=person]");
  await after(page, () => page.keyboard.press("Enter"));
  must(/生年月日を/.test(await text(page)), "another procedure: a missing birth date is not told");
  await look(page, "time new booking of another procedure refused");
  await page.fill("#kana", "ミホン ハナコ");
  await page.fill("#birth", "H2.4.9");
  await page.fill("#phone", "09012345678");
  await page.fill("#email", "hanako@example.jp");
  await page.locator("#phone").press("Tab");
  await after(page, () => page.keyboard.press("Enter"));
  must((await page.inputValue("#email")) === "hanako@example.jp", "another procedure: the mail address is lost");
  must(!page.url().includes("hanako"), "another procedure: the mail address stands in the address");
  await look(page, "time new booking of another procedure with somebody");
  await tick(page.locator("input[name=slot]:not([disabled])").first());
  await press(page, "登録する");
  must(/予約を登録しました/.test(await text(page)), "another procedure: no booking was made");
  await look(page, "time booking of another procedure");
  const no = /予約 ([0-9A-Z]{4}-\d{4})/.exec(await text(page))?.[1] ?? "";
  await page.goto(told.staff);
  await page.locator("#scan").fill(no.toLowerCase());
  await after(page, () => page.keyboard.press("Enter"));
  must(/電子証明書の更新/.test(await page.locator("#answer").innerText()), "the counter does not know another procedure");
  must(!/交付/.test(await page.locator("#answer").innerText()), "the counter says 交付 of another procedure");
  await look(page, "time counter with another procedure");
  await page.context().close();
}

/** A family without notices books together, on a telephone: asked for, refused, added, taken out, confirmed. */
export async function familyTogether(browser, told, scripts) {
  const page = await visitor(browser, { width: 375, height: 740, scripts, origin: told.citizen });
  const seen = (name) => look(page, `time ${name}${scripts ? " with scripts" : ""}`);
  const email = `family${scripts ? "js" : ""}@example.jp`;
  const relative = async (kana, year) => {
    await page.fill("#kana", kana);
    await page.fill("#birth_year", year);
    await page.fill("#birth_month", "5");
    await page.fill("#birth_day", "5");
  };
  await page.goto(`${told.citizen}person/renewal#main`);
  await seen("citizen without a notice");
  await relative(scripts ? "モリ ナオミ" : "モリ ハルカ", "1979");
  await page.fill("#phone", "090-1234-5678");
  await press(page, "次へ進む");
  await page.fill("[name=email]", email);
  const since = Date.now() - 2000;
  await press(page, "メールを送る");
  const link = /https?:\/\/\S+\/m\/\S+/.exec(await letter(told.outbox, email, since));
  await page.goto(link[0]);
  await press(page, "予約の手続きを続ける");
  await page.selectOption("[name=location]", "1");
  await press(page, "この場所で次へ進む");
  await arrived(page, "/family", "family without notices");
  await seen("citizen family without notices");
  await press(page, "家族をもう1人追加する");
  await seen("citizen relative without a notice");
  await press(page, "この家族を追加する");
  must((await page.locator("#err").count()) === 1, "a relative without a name: nothing says what is wrong");
  await seen("citizen relative refused");
  await relative(scripts ? "モリ ジュン" : "モリ タクミ", "平成20");
  await press(page, "この家族を追加する");
  await arrived(page, "/family", "a relative is added");
  await seen("citizen family without notices of two");
  await press(page, "2人で次へ進む");
  const days = page.locator("main a[href*='day=']");
  // Two families come on two days, so that each finds room for one more.
  await Promise.all([page.waitForLoadState("load"), (scripts ? days.nth(-2) : days.last()).click()]);
  await tick(page.locator("[name=slot]:not([disabled])").last());
  await press(page, "この時間で次へ進む");
  for (const box of await page.locator("[name=ack]").all()) await tick(box);
  await press(page, /確認しました/);
  await arrived(page, "/confirm", "family without notices");
  await seen("citizen family without notices confirms");
  await press(page, "この内容で予約する");
  await arrived(page, "/done", "family without notices");
  must(/2人/.test(await text(page)), "family without notices: the booking is not for two");
  await seen("citizen family without notices done");
  await page.goto(`${told.citizen}my/booking`);
  await seen("citizen booking of a family without notices");
  await press(page, /家族を追加する/);
  await seen("citizen joins a booking without a notice");
  await press(page, "この家族を追加する");
  await seen("citizen joins a booking without a notice refused");
  await relative(scripts ? "モリ アオイ" : "モリ ユウタ", "平成22");
  await press(page, "この家族を追加する");
  await arrived(page, "/my/booking", "a relative joins the booking");
  must(/3人/.test(await text(page)), "family without notices: nobody joined");
  await seen("citizen booking of a family without notices of three");
  await page.goto(`${told.citizen}my/cancel`);
  await press(page, "予約を取り消す");
  must(/取り消す人を選んでください/.test(await text(page)), "family without notices: nobody chosen is not said");
  await seen("citizen cancels some of a family without notices refused");
  await tick(page.locator("#p3"));
  await press(page, "予約を取り消す");
  await arrived(page, "/my/booking", "a relative leaves the booking");
  must(/2人/.test(await text(page)), "family without notices: nobody left");
  await page.context().close();
}

/** Procedures and seats kept back: as they are, refused, changed by the keyboard alone. */
export async function shapesOfTime(browser, told) {
  const page = await clerk(browser, told, "administrator", { scripts: false });
  const seen = (name) => look(page, `time ${name}`);
  await page.goto(`${told.staff}procedures`);
  await seen("/procedures");
  await onPaper(page, "procedures", "電子証明書の更新");
  await tabTo(page, "main form button");
  await after(page, () => page.keyboard.press("Enter"));
  await seen("/procedures refused");
  await page.goto(`${told.staff}procedures/renewal`);
  await seen("/procedures/renewal");
  await page.fill("#slots", "0");
  await press(page, "保存する");
  await seen("/procedures/renewal refused");
  await page.context().close();

  const seats = await clerk(browser, told, "manager");
  await seats.goto(`${told.staff}windows/seats?location=1`);
  await look(seats, "time /windows/seats with kept seats");
  await onPaper(seats, "seats", "電話のために");
  await seats.goto(`${told.staff}windows/seats?location=3`);
  must(/取り置きはありません/.test(await text(seats)), "/windows/seats: nothing is kept back, and nothing says so");
  await look(seats, "time /windows/seats without any");
  await tabTo(seats, "#seats_telephone");
  await seats.keyboard.press("Control+A");
  await seats.keyboard.type("x");
  await tabTo(seats, "button[value=reserve]");
  await after(seats, () => seats.keyboard.press("Enter"));
  await look(seats, "time /windows/seats refused");
  await tabTo(seats, "#seats_telephone");
  await seats.keyboard.press("Control+A");
  await seats.keyboard.type("1");
  await tabTo(seats, "button[value=reserve]");
  await after(seats, () => seats.keyboard.press("Enter"));
  must(/電話のために、1枠に1席を取っておきます/.test(await text(seats)), "/windows/seats: the keyboard alone keeps no seat");
  await press(seats, "この時刻に公開する");
  await look(seats, "time /windows/seats release refused");
  await seats.goto(`${told.staff}hours/patterns/1`);
  await seats.fill("#from", ahead(-1));
  await seats.fill("[name=ends1]", "11:30");
  await press(seats, "影響を確かめる");
  await look(seats, "time pattern from a past day refused");
  await seats.fill("#from", ahead(40));
  await press(seats, "影響を確かめる");
  await look(seats, "time pattern from a day on");
  await press(seats, "反映する");
  await seats.goto(`${told.staff}hours/patterns/1`);
  must(/これからの変更/.test(await text(seats)), "a pattern's change to come is not listed");
  await look(seats, "time pattern with a change to come");
  await seats.goto(`${told.staff}hours`);
  await press(seats, "元に戻す");
  await press(seats, "反映する");
  await seats.context().close();
}

/** A closure of two places by the keyboard alone: looked at, refused, made, its list printed, opened again. */
export async function closing(browser, told) {
  const page = await clerk(browser, told, "manager");
  await page.goto(`${told.staff}days/closure`);
  await look(page, "time /days/closure");
  await tabTo(page, ".save button");
  await after(page, () => page.keyboard.press("Enter"));
  await look(page, "time /days/closure refused");
  await page.goto(`${told.staff}days/closure`);
  await page.fill("#from_day", ahead(2));
  await page.fill("#to_day", ahead(4));
  await tabTo(page, "input[name=location][value='5']");
  await page.keyboard.press("Space");
  await tabTo(page, "input[name=location][value='6']");
  await page.keyboard.press("Space");
  await tabTo(page, "#reason");
  await page.keyboard.type("台風の接近");
  await after(page, () => page.keyboard.press("Enter"));
  must(/この閉庁に当たる予約/.test(await text(page)), "closure: nobody sees whom it hits");
  await look(page, "time /days/closure whom it hits");
  await tabTo(page, "form[method=post] .save button.go");
  await after(page, () => page.keyboard.press("Enter"));
  must(/台風の接近/.test(await text(page)), "closure: it was not made");
  await look(page, "time a closure that was just made");
  await until(page, /まだ知らせていない\s*0/);
  await look(page, "time a closure when everybody is told");
  await onPaper(page, "closure", "電話で知らせる方");
  await press(page, "開ける（閉庁をやめる）");
  await look(page, "time a closure opened again");
  await page.goto(`${told.staff}days/closure`);
  await page.getByRole("link", { name: /から/ }).last().click();
  await page.waitForLoadState("load");
  await look(page, "time a closure of the demo");
  await page.context().close();
}

/** Those who did not come: some, nobody, nobody chosen; and everything at the width of a telephone. */
export async function notCome(browser, told) {
  const page = await clerk(browser, told, "manager");
  await page.goto(`${told.staff}no-shows`);
  await look(page, "time /no-shows");
  await onPaper(page, "no-shows", "未来庁の方");
  await tabTo(page, "button[value=done]");
  await after(page, () => page.keyboard.press("Enter"));
  must(/対象の方を選んでください/.test(await text(page)), "/no-shows: nobody was chosen, and nothing says so");
  await look(page, "time /no-shows nobody chosen");
  await tabTo(page, "input[name=pick]");
  await page.keyboard.press("Space");
  await tabTo(page, "button[value=done]");
  await after(page, () => page.keyboard.press("Enter"));
  must(/1人を対応済みにしました/.test(await text(page)), "/no-shows: the keyboard alone closes no case");
  await look(page, "time /no-shows one closed");
  await press(page, "元に戻す");
  await page.goto(`${told.staff}no-shows?from=${ahead(200)}&to=${ahead(210)}`);
  await look(page, "time /no-shows nobody");
  await page.goto(`${told.staff}no-shows?from=${ahead(20)}&to=${ahead(10)}`);
  await look(page, "time /no-shows refused");
  await page.context().close();
  const narrow = await clerk(browser, told, "manager", { width: 375 });
  for (const path of ["bookings/new?procedure=renewal", "no-shows", "windows/seats", "days/closure", "hours/patterns/1", "locations/1", "days/copy"]) {
    await narrow.goto(`${told.staff}${path}`);
    await look(narrow, `time /${path} at 375`);
  }
  await signIn(narrow, told, "administrator");
  for (const path of ["procedures", "procedures/renewal"]) {
    await narrow.goto(`${told.staff}${path}`);
    await look(narrow, `time /${path} at 375`);
  }
  await narrow.context().close();
}

/** Locations: their words in every language, refused, moved, hidden; days that are wrong. */
export async function places(browser, told) {
  const page = await clerk(browser, told, "manager", { scripts: false });
  await page.goto(`${told.staff}locations/1`);
  must((await page.inputValue("[name=hours_text]").catch(() => "")) !== "", "locations/1: no hours in words");
  await look(page, "time a location in every language");
  const name = page.locator("#name");
  await name.fill("");
  await page.locator("main form button.go").first().click();
  await page.waitForLoadState("load");
  await look(page, "time a location refused");
  await page.goto(`${told.staff}days?month=2019-01`);
  await look(page, "time days of a month long ago");
  await page.goto(`${told.staff}days/copy`);
  await press(page, "影響を確かめる").catch(() => {});
  await look(page, "time copy refused");
  await page.goto(`${told.staff}days/holidays`);
  await page.locator("main form button").first().click();
  await page.waitForLoadState("load");
  await look(page, "time holidays without a file");
  await page.goto(`${told.staff}hours`);
  await page.fill("#from", "");
  await page.locator("main form[action*='hours#main'] button, main form[action$='/hours#main'] button").first().click();
  await page.waitForLoadState("load");
  await look(page, "time hours refused");
  await page.context().close();
  const citizen = await visitor(browser, { width: 375, height: 812, scripts: false, origin: told.citizen });
  for (const language of ["en", "ja-easy"]) {
    await citizen.goto(`${told.citizen}language/${language}`);
    await citizen.goto(told.citizen);
    await look(citizen, `time start with procedures in ${language}`);
  }
  await citizen.context().close();
}
