import { randomBytes } from 'node:crypto';
import { generateKey } from '../../src/keys/generate-key.ts';
import { liveRing } from '../../src/keys/live-ring.ts';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import { ringFile } from '../../src/keys/ring-file.ts';

/** Opens the ring of a file when it gets SIGUSR2, and rotates it when it gets another. Prints what it signs with, and has promoted. */
const [path = ''] = process.argv.slice(2);
const signalled = () => new Promise((resolve) => process.once('SIGUSR2', resolve));
const running = setInterval(() => {}, 1000);
let next = signalled();
console.log('ready');
await next;
next = signalled();
const ring = await liveRing({
  store: ringFile(path, Date.now),
  codec: plainCodec,
  policy: { algorithm: 'ES256', longestTokenMs: 3_600_000, answeredMs: 600_000, publishMs: 310_000 },
  nowMs: Date.now,
  randomBytes,
  draw: generateKey,
  onTrouble: (reason) => console.log('trouble', reason),
});
console.log(`opened ${ring.signing.kid}.`);
await next;
const promoted: string[] = [];
await ring.rotate(({ what, kid }) => what === 'promoted' && promoted.push(kid));
console.log(`rotated ${promoted.join(',')}.`);
await ring.close();
clearInterval(running);
