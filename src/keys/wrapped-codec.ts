import { type DataKeysOptions, dataKeys } from './data-key.ts';
import { UnfitKeyError } from './parse-key.ts';
import { plainCodec, type RingCodec } from './ring-codec.ts';
import { otherIssuer, parseSealedRing, sealRing, unsealRing } from './sealed-ring.ts';
import type { Wrap } from './wrap.ts';

export interface WrappedCodecOptions extends DataKeysOptions {
  /** Whether a ring in the clear is taken over and wrapped, or refused: more people can write some places than read keys. */
  readonly mayBePlain: boolean;
}

/** The codec of the settings: with `wrap` for a wrapped ring, else for one in the clear. */
export function ringCodec({
  wrap,
  ...options
}: Omit<WrappedCodecOptions, 'wrap'> & { readonly wrap?: Wrap | undefined }): RingCodec {
  return wrap ? wrappedCodec({ ...options, wrap }) : plainCodec;
}

/**
 * Seals the private parts of a ring with a data key, which is itself wrapped as configured. A ring in the clear, and one
 * that is wrapped in the previous way, are opened and to be rewritten.
 */
export function wrappedCodec({ issuer, mayBePlain, ...options }: WrappedCodecOptions): RingCodec {
  const keys = dataKeys({ issuer, ...options });
  let wasWrapped = false;
  return {
    open: async (text) => {
      const ring = parseSealedRing(text);
      if (!ring) {
        if (!mayBePlain || wasWrapped) throw new UnfitKeyError(IN_THE_CLEAR);
        // Before it is used: otherwise a way that cannot wrap would leave the keys in the clear, and nobody would notice.
        await keys.ready();
        return { text, mustRewrite: true };
      }
      const other = otherIssuer(ring, issuer);
      if (other !== undefined) throw new UnfitKeyError(wrappedFor(other, issuer));
      const { octets, isAsConfigured } = await keys.unwrap(ring);
      const plain = await unsealRing(ring, octets, issuer);
      wasWrapped = true;
      if (!isAsConfigured) await keys.ready();
      return { text: plain, mustRewrite: !isAsConfigured };
    },
    close: async (text) => sealRing(text, await keys.ready(), issuer),
  };
}

const IN_THE_CLEAR =
  'the ring is in the clear where a wrapped one should be, so it is not used: put back a copy of the wrapped one';

function wrappedFor(other: string, issuer: string): string {
  const name = JSON.stringify(other.slice(0, 200));
  return `the ring was wrapped for the issuer ${name}, and the issuer here is ${JSON.stringify(issuer)}. Set issuer to that, or give this service keys of its own`;
}
