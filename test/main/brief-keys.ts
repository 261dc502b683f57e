import { randomBytes, randomUUID } from 'node:crypto';
import { processLog } from '../../src/assembly/log.ts';
import { openService } from '../../src/assembly/open-service.ts';
import { listenAlone } from '../../src/assembly/running-service.ts';
import { loadSettings } from '../../src/settings/load.ts';

/** The service, with a JWK Set that caches keep for two seconds: a key signs four seconds after it was published. */
const settings = loadSettings(process.env);
const service = await openService(settings, processLog(), {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  randomBytes,
  newRequestId: randomUUID,
  instance: `brief-${process.pid}`,
  publishing: { maxAgeSeconds: 2, spreadSeconds: 2 },
});
const { url } = await listenAlone(service, settings.listen);
console.log(`brief-keys listens on ${url}`);
