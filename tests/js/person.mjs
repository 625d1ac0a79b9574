// A user of the official SDK on a connection of his own. Nothing here knows Sp00ky beyond its documented functions and
// the edge table.

import { Surreal, Table } from "surrealdb";
import WebSocket from "ws";

// A browser gives every message a task of its own. `ws` by default emits all the frames of one read at once, and then
// the SDK (2.0.8, `ChannelIterator.submit` resolves one waiter twice) loses every notification but the first of them.
globalThis.WebSocket = class extends WebSocket {
    constructor(address, protocols) {
        super(address, protocols, { allowSynchronousEvents: false });
        sockets.push(this);
    }
};

/** Every socket that was made, the newest last. */
const sockets = [];

const WITHIN_MS = 1000;

/** One user. */
export class Person {
    events = [];
    waiting = [];
    /** What his LIVE notifications add up to: for each edge its newest `updatedAt`, and whether it is gone. */
    folded = new Map();
    /** His first socket. */
    socket;
    /** How often he was connected again. */
    again = 0;

    static async signUp(name, place) {
        return Person.enter(name, place, (db, account) => db.signup(account));
    }

    static async signIn(name, place) {
        return Person.enter(name, place, (db, account) => db.signin(account));
    }

    static async enter(name, { url, namespace, database }, by) {
        const client = new Person();
        client.name = name;
        client.db = new Surreal();
        await client.db.connect(url, { namespace, database });
        client.socket = sockets.at(-1);
        await by(client.db, { access: "account", variables: { name, pass: "secret" } });
        [client.table] = await client.db.query("RETURN fn::query::table()");
        // At once: the sign-up itself has made the table.
        await client.listen();
        client.db.subscribe("connected", () => client.beginAgain());
        return client;
    }

    /** Reads nothing: what is sent fills the system's buffers, and then the server's queue. */
    rest() {
        this.socket.pause();
    }

    /** Reads on. */
    wake() {
        this.socket.resume();
    }

    async listen() {
        this.live = await this.db.live(new Table(this.table));
        this.live.subscribe((message) => this.hear(message));
    }

    /** Begins with the table, behind a LIVE: not all may have been told before the connection broke. */
    async beginAgain() {
        this.again += 1;
        this.folded.clear();
        const former = this.live;
        await this.listen();
        await former.kill().catch(() => {});
        const [edges] = await this.db.query("SELECT id, updatedAt FROM type::table($table)", { table: this.table });
        for (const { id, updatedAt } of edges) this.fold(String(id), false, nanoseconds(updatedAt));
    }

    /** The edges that LIVE has told of and not taken back. */
    living() {
        return [...this.folded].filter(([, { gone }]) => !gone).map(([edge]) => edge);
    }

    /** The edges of the table itself. */
    async edges() {
        const [edges] = await this.db.query("SELECT VALUE id FROM type::table($table)", { table: this.table });
        return edges.map(String);
    }

    hear({ action, recordId, value }) {
        if (action === "KILLED") return;
        this.fold(String(recordId), action === "DELETE", nanoseconds(value.updatedAt));
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

function nanoseconds(moment) {
    const [seconds, rest] = moment.toCompact();
    return seconds * 1_000_000_000n + rest;
}

/** Where the database is, from the command line. */
export function place() {
    const [url, namespace, database] = process.argv.slice(2);
    return { url, namespace, database };
}

export function equal(what, happened, expected) {
    if (happened !== expected) throw new Error(`${what}: ${happened} instead of ${expected}`);
}
