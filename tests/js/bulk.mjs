// Large transactions, beside a client that may read slowly: what LIVE tells adds up to the table, whether the connection
// holds or the server cuts it.
//
//     node bulk.mjs ws://127.0.0.1:8000/rpc NAMESPACE DATABASE ROWS [rests]
//
// With `rests` the client reads nothing until all is written.

import { Person, equal, place } from "./person.mjs";

const ROWS = Number(process.argv[5]);
const rests = process.argv[6] === "rests";
const WITHIN_MS = 120_000;

const ann = await Person.signUp("ann", place());
// The same user, so that the rows are hers; on a connection that keeps up.
const writer = await Person.signIn("ann", place());
// Told of often enough, an edge with a long id fills every buffer between the server and who does not read, of whatever size a
// system makes them (32 MiB were seen).
await ann.register(rests ? "all".repeat(150) : "all", "SELECT * FROM task");

const write = async (text, rows) => {
    await writer.db.query(text, { last: ROWS });
    const [counted] = await writer.db.query("SELECT count() FROM task GROUP ALL");
    equal(`rows after ${text}`, counted[0]?.count ?? 0, rows);
    await (rests ? written(rows) : agreement(rows));
};

const until = async (holds, rows) => {
    const began = Date.now();
    for (;;) {
        const [table, told] = [await writer.edges(), ann.living()];
        if (table.length === rows && holds(table.sort().join(), told.sort().join())) return;
        if (Date.now() - began > WITHIN_MS) {
            throw new Error(`LIVE adds up to ${told.length} edges, the table has ${table.length} of ${rows}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
};
/** Waits until the edge table has so many edges. */
const written = (rows) => until(() => true, rows);
/** Waits until the edge table has so many edges, and LIVE has told of just these. */
const agreement = (rows) => until((table, told) => table === told, rows);

if (rests) ann.rest();
const each = "FOR $key IN 1..=$last";
await write(`${each} { CREATE type::record('task', $key) SET owner = $auth, n = 0 }`, ROWS);
await write("UPDATE task SET n += 1", ROWS);
await write("DELETE task WHERE record::id(id) % 2 = 0", ROWS / 2);
await write(`${each} { UPSERT type::record('task', $key) SET owner = $auth, n = 2 }`, ROWS);
ann.wake();
await agreement(ROWS);

const { again } = ann;
await Promise.all([ann.db.close(), writer.db.close()]);
console.log(`connected again ${again} times`);
