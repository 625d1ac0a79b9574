// One row crosses a window's border a thousand times: what LIVE tells adds up to the table.
//
//     node border.mjs ws://127.0.0.1:8000/rpc NAMESPACE DATABASE

import { RecordId } from "surrealdb";
import { Person, place } from "./person.mjs";

const TIMES = 1000;

const ann = await Person.signUp("ann", place());
const task = (key) => new RecordId("task", key);
const write = (key, rank) => ann.db.query("UPSERT $id SET owner = $auth, rank = $rank", { id: task(key), rank });

await write(1, 1);
await write(2, 2);
await ann.register("top", "SELECT * FROM task ORDER BY rank LIMIT 1");
await ann.sees("+ task:1");

for (let time = 0; time < TIMES; time++) {
    await write(1, time % 2 === 0 ? 3 : 1);
}
// An edge that went is not made again within 100 ms: so the end is waited for, and must then be one answer.
const began = Date.now();
for (;;) {
    const edges = await ann.edges();
    const table = edges.sort().join(" ");
    const told = ann.living().sort().join(" ");
    if (edges.length === 1 && table.includes("task:1") && told === table) break;
    if (Date.now() - began > 2_000) throw new Error(`LIVE adds up to [${told}], the table is [${table}]`);
    await new Promise((resolve) => setTimeout(resolve, 5));
}
await ann.db.close();
console.log(`${ann.events.length} notifications`);
