// Calls `main` of a module that may import nothing, and prints what it returns: node no_imports.mjs FILE
import { readFile } from 'node:fs/promises';

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
console.log(instance.exports.main(0, 0));
