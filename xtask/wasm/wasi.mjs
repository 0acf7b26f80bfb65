// Runs a wasm32-wasip1 program, as cargo's runner for that target: node wasi.mjs FILE [ARGUMENT]...
// It gets no directories and no environment. Works on Node 18 (with
// --experimental-wasi-unstable-preview1) and later.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file, ...args], returnOnExit: true });
const { instance } = await WebAssembly.instantiate(await readFile(file), {
    wasi_snapshot_preview1: wasi.wasiImport,
});
process.exitCode = wasi.start(instance);
