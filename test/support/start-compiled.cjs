// Stands beside a program, or packages, in one file, under the name of the program. V8 compiles that file once: what it
// made of it is kept, and each process that starts from then on has it. test/support/program.ts copies this.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

const file = join(__dirname, `${basename(__filename, '.js')}.whole.js`);
const kept = `${file}.compiled`;

function readKept() {
  try {
    return readFileSync(kept);
  } catch {
    return undefined;
  }
}

const text = readFileSync(file, 'utf8').replace(/^#!.*/, '');
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
  filename: file,
  cachedData: readKept(),
});
const made = { exports: {} };
script.runInThisContext()(made.exports, createRequire(file), made, file, dirname(file));
module.exports = made.exports;

if (process.env.KEEP_COMPILED) {
  process.once('exit', () => {
    writeFileSync(`${kept}.new`, script.createCachedData());
    renameSync(`${kept}.new`, kept);
  });
  // By then it has started, and everything that this takes is compiled.
  setTimeout(() => process.exit(0), Number(process.env.KEEP_COMPILED)).unref();
}
