import { JWKS_MAX_AGE_SECONDS, REMEMBERED_SECONDS } from '../contract/limits.ts';
import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import { generateKey } from '../keys/generate-key.ts';
import { liveRing } from '../keys/live-ring.ts';
import { UnfitKeyError } from '../keys/parse-key.ts';
import type { RingCodec } from '../keys/ring-codec.ts';
import { ringFile } from '../keys/ring-file.ts';
import type { LiveRing } from '../keys/ring-options.ts';
import type { RingPolicy } from '../keys/ring-states.ts';
import type { RingStore } from '../keys/ring-store.ts';
import { SecretFileError } from '../keys/secret-file.ts';
import { ringCodec } from '../keys/wrapped-codec.ts';
import { describeTarget } from '../redis/target.ts';
import { SettingsError } from '../settings/error.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import type { Purposes } from '../token/purpose.ts';
import type { Ambient } from './ledger-state.ts';

/** A ring in use, and what it takes to end that. */
export interface OpenKeys {
  readonly ring: LiveRing;
  close(): Promise<void>;
}

/** Beyond the last moment at which a token is accepted, its key is published no longer than this. */
const SLACK_SECONDS = 60;

/** How long it takes until everybody has a new key. */
export interface Publishing {
  /** How long a cache may keep the JWK Set. */
  readonly maxAgeSeconds: number;
  /** How long it takes at most until every instance serves it. */
  readonly spreadSeconds: number;
}

const PUBLISHING: Publishing = { maxAgeSeconds: JWKS_MAX_AGE_SECONDS, spreadSeconds: 10 };

/** How long keys are published, sign and verify. */
export function ringPolicy(
  {
    algorithm,
    rotateEvery,
  }: { readonly algorithm: RingPolicy['algorithm']; readonly rotateEvery?: number | undefined },
  {
    purposes,
    clockToleranceSeconds,
  }: { readonly purposes: Purposes; readonly clockToleranceSeconds: number },
  { maxAgeSeconds, spreadSeconds }: Publishing = PUBLISHING,
): RingPolicy {
  const longest = Math.max(0, ...[...purposes.values()].map(({ lifetimeSeconds }) => lifetimeSeconds));
  return {
    algorithm,
    ...(rotateEvery === undefined ? {} : { rotateEveryMs: rotateEvery * 1000 }),
    longestTokenMs: (longest + clockToleranceSeconds + SLACK_SECONDS) * 1000,
    answeredMs: REMEMBERED_SECONDS * 1000,
    publishMs: (maxAgeSeconds + spreadSeconds) * 1000,
  };
}

/**
 * The ring of a store. Throws an UnfitKeyError, a SecretFileError, `ledger_unavailable`, or a SettingsError for a package
 * that is not installed.
 */
export function openRing(
  store: RingStore,
  codec: RingCodec,
  policy: RingPolicy,
  ambient: Ambient,
  log: Log,
): Promise<LiveRing> {
  const { nowMs, randomBytes } = ambient;
  const onTrouble = (reason: string | undefined) => {
    if (reason === undefined) log.info({ event: 'keys.readable' }, 'The keys can be read and changed again.');
    else
      log.warn(
        { event: 'keys.trouble', reason },
        'The keys cannot be read or changed. Those in use are used on.',
      );
  };
  const onPutBack = (what: string) => log.warn({ event: 'keys.put-back', reason: what }, PUT_BACK);
  const hearing = { onTrouble, onPutBack };
  return withPeers('kms', () =>
    liveRing({ store, codec, policy, nowMs, awaitsTime: true, randomBytes, draw: generateKey, ...hearing }),
  );
}

const PUT_BACK =
  'The keys in use were stored again in place of what was there. To use others, stop all instances first.';

/** The keys of the settings. Throws a SettingsError that names the setting for keys that cannot be used. */
export async function openKeys(
  settings: Settings,
  log: Log,
  ambient: Ambient,
  publishing?: Publishing,
): Promise<OpenKeys> {
  const { keys, source, ledger, issuer } = settings;
  const policy = ringPolicy(keys, settings, publishing);
  const { wrap } = keys;
  const { randomBytes } = ambient;
  // Who can write to Redis need not be able to read the keys.
  const codec = ringCodec({ issuer, wrap, randomBytes, mayBePlain: keys.in === 'file' });
  const open = (store: RingStore) => openRing(store, codec, policy, ambient, log);
  if (keys.in === 'file') {
    const store = ringFile(keys.file, ambient.nowMs);
    const ring = await namingSetting('keys.file', source, () => open(store));
    return { ring, close: ring.close };
  }
  if (!ledger.redis) throw new TypeError('keys.in is redis, and there is no ledger.redis');
  const { timeoutMs, namespace } = ledger;
  const { connectLedger } = await import('../redis/connection.ts');
  const { redisRing } = await import('../redis/ring.ts');
  const connection = connectLedger(ledger.redis, { timeoutMs, monotonicMs: ambient.monotonicMs });
  const store = redisRing({ connection, namespace, issuer, where: describeTarget(ledger.redis) });
  const ring = await namingSetting('keys.in', source, () => open(store)).catch(async (error: unknown) => {
    await connection.close();
    if (!(error instanceof MatchstickError)) throw error;
    const message = `is redis, so nothing starts before it answers. ${error.message}`;
    throw new SettingsError(source, [{ path: 'keys.in', message }]);
  });
  return {
    ring,
    close: async () => {
      await ring.close();
      await connection.close();
    },
  };
}

/** What a setting gives. Throws a SettingsError that names it for keys that cannot be used. */
export async function namingSetting<T>(setting: string, source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnfitKeyError || error instanceof SecretFileError)) throw error;
    throw new SettingsError(source, [{ path: setting, message: error.message }]);
  }
}
