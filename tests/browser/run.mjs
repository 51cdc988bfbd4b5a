// Walks through the running program in a real browser: node run.mjs DIR/demo.json
// `WALK=mail` takes only walks whose name has that in it; `LANE=desk`, `post` or `house` a part of them, each on a demo of its own.
import { readFileSync } from "node:fs";
import { bulkMail, waits } from "./bulk.mjs";
import { newBranch, shapes } from "./calendar.mjs";
import { outOfOrder, sizes, wholeWay } from "./citizen.mjs";
import { deadlines, furniture, sizesAndPapers, vault } from "./custody.mjs";
import { cardsComeIn, manyCards, migration, otherFormats, wholeSearch } from "./intake.mjs";
import { lists } from "./lists.mjs";
import { found, launch, looked, wrong } from "./kit.mjs";
import { outboxByKeyboard, outboxShapes, refusalsByKeyboard, serverSilent } from "./mail.mjs";
import { pairStatus } from "./pair.mjs";
import { archive, restored, status } from "./safe.mjs";
import { counterDay, courierRound, rolesAndSizes } from "./staff.mjs";
import { closing, familyTogether, notCome, otherProcedure, places, shapesOfTime } from "./time.mjs";

const told = JSON.parse(readFileSync(process.argv[2], "utf8"));
const cards = told.cards.filter((card) => card.state === "bookable");
const only = process.env.WALK ?? "";
const lane = process.env.LANE ?? "";

const walks = {
  desk: [
    ["citizen without scripts", (browser) => wholeWay(browser, told, cards, false)],
    ["citizen with scripts", (browser) => wholeWay(browser, told, cards, true)],
    ["citizen out of order", (browser) => outOfOrder(browser, told)],
    ["citizen sizes", (browser) => sizes(browser, told)],
    ["counter without scripts", (browser) => counterDay(browser, told, cards, false)],
    ["counter with scripts", (browser) => counterDay(browser, told, cards, true)],
    ["courier without scripts", (browser) => courierRound(browser, told, false)],
    ["courier with scripts", (browser) => courierRound(browser, told, true)],
    ["calendar new branch", (browser) => newBranch(browser, told, cards)],
    ["calendar shapes", (browser) => shapes(browser, told)],
    ["time another procedure", (browser) => otherProcedure(browser, told)],
    ["time family without scripts", (browser) => familyTogether(browser, told, false)],
    ["time family with scripts", (browser) => familyTogether(browser, told, true)],
    ["time shapes", (browser) => shapesOfTime(browser, told)],
    ["time closing", (browser) => closing(browser, told)],
    ["time not come", (browser) => notCome(browser, told)],
    ["time places", (browser) => places(browser, told)],
    ["staff roles and sizes", (browser) => rolesAndSizes(browser, told)],
  ],
  post: [
    // The longest waits first, beside what is drawn in the other lanes.
    ["status of the archive", (browser) => archive(browser, told)],
    ["status of the pair", (browser) => pairStatus(browser)],
    ["mail shapes", (browser) => outboxShapes(browser, told)],
    ["mail by keyboard", (browser) => outboxByKeyboard(browser, told)],
    ["mail refusals by keyboard", (browser) => refusalsByKeyboard(browser, told)],
    ["bulk mail without scripts", (browser) => bulkMail(browser, told, false)],
    ["bulk mail with scripts", (browser) => bulkMail(browser, told, true)],
    ["waits without scripts", (browser) => waits(browser, told, cards, false)],
    ["waits with scripts", (browser) => waits(browser, told, cards, true)],
    ["silent mail server", (browser) => serverSilent(browser, told)],
  ],
  house: [
    // Before cards come in whose signs no font has: those are asked about before a document is made.
    ["lists", (browser) => lists(browser, told)],
    ["custody without scripts", (browser) => vault(browser, told, false)],
    ["custody with scripts", (browser) => vault(browser, told, true)],
    ["custody deadlines", (browser) => deadlines(browser, told)],
    ["custody furniture", (browser) => furniture(browser, told)],
    ["custody sizes and papers", (browser) => sizesAndPapers(browser, told)],
    ["intake cards without scripts", (browser) => cardsComeIn(browser, told, false)],
    ["intake cards with scripts", (browser) => cardsComeIn(browser, told, true)],
    ["intake other formats", (browser) => otherFormats(browser, told)],
    ["intake migration", (browser) => migration(browser, told)],
    ["intake many cards", (browser) => manyCards(browser, told)],
    ["intake whole search", (browser) => wholeSearch(browser, told)],
    ["status page", (browser) => status(browser, told)],
    // The last one: it takes the city back to its copy.
    ["status restored city", (browser) => restored(browser, told)],
  ],
};

const browser = await launch();
const chosen = Object.entries(walks).flatMap(([part, of]) => (lane === "" || part === lane ? of : []));
for (const [name, walk] of chosen.filter(([name]) => name.includes(only))) {
  const began = Date.now();
  try {
    await walk(browser);
  } catch (error) {
    wrong(`${name} stopped: ${error.stack ?? error}`);
  }
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`);
}
await browser.close();
console.log(`${looked.size} pages and states were looked at, ${found.length} things were wrong`);
for (const sentence of found) console.log(`- ${sentence}`);
process.exit(found.length === 0 && looked.size > 0 ? 0 : 1);
