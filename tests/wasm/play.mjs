// Plays tapes on the module: node play.mjs MODULE <tapes >texts. Each has its length before it, four bytes, the low one
// first; each tape gets a module of its own.
import { readFileSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const nothing = (wanted) => () => {
    throw new Error(`the module asks for ${wanted}: it may need nothing from outside`);
};
const outside = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    outside[from] ??= {};
    outside[from][name] = nothing(`${from}.${name}`);
}

const tapes = readFileSync(0);
for (let at = 0; at < tapes.length; ) {
    const length = tapes.readUInt32LE(at);
    const text = play(tapes.subarray(at + 4, at + 4 + length));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(text.length);
    write(Buffer.concat([head, text]));
    at += 4 + length;
}

function play(tape) {
    const { exports } = new WebAssembly.Instance(module, outside);
    // In this order: making room may grow the memory, and then its buffer is another one.
    const room = exports.room(tape.length);
    new Uint8Array(exports.memory.buffer, room, tape.length).set(tape);
    try {
        exports.play();
    } catch (trap) {
        process.stderr.write(`${trap}\n`);
    }
    const [from, length] = [exports.text(), exports.length()];
    return Buffer.from(exports.memory.buffer, from, length);
}

function write(bytes) {
    for (let from = 0; from < bytes.length; ) {
        from += writeSync(1, bytes, from);
    }
}
