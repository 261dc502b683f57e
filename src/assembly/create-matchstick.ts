import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { JWK } from 'jose';
import { declarePurposes } from '../contract/declared-purposes.ts';
import type { Log } from '../contract/log.ts';
import type { Matchstick, PurposeMap } from '../contract/matchstick.ts';
import type { Readiness } from '../contract/readiness.ts';
import { UnfitKeyError } from '../keys/parse-key.ts';
import { ringFile } from '../keys/ring-file.ts';
import type { LiveRing } from '../keys/ring-options.ts';
import { givenRing, ringInMemory } from '../keys/ring-store.ts';
import { SecretFileError } from '../keys/secret-file.ts';
import { ringCodec } from '../keys/wrapped-codec.ts';
import { inProcess } from '../library/matchstick.ts';
import type { MatchstickOptions } from '../library/options.ts';
import { type KeysSource, parseMatchstickOptions, wrongOptions } from '../library/parse-options.ts';
import type { PurposePolicies, PurposeTypesOf } from '../library/purpose-policy.ts';
import { allOperations } from '../operations/all.ts';
import { readiness } from '../operations/readiness.ts';
import { connectStores, s3Openers, urlSigner } from '../s3/stores.ts';
import { droppedReporter, harmless } from './event-reports.ts';
import type { Ambient } from './ledger-state.ts';
import { requireNode } from './node-version.ts';
import { openDeployment } from './open-deployment.ts';
import { instanceName } from './open-events.ts';
import { openRing, ringPolicy } from './open-keys.ts';
import type { Parts } from './parts.ts';
import { randomPool } from './random-pool.ts';
import { ledgerInRedis } from './redis-ledger.ts';

/** Matchstick in this process. Close it when you no longer need it. */
export interface InProcessMatchstick<P extends PurposeMap = PurposeMap> extends Matchstick<P> {
  /** The public keys as a JWK Set (RFC 7517 section 5), for those who verify tokens elsewhere. */
  readonly jwks: {
    /** The public keys. */
    readonly keys: readonly JWK[];
  };
  /**
   * Checks whether calls can be answered now.
   *
   * @returns Whether they can, and why not.
   */
  readiness(): Promise<Readiness>;
  /**
   * Closes the connections to the ledger. From then on every call rejects with `ledger_unavailable`.
   *
   * @returns When they are closed.
   */
  close(): Promise<void>;
}

const PARTS: Parts = {
  redis: async () => ({ ledgerInRedis }),
  stores: async () => ({ connectStores, s3Openers, urlSigner }),
};

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Runs Matchstick in this process, without a service: it has the ledger and the private keys itself. A Redis that does
 * not answer yet is no error here; each call waits for it.
 *
 * @param options - The issuer and the purposes, and where the ledger and the keys are.
 * @returns Matchstick, with the types of your purposes.
 * @throws SettingsError With every problem of the options; in a Node that is too old, with that one.
 * @throws MatchstickError `ledger_unavailable` for a Redis that can never hold a ledger.
 * @example
 * const matchstick = await createMatchstick({
 *   issuer: 'https://app.example.com',
 *   purposes: { 'password-reset': { audience: 'app', lifetime: '15m' } },
 * });
 */
export async function createMatchstick<const P extends PurposePolicies>(
  options: MatchstickOptions<P>,
): Promise<InProcessMatchstick<PurposeTypesOf<P>>> {
  requireNode(process.versions);
  const { name, keys: source, log = SILENT, onEvent, ...settings } = parseMatchstickOptions(options);
  const ambient = {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    randomBytes: randomPool(),
    instance: instanceName(process.pid),
  };
  const keys = await openKeys(source, settings, log, ambient);
  const telling = { listeners: onEvent ? [harmless(onEvent, log)] : [], dropped: droppedReporter(log) };
  const opened = await openDeployment(settings, keys, log, ambient, { parts: PARTS, ...telling });
  const { deployment, ports, readiness: checks } = opened;
  let isClosed = false;
  const matchstick = {
    ...inProcess<PurposeTypesOf<P>>({
      name,
      operations: allOperations(deployment, ports),
      randomBytes: ambient.randomBytes,
      isClosed: () => isClosed,
    }),
    get jwks() {
      return keys.jwks;
    },
    readiness: () => readiness(checks),
    close: async () => {
      isClosed = true;
      await keys.close();
      await opened.close();
    },
  };
  const audiences = [...deployment.purposes].map(([purpose, each]) => [purpose, each.audiences] as const);
  return declarePurposes(matchstick, new Map(audiences));
}

async function openKeys(
  { algorithm, file, jwks, rotateEvery, wrap }: KeysSource,
  settings: Parameters<typeof ringPolicy>[1] & { readonly issuer: string },
  log: Log,
  ambient: Ambient,
): Promise<LiveRing> {
  const policy = ringPolicy({ algorithm, rotateEvery }, settings);
  const codec = ringCodec({ issuer: settings.issuer, wrap, mayBePlain: true, randomBytes });
  try {
    if (jwks) {
      const given = givenRing(JSON.stringify(jwks));
      return await openRing(given, codec, { ...policy, rotateEveryMs: undefined }, ambient, log);
    }
    const store = file === undefined ? ringInMemory() : ringFile(resolve(file), ambient.nowMs);
    return await openRing(store, codec, policy, ambient, log);
  } catch (error) {
    if (!(error instanceof UnfitKeyError || error instanceof SecretFileError)) throw error;
    throw wrongOptions([{ path: jwks ? 'keys.jwks' : 'keys.file', message: error.message }]);
  }
}
