// Two machines and a witness as processes of their own, and what the status page says while one after the other is lost.
import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { look, must, press, until, visitor } from "./kit.mjs";
import { signIn } from "./staff.mjs";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks again and again until the answer is there. */
async function patiently(what, ask) {
  for (const began = Date.now(); Date.now() - began < 30000;) {
    const answer = await ask();
    if (answer) return answer;
    await pause(100);
  }
  throw new Error(`${what}: never`);
}

/** The numbers of an authenticator that has read this secret, each of a half minute of its own. */
class Authenticator {
  constructor(secret) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = [...secret.replace(/\s/g, "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/[01]{8}/g).map((byte) => parseInt(byte, 2)));
  }

  async code() {
    const step = await patiently("the next half minute", async () => {
      const now = Math.floor(Date.now() / 30000);
      return now === this.used ? 0 : now;
    });
    this.used = step;
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", this.key).update(count).digest();
    const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
    return String(number % 1000000).padStart(6, "0");
  }
}

/** The machines of the directory that the test has furnished with certificates and configurations. */
class Machines {
  constructor(dir) {
    this.dir = dir;
    this.running = new Map();
    this.password = "himitsu no kagi 2026";
    this.ports = JSON.parse(readFileSync(join(dir, "ports.json"), "utf8"));
  }

  start(name) {
    const task = name === "witness" ? "witness" : "serve";
    const options = { cwd: join(this.dir, name), stdio: "ignore" };
    this.running.set(name, spawn(process.env.MADOGUCHI, ["--config", "config.toml", task], options));
  }

  kill(name) {
    this.running.get(name)?.kill("SIGKILL");
    this.running.delete(name);
  }

  call(name, ...words) {
    const options = { cwd: join(this.dir, name), stdio: "pipe" };
    return execFileSync(process.env.MADOGUCHI, ["--config", "config.toml", ...words], options).toString();
  }

  try(name, ...words) {
    try {
      return this.call(name, ...words);
    } catch {
      return "";
    }
  }

  leads(name) {
    const ask = () => fetch(`http://127.0.0.1:${this.ports[name].ops}/leader`).then((answer) => answer.ok, () => false);
    return patiently(`${name} leads`, ask);
  }

  told(name) {
    const at = (side) => `http://127.0.0.1:${this.ports[name][side]}/mihon/`;
    const accounts = [{ role: "administrator", user: "pair-admin", password: this.password }];
    return { staff: at("staff"), citizen: at("citizen"), accounts };
  }
}

/** The status page of the pair: in sync, alone, without its witness, and after a takeover; and what the other machine shows. */
export async function pairStatus(browser) {
  const machines = new Machines(process.env.PAIR);
  try {
    machines.start("witness");
    const init = ["arbiter", "init", "--leader", "node-a", "--confirm", "mihon"];
    await patiently("the witness", () => machines.try("node-a", ...init));
    machines.start("node-a");
    await machines.leads("node-a");
    machines.call("node-a", "municipality", "add", "--municipality", "mihon");
    const { accounts: [account] } = machines.told("node-a");
    const word = join(machines.dir, "word");
    writeFileSync(word, account.password, { mode: 0o600 });
    const add = ["staff", "add", "--municipality", "mihon", "--role", account.role, "--password-file", word, account.user];
    machines.call("node-a", ...add);
    machines.start("node-b");
    await states(browser, machines);
  } finally {
    for (const name of ["node-a", "node-b", "witness"]) machines.kill(name);
  }
}

/** An administrator of this machine, with the number of an authenticator. */
async function administrator(browser, machines, name) {
  const told = machines.told(name);
  const page = await visitor(browser, { width: 1366, height: 768, origin: told.staff });
  await signIn(page, told, "administrator");
  if (!machines.authenticator) {
    const secret = /入力します：([A-Z2-7 ]+)/.exec(await page.locator("main").innerText())[1];
    machines.authenticator = new Authenticator(secret);
  }
  await page.fill("[name=code]", await machines.authenticator.code());
  await press(page, "確認してログイン");
  if (await page.locator("[name=again]").count()) {
    // The first password is good for once.
    await page.fill("[name=old]", machines.password);
    machines.password = "betsu no himitsu 2027";
    for (const name of ["new", "again"]) await page.fill(`[name=${name}]`, machines.password);
    await press(page, "決めてログイン");
  }
  return page;
}

async function states(browser, machines) {
  const page = await administrator(browser, machines, "node-a");
  const status = `${machines.told("node-a").staff}status`;
  await says(page, status, /主は node-a。どちらが止まっても続けられます/, "status pair in sync");
  await follower(browser, machines);

  machines.kill("node-b");
  await says(page, status, /一台だけ[\s\S]*もう一台とつながっていない/, "status pair alone");
  machines.start("node-b");
  await says(page, status, /どちらが止まっても続けられます/, "status pair in sync again");
  machines.kill("witness");
  await says(page, status, /立会い役が答えません/, "status pair without its witness");
  machines.start("witness");
  await says(page, status, /どちらが止まっても続けられます/, "status pair with its witness again");
  await page.context().close();

  machines.kill("node-a");
  await machines.leads("node-b");
  machines.start("node-a");
  const other = await administrator(browser, machines, "node-b");
  const taken = /主は node-b。どちらが止まっても続けられます[\s\S]*主の交代/;
  await says(other, `${machines.told("node-b").staff}status`, taken, "status pair taken over");
  await other.context().close();
}

/** Looks at the page in each width once it says so. */
async function says(page, address, words, name) {
  await page.goto(address);
  await until(page, words);
  for (const width of [1366, 375]) {
    await page.setViewportSize({ width, height: 768 });
    await look(page, name);
  }
}

/** Whoever calls the machine that does not lead gets a page that says so, and when to come again. */
async function follower(browser, machines) {
  const told = machines.told("node-b");
  for (const width of [1366, 375]) {
    for (const [side, name] of [["staff", "staff"], ["citizen", "citizens"]]) {
      const page = await visitor(browser, { width, height: 768, origin: told[side] });
      const answer = await page.goto(told[side]);
      must(answer.status() === 503, `the machine that does not lead answers ${name} with ${answer.status()}`);
      must(answer.headers()["retry-after"] !== undefined, `${name} are not told when to come again`);
      await look(page, `pair not here for ${name}`);
      await page.context().close();
    }
  }
}
