/** What is secret in what tests send and get, by its shape. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  'a token or a proof': /eyJ[\w-]{10,}\.([\w-]{20,})\.([\w-]{20,})/g,
  'a caller key': /ms_[a-z0-9-]+_([\w-]{43})/g,
  'a reference': /\/l\/([\w-]{22})(?![\w-])/g,
  'the signature of a presigned URL': /X-Amz-Signature=([0-9a-f]{64})/g,
  'a code': /"code": ?"(\d{6})"/g,
};
/** A code is short: it counts only where it stands alone, and not in the octets of a database. */
const CODE = /(?<![\w.+-])\d{6}(?![\w.-])/g;
/** What separates words of base64url and hex. */
const BETWEEN_WORDS = /[^\w-]+|(?<=[\w-])_(?=[\w-]{43}(?![\w-]))/;

export interface Secrets {
  /** Learns the secrets that a text has. */
  learn(text: string): void;
  /** What of them another text has, never the secret itself. `isOctets` for what is no text. */
  foundIn(text: string, isOctets?: boolean): readonly string[];
  readonly size: number;
  forget(): void;
}

export function secrets(): Secrets {
  const known = new Map<string, string>();
  const codes = new Set<string>();
  return {
    learn: (text) => {
      for (const [what, shape] of Object.entries(SHAPES)) {
        for (const [, ...parts] of text.matchAll(shape)) {
          for (const part of parts) {
            if (part.length === 6) codes.add(part);
            else for (const form of formsOf(part)) known.set(form, what);
          }
        }
      }
    },
    foundIn: (text, isOctets = false) => {
      const found = new Set<string>();
      for (const word of text.split(BETWEEN_WORDS)) {
        const what = word.length < 20 ? undefined : known.get(word);
        if (what !== undefined) found.add(what);
      }
      if (!isOctets) for (const [word] of text.matchAll(CODE)) if (codes.has(word)) found.add('a code');
      return [...found];
    },
    get size() {
      return known.size + codes.size;
    },
    forget: () => {
      known.clear();
      codes.clear();
    },
  };
}

function formsOf(secret: string): readonly string[] {
  const octets = Buffer.from(secret);
  return [secret, octets.toString('base64url'), octets.toString('hex')];
}
