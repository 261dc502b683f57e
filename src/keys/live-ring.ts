import { MatchstickError } from '../errors.ts';
import { UnfitKeyError } from './parse-key.ts';
import { keyMaker, type RingInUse, ringInUse } from './ring-in-use.ts';
import type { HearKeys, LiveRing, LiveRingOptions } from './ring-options.ts';
import {
  type Advanced,
  advanceRing,
  firstRing,
  type KeyChange,
  revokeInRing,
  rotateRing,
} from './ring-states.ts';
import { FixedRingError } from './ring-store.ts';
import { ringText, type StoredRing } from './stored-ring.ts';

const LOOK_EVERY_MS = 1000;
/** How often a change is tried while others change the ring. */
const TRIES = 20;
const PAUSE_MS = 100;
/** How long after a ring that cannot be changed it is tried again. */
const FIXED_MS = 60_000;

/** Opens the ring of a store, and makes it if there is none. Throws an UnfitKeyError, a SecretFileError, or `ledger_unavailable`. */
export async function liveRing(options: LiveRingOptions): Promise<LiveRing> {
  const { store, codec, policy, nowMs, draw, onTrouble } = options;
  const untold: KeyChange[] = [];
  let listener: HearKeys = { changed: (change) => untold.push(change), renewed: () => {} };
  const make = keyMaker();
  let isNew = false;
  let storedText = await store.read();
  let troubled: string | undefined;

  if (storedText === undefined) {
    const first = await firstRing(policy, options.randomBytes(32), draw, nowMs());
    const text = await codec.close(ringText(first));
    isNew = await store.replace(undefined, text);
    storedText = isNew ? text : await store.read();
    if (storedText === undefined) throw new TypeError('the ring is there, and is not');
  }
  let mustRewrite = false;
  let mustWrap = false;
  let current: RingInUse = await read(storedText);

  async function read(text: string): Promise<RingInUse> {
    try {
      const opened = await codec.open(text);
      const inUse = await ringInUse(opened.text, policy.algorithm, make, nowMs());
      mustWrap = opened.mustRewrite;
      mustRewrite = mustWrap || !inUse.hasStates;
      return inUse;
    } catch (error) {
      if (!(error instanceof UnfitKeyError)) throw error;
      const where = store.name === undefined ? '' : `${store.name}: `;
      throw new UnfitKeyError(`${where}${error.message}`, { cause: error.cause });
    }
  }

  /** Takes over what is stored by now, if that is another ring. */
  async function reread(): Promise<void> {
    const text = await store.read();
    if (text === undefined) {
      await store.replace(undefined, await codec.close(ringText(current.stored)));
      return;
    }
    if (text === storedText) return;
    const { ring, stored, hasStates } = await read(text);
    // Whatever was put back from an older copy has forgotten something, such as a revocation.
    if (hasStates && stored.version < current.stored.version) {
      await store.replace(text, await codec.close(ringText(current.stored)));
      return;
    }
    storedText = text;
    current = { ring, stored, hasStates };
    listener.renewed();
  }

  /** Stores what `change` makes of the ring, however often others change it meanwhile. */
  async function change(
    make: (ring: StoredRing) => Promise<Advanced | undefined>,
    changed: HearKeys['changed'] = (each) => listener.changed(each),
  ): Promise<StoredRing | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const advanced = await make(current.stored);
      if (!advanced || (advanced.ring === current.stored && !mustRewrite)) return advanced?.ring;
      const text = await codec.close(ringText(advanced.ring));
      if (await store.replace(storedText, text)) {
        storedText = text;
        current = await read(text);
        for (const each of advanced.changes) changed(each);
        listener.renewed();
        return current.stored;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await reread();
    }
    throw new MatchstickError('ledger_unavailable', 'Others change the keys all the time. Try again.', {
      retryAfterSeconds: 1,
    });
  }

  function trouble(reason: string | undefined): void {
    if (reason === troubled) return;
    troubled = reason;
    onTrouble(reason);
  }

  let isLooking = false;
  /** Until then nobody tries to change it. */
  let fixedUntilMs = 0;
  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await reread();
      if (nowMs() >= fixedUntilMs) await change((ring) => advanceRing(ring, policy, draw, nowMs()));
      if (fixedUntilMs === 0) trouble(undefined);
    } catch (error) {
      const isFixed = error instanceof FixedRingError;
      if (isFixed) fixedUntilMs = nowMs() + FIXED_MS;
      // Who never rotates may well give keys that cannot be changed.
      if (isFixed && policy.rotateEveryMs === undefined && !mustWrap) trouble(undefined);
      else {
        const reason = error instanceof Error ? error.message : 'for an unknown reason';
        trouble(mustWrap ? `the keys are not wrapped as keys.wrap says: ${reason}` : reason);
      }
    } finally {
      isLooking = false;
    }
  }

  /** The same for who waits for it: what cannot be stored is no answer. */
  async function changeNow(
    make: (ring: StoredRing) => Promise<Advanced | undefined>,
    changed: HearKeys['changed'] | undefined,
  ): Promise<StoredRing | undefined> {
    try {
      await reread();
      return await change(make, changed);
    } catch (error) {
      if (error instanceof MatchstickError) throw error;
      const reason = error instanceof Error ? error.message : '';
      throw new MatchstickError('ledger_unavailable', `The keys cannot be changed: ${reason}.`, {
        cause: error,
      });
    }
  }

  await look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();

  return {
    isNew,
    policy,
    get stored() {
      return current.stored;
    },
    get trouble() {
      return troubled;
    },
    get signing() {
      return current.ring.signing;
    },
    get verification() {
      return current.ring.verification;
    },
    get sealing() {
      return current.ring.sealing;
    },
    get revoked() {
      return current.ring.revoked;
    },
    get subjectKey() {
      return current.ring.subjectKey;
    },
    get jwks() {
      return current.ring.jwks;
    },
    rotate: async (changed) => {
      const ring = await changeNow((stored) => rotateRing(stored, policy, draw, nowMs()), changed);
      return ring ?? current.stored;
    },
    revoke: (kid, changed) =>
      changeNow((stored) => revokeInRing(stored, kid, policy, draw, nowMs()), changed),
    tell: (given) => {
      listener = given;
      for (const each of untold.splice(0)) given.changed(each);
      given.renewed();
    },
    close: () => clearInterval(timer),
  };
}
