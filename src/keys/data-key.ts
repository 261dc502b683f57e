import { timingSafeEqual } from 'node:crypto';
import { UnfitKeyError } from './parse-key.ts';
import type { KeptDataKey, SealedRing } from './sealed-ring.ts';
import { DATA_KEY_OCTETS, type DataKeyWrapper, type Wrap, type WrapWay } from './wrap.ts';
import { commandWrapper } from './wrap-command.ts';
import { kmsWrapper } from './wrap-kms.ts';
import { secretWrapper } from './wrap-secret.ts';

export interface DataKeysOptions {
  readonly issuer: string;
  readonly wrap: Wrap;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** A data key of a ring, and whether it is wrapped in the way that is configured now. */
export interface UnwrappedDataKey extends KeptDataKey {
  readonly isAsConfigured: boolean;
}

/** The data keys of a ring. While a ring keeps the same one, it is unwrapped once. Everything throws an UnfitKeyError. */
export interface DataKeys {
  unwrap(ring: SealedRing): Promise<UnwrappedDataKey>;
  /** One that is wrapped as configured: that of the ring, or a new one. */
  ready(): Promise<KeptDataKey>;
}

export function dataKeys({ issuer, wrap, randomBytes }: DataKeysOptions): DataKeys {
  const { previous, ...way } = wrap;
  const configured = wrapperOf(way, issuer, 'keys.wrap');
  const former = previous && wrapperOf(previous, issuer, 'keys.wrap.previous');
  let unwrapped: { readonly text: string; readonly key: Promise<UnwrappedDataKey> } | undefined;
  let drawn: Promise<UnwrappedDataKey> | undefined;

  async function unwrapBy(wrappers: readonly DataKeyWrapper[], { wrap: { mac: _, ...wrapped } }: SealedRing) {
    const reasons: string[] = [];
    for (const wrapper of wrappers) {
      try {
        const octets = await wrapper.unwrap(wrapped.dataKey);
        return { octets, wrapped, isAsConfigured: wrapper === configured };
      } catch (error) {
        if (!(error instanceof UnfitKeyError)) throw error;
        reasons.push(error.message);
      }
    }
    const mend = wrapped.by === 'secret' ? OTHER_SECRET : '';
    throw new UnfitKeyError(`${reasons.join(', and ')}${mend}`);
  }

  /** What does not come back would lose the ring. So it is tried before anything is sealed with it. */
  async function draw(): Promise<UnwrappedDataKey> {
    const octets = randomBytes(DATA_KEY_OCTETS);
    const { by, id } = configured;
    const dataKey = await configured.wrap(octets);
    if (!timingSafeEqual(await configured.unwrap(dataKey), octets)) {
      throw new UnfitKeyError(`what keys.wrap.${by} unwraps is not what it has wrapped, so it is not used`);
    }
    const key = { octets, wrapped: { by, dataKey, ...(id && { id }) }, isAsConfigured: true };
    unwrapped = { text: textOf(key.wrapped), key: Promise.resolve(key) };
    return key;
  }

  return {
    unwrap: async (ring) => {
      const text = textOf(ring.wrap);
      if (unwrapped?.text !== text) {
        const wrappers = [configured, ...(former ? [former] : [])].filter((each) => isSame(each, ring.wrap));
        if (wrappers.length === 0) throw new UnfitKeyError(byOtherWay(ring.wrap, configured));
        unwrapped = { text, key: unwrapBy(wrappers, ring) };
      }
      const mine = unwrapped;
      try {
        const key = await mine.key;
        if (key.isAsConfigured) drawn = mine.key;
        return key;
      } catch (error) {
        if (unwrapped === mine) unwrapped = undefined;
        throw error;
      }
    },
    ready: async () => {
      drawn ??= draw();
      const mine = drawn;
      try {
        return await mine;
      } catch (error) {
        if (drawn === mine) drawn = undefined;
        throw error;
      }
    },
  };
}

const OTHER_SECRET =
  '. Set the one that it was wrapped with; to change it, set that one as keys.wrap.previous.secret';

type Wrapped = KeptDataKey['wrapped'];

function wrapperOf(way: WrapWay, issuer: string, setting: string): DataKeyWrapper {
  if ('secret' in way) return secretWrapper(way.secret, issuer, `${setting}.secret`);
  if ('command' in way) return commandWrapper(way.command, `${setting}.command`);
  return kmsWrapper(way.awsKms, issuer, `${setting}.awsKms`);
}

function textOf({ by, id, dataKey }: Wrapped): string {
  return JSON.stringify([by, id, dataKey]);
}

function isSame(wrapper: Pick<Wrapped, 'by' | 'id'>, wrapped: Wrapped): boolean {
  return wrapper.by === wrapped.by && keyOf(wrapper.id) === keyOf(wrapped.id);
}

/** The replicas of a multi-Region key of AWS KMS are one key. */
function keyOf(id: string | undefined): string | undefined {
  return id?.replace(/^(arn:[\w-]+:kms):[\w-]+:(\d+:key\/mrk-)/, '$1:*:$2');
}

function byOtherWay({ by, id }: Wrapped, configured: Pick<Wrapped, 'by' | 'id'>): string {
  const was = `the ring is wrapped by ${by}${by === 'awsKms' && id !== undefined ? ` ${JSON.stringify(id)}` : ''}`;
  const is = configured.by === by ? 'names another one' : `is set to ${configured.by}`;
  return `${was}, and keys.wrap ${is}. Set keys.wrap.${by} as it was; to change it, set that as keys.wrap.previous.${by}`;
}
