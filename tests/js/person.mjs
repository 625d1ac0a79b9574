// A user of the official SDK on a connection of his own. Nothing here knows Sp00ky beyond its documented functions and
// the edge table.

import { Surreal, Table } from "surrealdb";
import WebSocket from "ws";

// A browser gives every message a task of its own. `ws` by default emits all the frames of one read at once, and then
// the SDK (2.0.8, `ChannelIterator.submit` resolves one waiter twice) loses every notification but the first of them.
globalThis.WebSocket = class extends WebSocket {
    constructor(address, protocols) {
        super(address, protocols, { allowSynchronousEvents: false });
    }
};

const WITHIN_MS = 1000;

/** One user. */
export class Person {
    events = [];
    waiting = [];
    /** What his LIVE notifications add up to: for each edge its newest `updatedAt`, and whether it is gone. */
    folded = new Map();

    static async signUp(name, { url, namespace, database }) {
        const client = new Person();
        client.name = name;
        client.db = new Surreal();
        await client.db.connect(url, { namespace, database });
        await client.db.signup({ access: "account", variables: { name, pass: "secret" } });
        [client.table] = await client.db.query("RETURN fn::query::table()");
        // At once: the sign-up itself has made the table.
        client.live = await client.db.live(new Table(client.table));
        client.live.subscribe((message) => client.hear(message));
        return client;
    }

    hear({ action, recordId, value }) {
        if (action === "KILLED") return;
        const [seconds, nanoseconds] = value.updatedAt.toCompact();
        this.fold(String(recordId), action === "DELETE", seconds * 1_000_000_000n + nanoseconds);
        const sign = { CREATE: "+", UPDATE: "~", DELETE: "-" }[action];
        this.events.push(`${sign} ${value.out}`);
        this.waiting.forEach((look) => look());
    }

    /** Orders an edge's notifications by `updatedAt`; a DELETE carries the old row, and is the later at equal ones. */
    fold(edge, gone, at) {
        const known = this.folded.get(edge);
        if (!known || at > known.at || (at === known.at && gone)) this.folded.set(edge, { at, gone });
    }

    async register(id, surql, params = {}) {
        const config = { id, surql, params, clientId: this.name };
        await this.db.query("RETURN fn::query::register($config)", { config });
        const began = Date.now();
        for (;;) {
            const [told] = await this.db.query("RETURN fn::query::state($id)", { id });
            if (told.state === "ready") return told.rowCount;
            if (told.state === "failed" || told.state === "refused" || Date.now() - began > 10_000) {
                throw new Error(`${this.name}: ${id} is ${JSON.stringify(told)}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    }

    /** Waits for exactly these events, in any order, and takes them. */
    async sees(...expected) {
        const began = Date.now();
        const sorted = (events) => [...events].sort().join(", ");
        while (sorted(this.events) !== sorted(expected)) {
            const left = began + WITHIN_MS - Date.now();
            if (left <= 0 || this.events.length > expected.length) {
                throw new Error(
                    `${this.name} sees [${this.events}] after ${Date.now() - began} ms instead of [${expected}]`,
                );
            }
            await new Promise((resolve) => {
                this.waiting = [resolve];
                setTimeout(resolve, left);
            });
        }
        this.events = [];
        return Date.now() - began;
    }
}

/** Where the database is, from the command line. */
export function place() {
    const [url, namespace, database] = process.argv.slice(2);
    return { url, namespace, database };
}

export function equal(what, happened, expected) {
    if (happened !== expected) throw new Error(`${what}: ${happened} instead of ${expected}`);
}
