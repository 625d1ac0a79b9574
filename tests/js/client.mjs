// Two users: each sees exactly his own rows appear, change and leave, within a second.
//
//     node client.mjs ws://127.0.0.1:8000/rpc NAMESPACE DATABASE

import { RecordId } from "surrealdb";
import { Person, equal, place } from "./person.mjs";

const ann = await Person.signUp("ann", place());
const bob = await Person.signUp("bob", place());
const task = (key) => new RecordId("task", key);
const query = "SELECT * FROM task WHERE done = false";

// The same id for both, as clients have it that derive it from the text.
equal("ann's rows", await ann.register("open", query), 0);
equal("bob's rows", await bob.register("open", query), 0);

const took = [];
await ann.db.query("CREATE $id SET owner = $auth, done = false, title = 'paint'", { id: task(1) });
took.push(await ann.sees("+ task:1"));
await bob.db.query("CREATE $id SET owner = $auth, done = false, title = 'sand'", { id: task(2) });
took.push(await bob.sees("+ task:2"));
await ann.db.query("UPDATE $id SET title = 'paint it'", { id: task(1) });
took.push(await ann.sees("~ task:1"));

// The body is read with the user's own rights.
const [[body]] = await ann.db.query("SELECT * FROM $id", { id: task(1) });
equal("the body", body.title, "paint it");
const [hidden] = await bob.db.query("SELECT * FROM $id", { id: task(1) });
equal("what bob reads of it", hidden.length, 0);

// A view that begins with rows, through parameters.
equal("named", await ann.register("named", "SELECT * FROM task WHERE title = $title", { title: "paint it" }), 1);
took.push(await ann.sees("+ task:1"));

await ann.db.query("UPDATE $id SET done = true", { id: task(1) });
took.push(await ann.sees("- task:1", "~ task:1"));
await bob.db.query("DELETE $id", { id: task(2) });
took.push(await bob.sees("- task:2"));

// Whoever leaves a view takes its edges along.
await ann.db.query("RETURN fn::query::unsubscribe('named', 'ann')");
took.push(await ann.sees("- task:1"));
equal("what bob saw of all that", bob.events.length, 0);

const [[edges]] = await ann.db.query("SELECT count() FROM type::table($table) GROUP ALL", { table: ann.table });
equal("edges that are left", edges?.count ?? 0, 0);

await Promise.all([ann.db.close(), bob.db.close()]);
console.log(`seen after at most ${Math.max(...took)} ms`);
