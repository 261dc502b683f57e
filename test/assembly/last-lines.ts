// Writes more than a pipe holds to standard error, says so, and ends.
import { unwaitingPipe } from '../../src/assembly/unwaiting-pipe.ts';

const LINES = 100;
const write = unwaitingPipe(2, { mostWaiting: 1_000_000, dropped: () => {} });
for (let line = 0; line < LINES; line++) write?.(`${line} ${'x'.repeat(1000)}\n`);
console.log('written');
process.exit(0);
