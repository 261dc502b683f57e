// Logs events to a pipe, and prints how many octets each write to it had.
import fs from 'node:fs';
import { eventLog } from '../../src/assembly/log.ts';
import { newEvent } from '../support/events.ts';

const EVENTS = 200;
const written: number[] = [];
const { write } = fs;
fs.write = new Proxy(write, {
  apply: (_target, _this, [descriptor, text, ...rest]) => {
    if (descriptor === 2) written.push(Buffer.byteLength(text));
    return Reflect.apply(write, fs, [descriptor, text, ...rest]);
  },
});

const hear = eventLog(() => {});
for (let event = 0; event < EVENTS; event++) hear(newEvent({ audience: 'ä€😀'.repeat(event % 40) }));
process.on('beforeExit', () => console.log(JSON.stringify(written)));
