import { MatchstickError } from '../errors.ts';
import { type ChangeRing, ringKeeper } from './ring-keeper.ts';
import type { HearKeys, LiveRing, LiveRingOptions } from './ring-options.ts';
import { advanceRing, type KeyChange, type RingPolicy, revokeInRing, rotateRing } from './ring-states.ts';
import { FixedRingError } from './ring-store.ts';
import type { StoredRing } from './stored-ring.ts';

const LOOK_EVERY_MS = 1000;
/** How long after a look that somebody asked for the next one begins. */
const AGAIN_MS = 50;
/** How long after a ring that cannot be changed it is tried again. */
const FIXED_MS = 60_000;

const TIME_UNKNOWN = 'The ledger has not answered yet, and keys go by its clock. Nothing was changed.';

/** By a clock that may be wrong, no key ends or is too old, and none has a time to come. */
function withoutEnd({ algorithm, publishMs }: RingPolicy): RingPolicy {
  const forever = Number.POSITIVE_INFINITY;
  return { algorithm, publishMs, longestTokenMs: forever, answeredMs: forever };
}

/** Opens the ring of a store, and makes it if there is none. Throws an UnfitKeyError, a SecretFileError, or `ledger_unavailable`. */
export async function liveRing(options: LiveRingOptions): Promise<LiveRing> {
  const { policy, draw, onTrouble } = options;
  let clock = options.nowMs;
  let awaitsTime = options.awaitsTime ?? false;
  const nowMs = () => clock();
  const untold: KeyChange[] = [];
  let listener: HearKeys = { changed: (change) => untold.push(change), renewed: () => {} };
  const keeper = await ringKeeper({ ...options, nowMs }, () => listener.renewed());
  const tellChanged = (change: KeyChange) => listener.changed(change);
  let troubled: string | undefined;
  let isClosed = false;

  function trouble(reason: string | undefined): void {
    if (reason === troubled || isClosed) return;
    troubled = reason;
    onTrouble(reason);
  }

  let fixed: { readonly untilMs: number; readonly reason: string | undefined } | undefined;
  const advance: ChangeRing = async (ring) => {
    if (fixed && nowMs() < fixed.untilMs) return undefined;
    return awaitsTime ? { ring, changes: [] } : advanceRing(ring, policy, draw, nowMs());
  };

  async function look(): Promise<void> {
    try {
      await keeper.change(advance, tellChanged);
      const isFixed = fixed && nowMs() < fixed.untilMs;
      if (policy.rotateEveryMs !== undefined && !isFixed) await options.store.requireWritable?.();
      if (fixed && nowMs() >= fixed.untilMs) fixed = undefined;
      trouble(fixed?.reason);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'for an unknown reason';
      if (error instanceof FixedRingError) {
        // Who never rotates may well give keys that cannot be changed.
        const unrotated = policy.rotateEveryMs === undefined ? undefined : message;
        const reason = keeper.mustWrap ? `the keys are not wrapped as keys.wrap says: ${message}` : unrotated;
        fixed = { untilMs: nowMs() + FIXED_MS, reason };
        trouble(reason);
      } else trouble(message);
    }
  }

  /** For who waits for it: what cannot be stored is no answer. */
  async function changeNow(
    change: ChangeRing,
    changed: HearKeys['changed'] = tellChanged,
  ): Promise<StoredRing | undefined> {
    try {
      return await keeper.change(change, changed);
    } catch (error) {
      if (error instanceof MatchstickError) throw error;
      const reason = error instanceof Error ? error.message : '';
      throw new MatchstickError('ledger_unavailable', `The keys cannot be changed: ${reason}`, {
        cause: error,
      });
    }
  }

  await look();
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, LOOK_EVERY_MS);
  timer.unref();

  let rest = Promise.resolve();
  let waiting: Promise<void> | undefined;
  /** Whoever asks waits for a look that begins after that. Anybody can send a kid that nobody has, so looks are rare. */
  function readAgain(): Promise<void> {
    waiting ??= rest.then(() => {
      waiting = undefined;
      const looked = isClosed ? Promise.resolve() : look();
      rest = looked.then(() => new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref()));
      return looked;
    });
    return waiting;
  }

  return {
    readAgain,
    isNew: keeper.isNew,
    policy,
    get stored() {
      return keeper.current.stored;
    },
    get trouble() {
      return troubled;
    },
    get signing() {
      return keeper.current.ring.signing;
    },
    get verification() {
      return keeper.current.ring.verification;
    },
    get sealing() {
      return keeper.current.ring.sealing;
    },
    get revoked() {
      return keeper.current.ring.revoked;
    },
    get subjectKey() {
      return keeper.current.ring.subjectKey;
    },
    get jwks() {
      return keeper.current.ring.jwks;
    },
    nowMs,
    keepTime: async (sharedMs) => {
      clock = sharedMs;
      awaitsTime = false;
      fixed = undefined;
      if (!isClosed) await look();
    },
    rotate: async (changed) => {
      if (awaitsTime) throw new MatchstickError('ledger_unavailable', TIME_UNKNOWN, { retryAfterSeconds: 1 });
      const ring = await changeNow((stored) => rotateRing(stored, policy, draw, nowMs()), changed);
      return ring ?? keeper.current.stored;
    },
    revoke: (kid, changed) =>
      changeNow((stored) => {
        if (!awaitsTime) return revokeInRing(stored, kid, policy, draw, nowMs());
        const latestMs = Math.max(nowMs(), ...stored.keys.map(({ sinceMs }) => sinceMs));
        return revokeInRing(stored, kid, withoutEnd(policy), draw, latestMs);
      }, changed),
    tell: (given) => {
      listener = given;
      for (const each of untold.splice(0)) given.changed(each);
      given.renewed();
    },
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await looking;
    },
  };
}
