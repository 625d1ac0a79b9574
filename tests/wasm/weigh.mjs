// Says which crates a module's code comes from: node weigh.mjs MODULE, as the linker left it, with its names.
import { readFileSync } from "node:fs";

const CRATES_SHOWN = 12;
// What everything is made of: code that was made for a crate counts as that crate's.
const GROUND = ["core", "alloc", "std", "hashbrown", "serde", "serde_core"];

const bytes = readFileSync(process.argv[2]);
let at = 8;
const byte = () => bytes[at++];
function number() {
    for (let value = 0, scale = 1; ; scale *= 128) {
        const next = byte();
        value += (next & 127) * scale;
        if (next < 128) return value;
    }
}
function word() {
    const length = number();
    at += length;
    return bytes.toString("utf8", at - length, at);
}

let imported = 0;
const sizes = [];
const names = new Map();
const sections = {
    0: (end) => word() === "name" && functionNames(end),
    2: () => each(importEntry),
    10: () => each(() => {
        const size = number();
        at += size;
        sizes.push(size);
    }),
};
while (at < bytes.length) {
    const [id, length] = [byte(), number()];
    const end = at + length;
    sections[id]?.(end);
    at = end;
}

function each(entry) {
    for (let left = number(); left > 0; left--) entry();
}

function importEntry() {
    word();
    word();
    const kind = byte();
    if (kind === 0) {
        number();
        imported++;
    } else if (kind === 3) {
        at += 2;
    } else {
        if (kind === 1) byte();
        const bounded = byte() & 1;
        number();
        if (bounded) number();
    }
}

function functionNames(end) {
    while (at < end) {
        const [id, length] = [byte(), number()];
        const after = at + length;
        if (id === 1) each(() => names.set(number(), word()));
        at = after;
    }
}

// In a mangled name a crate stands as `C`, perhaps a hash, the length of its name and the name.
function crateOf(name) {
    const found = [...name.matchAll(/C(?:s[0-9a-zA-Z]*_)?(\d+)_?/g)]
        .map((mark) => name.substr(mark.index + mark[0].length, Number(mark[1])))
        .filter((crate) => /^[a-z][a-z0-9_]+$/.test(crate));
    return found.find((crate) => !GROUND.includes(crate)) ?? found[0] ?? "(no crate)";
}

const weights = new Map();
sizes.forEach((size, index) => {
    const crate = crateOf(names.get(index + imported) ?? "");
    weights.set(crate, (weights.get(crate) ?? 0) + size);
});
const heaviest = [...weights].sort((a, b) => b[1] - a[1]).slice(0, CRATES_SHOWN);
const total = sizes.reduce((sum, size) => sum + size, 0);
const shown = heaviest.map(([crate, size]) => `${crate} ${Math.round((100 * size) / total)} %`);
console.log(`sp00ky: ${Math.round(total / 1000)} kB of code: ${shown.join(", ")}`);
