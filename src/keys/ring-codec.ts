/** Between a ring as it is stored and the same as JSON in the clear. */
export interface RingCodec {
  /** `mustRewrite`: it was stored in another form than `close` gives now. Throws an UnfitKeyError, quoting no key material. */
  open(text: string): Promise<{ readonly text: string; readonly mustRewrite: boolean }>;
  close(plainText: string): Promise<string>;
}

/** Stored in the clear: whoever reads the file has the keys. */
export const plainCodec: RingCodec = {
  open: async (text) => ({ text, mustRewrite: false }),
  close: async (plainText) => plainText,
};
