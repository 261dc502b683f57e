import { randomBytes } from 'node:crypto';
import { generateKey } from '../../src/keys/generate-key.ts';
import { liveRing } from '../../src/keys/live-ring.ts';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import { ringFile } from '../../src/keys/ring-file.ts';
import type { Algorithm } from '../../src/token/key.ts';

/** The ring of a file as a process has it that starts at this moment and never rotates. */
export async function loadKeyFile(path: string, algorithm: Algorithm, nowMs: number) {
  const ring = await liveRing({
    store: ringFile(path, Date.now),
    codec: plainCodec,
    policy: { algorithm, longestTokenMs: 3_600_000, answeredMs: 600_000, publishMs: 310_000 },
    nowMs: () => nowMs,
    randomBytes,
    draw: generateKey,
    onTrouble: () => {},
  });
  await ring.close();
  return ring;
}
