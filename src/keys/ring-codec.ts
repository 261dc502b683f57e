import { UnfitKeyError } from './parse-key.ts';
import { parseSealedRing } from './sealed-ring.ts';

/** Between a ring as it is stored and the same as JSON in the clear. */
export interface RingCodec {
  /** `mustRewrite`: it was stored in another form than `close` gives now. Throws an UnfitKeyError, quoting no key material. */
  open(text: string): Promise<{ readonly text: string; readonly mustRewrite: boolean }>;
  /** Throws an UnfitKeyError, quoting no key material. */
  close(plainText: string): Promise<string>;
}

/** Stored in the clear: whoever reads the file has the keys. */
export const plainCodec: RingCodec = {
  open: async (text) => {
    const wrap = parseSealedRing(text)?.wrap;
    if (!wrap) return { text, mustRewrite: false };
    const how = wrap.id === undefined ? 'as it was' : `to ${JSON.stringify(wrap.id)}`;
    throw new UnfitKeyError(
      `the ring is wrapped by ${wrap.by}, and keys.wrap is not set. Set keys.wrap.${wrap.by} ${how}`,
    );
  },
  close: async (plainText) => plainText,
};
