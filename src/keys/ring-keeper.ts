import { MatchstickError } from '../errors.ts';
import { UnfitKeyError } from './parse-key.ts';
import { keyMaker, type RingInUse, ringInUse } from './ring-in-use.ts';
import type { HearKeys, LiveRingOptions } from './ring-options.ts';
import { type Advanced, firstRing, revokeInRing } from './ring-states.ts';
import { FixedRingError } from './ring-store.ts';
import { ringText, type StoredRing } from './stored-ring.ts';

/** How often a change is tried while others change the ring. */
const TRIES = 20;
const PAUSE_MS = 100;

/** Makes another ring of one. Undefined: it stays as it is. */
export type ChangeRing = (ring: StoredRing) => Promise<Advanced | undefined>;

/** A stored ring, as this process has read it last. */
export interface RingKeeper {
  readonly isNew: boolean;
  readonly current: RingInUse;
  /** Whether it is stored in another form than it should be. */
  readonly mustWrap: boolean;
  /**
   * Reads the ring again, and stores what `change` makes of it, however often others change it meanwhile. One call waits
   * for the other. `told` hears each change once it is stored.
   */
  change(change: ChangeRing, told: HearKeys['changed']): Promise<StoredRing | undefined>;
}

interface Held {
  readonly text: string;
  readonly inUse: RingInUse;
  readonly mustWrap: boolean;
}

const OF_OTHERS =
  'the ring is that of another deployment, so it is not used: put back a copy of the one in use, or remove it, and it is put back. To use another one, stop all instances first';

/** Its key for subjects is made with a ring, and is never another one. Of an older one, nothing is kept. */
function isOfOthers(other: StoredRing, mine: StoredRing): boolean {
  return other.version > mine.version && !Buffer.from(other.subjectKey).equals(mine.subjectKey);
}

function mustRewrite({ inUse, mustWrap }: Held): boolean {
  return mustWrap || !inUse.hasStates;
}

/** Reads the ring of a store, and makes it if there is none. `onRenewed` hears of each ring after the first. */
export async function ringKeeper(
  {
    store,
    codec,
    policy,
    nowMs,
    draw,
    randomBytes,
    onPutBack = () => {},
  }: Omit<LiveRingOptions, 'onTrouble'>,
  onRenewed: () => void,
): Promise<RingKeeper> {
  const make = keyMaker();
  /** What was being stored when no answer came: it may be there. */
  let unanswered: { readonly text: string; readonly tell: () => void } | undefined;
  const { isNew, text: firstText } = await readOrMake();
  let held = await read(firstText);
  let lastTurn: Promise<unknown> = Promise.resolve();

  async function readOrMake(): Promise<{ readonly isNew: boolean; readonly text: string }> {
    const stored = await store.read();
    if (stored !== undefined) return { isNew: false, text: stored };
    const text = await codec.close(ringText(await firstRing(policy, randomBytes(32), draw, nowMs())));
    if (await store.replace(undefined, text)) return { isNew: true, text };
    const others = await store.read();
    if (others === undefined) throw new TypeError('the ring is there, and is not');
    return { isNew: false, text: others };
  }

  async function read(text: string): Promise<Held> {
    try {
      const opened = await codec.open(text);
      const inUse = await ringInUse(opened.text, policy.algorithm, make, nowMs());
      return { text, inUse, mustWrap: opened.mustRewrite };
    } catch (error) {
      if (!(error instanceof UnfitKeyError)) throw error;
      const where = store.name === undefined ? '' : `${store.name}: `;
      throw new UnfitKeyError(`${where}${error.message}`, { cause: error.cause });
    }
  }

  function hold(other: Held): void {
    held = other;
    if (unanswered?.text === other.text) unanswered.tell();
    unanswered = undefined;
    onRenewed();
  }

  /** Takes over what is stored by now. What has forgotten something, as a copy from a backup has, is mended first. */
  async function reread(): Promise<void> {
    const text = await store.read();
    if (text === held.text) return;
    const { stored, ring } = held.inUse;
    if (text === undefined) {
      if (await store.replace(undefined, await codec.close(ringText(stored)))) onPutBack('it was gone');
      return;
    }
    const other = await read(text);
    const { hasStates } = other.inUse;
    if (hasStates && isOfOthers(other.inUse.stored, stored)) {
      await refuseOthers().catch(asItIs(other));
      return;
    }
    const isOlder = hasStates && other.inUse.stored.version < stored.version;
    const newer = hasStates
      ? other.inUse.stored
      : { ...other.inUse.stored, version: stored.version + 1, subjectKey: stored.subjectKey };
    const mended = isOlder ? stored : await withRevoked(newer, ring.revoked);
    if (mended === other.inUse.stored) hold(other);
    else if (hasStates) {
      const what = isOlder ? 'an older one was there' : 'a revoked key was a good one in it';
      await put(text, mended, () => onPutBack(what)).catch(asItIs(other));
    } else hold({ text, inUse: { ...(await inUseOf(mended)), hasStates: false }, mustWrap: other.mustWrap });
  }

  /** One that may be changed is not what somebody decided that the keys are: most likely it is in the wrong place. */
  async function refuseOthers(): Promise<never> {
    await store.requireWritable?.();
    const where = store.name === undefined ? '' : `${store.name}: `;
    throw new UnfitKeyError(`${where}${OF_OTHERS}`);
  }

  /** Whoever gives a ring that cannot be changed decides what it is, also if it is an older one. */
  const asItIs = (other: Held) => (error: unknown) => {
    if (!(error instanceof FixedRingError)) throw error;
    hold(other);
  };

  /** Stores a ring, which can be used, in place of `former`. Resolves to false if that is there no longer. */
  async function put(former: string, ring: StoredRing, tell = () => {}): Promise<boolean> {
    const inUse = await inUseOf(ring);
    const text = await codec.close(ringText(ring));
    unanswered = { text, tell };
    if (!(await store.replace(former, text))) return false;
    hold({ text, inUse, mustWrap: false });
    return true;
  }

  /** A key that was revoked stays so, whatever became of the ring. */
  async function withRevoked(ring: StoredRing, kids: ReadonlySet<string>): Promise<StoredRing> {
    let revoked = ring;
    for (const kid of kids) {
      const advanced = await revokeInRing(revoked, kid, policy, draw, nowMs());
      revoked = advanced?.ring ?? revoked;
    }
    return revoked;
  }

  const inUseOf = (ring: StoredRing) => ringInUse(ringText(ring), policy.algorithm, make, nowMs());

  async function changeNow(change: ChangeRing, told: HearKeys['changed']): Promise<StoredRing | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await reread();
      const { stored } = held.inUse;
      const advanced = await change(stored);
      if (!advanced || (advanced.ring === stored && !mustRewrite(held))) return advanced?.ring;
      const tell = () => advanced.changes.forEach(told);
      if (await put(held.text, advanced.ring, tell)) return held.inUse.stored;
    }
    throw new MatchstickError('ledger_unavailable', 'Others change the keys all the time. Try again.', {
      retryAfterSeconds: 1,
    });
  }

  return {
    isNew,
    get mustWrap() {
      return held.mustWrap;
    },
    get current() {
      return held.inUse;
    },
    change: (change, told) => {
      const turn = lastTurn.then(() => changeNow(change, told));
      lastTurn = turn.catch(() => {});
      return turn;
    },
  };
}
