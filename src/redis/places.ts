import type { TokenId } from '../token/id.ts';

/** So many characters of a token's nonce name its records, and so many of those after them say in which bucket they are. */
const NONCE_CHARACTERS = 16;
const PLACE_CHARACTERS = 3;
/** A bucket of about so many records is small, and quick to search. */
const TOKENS_A_BUCKET = 64;
const MOST_MINUTES = 1000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What names the records of a token in its bucket. */
export function recordName({ nonce }: TokenId): string {
  return nonce.slice(0, NONCE_CHARACTERS);
}

/**
 * Which of the buckets of its minute a token's records are in, as keys end. Those of level 0 share one bucket; each level
 * after it has as many as all before it together. `register.lua` says the same.
 */
export function placeOf({ level = 0, nonce }: TokenId): string {
  if (level === 0) return '';
  const buckets = 2 ** (level - 1);
  const digits = [...nonce.slice(NONCE_CHARACTERS, NONCE_CHARACTERS + PLACE_CHARACTERS)];
  const number = digits.reduce((sum, digit) => sum * 64 + Math.max(0, ALPHABET.indexOf(digit)), 0);
  return `.${buckets + (number % buckets)}`;
}

/** Tells the level of the next token of a shard and minute, by how many this process has minted before. */
export function drawLevels(mostLevel: number): (shard: number, minute: number) => number {
  const minted = new Map<string, { tokens: number }>();
  return (shard, minute) => {
    const key = `${shard} ${minute}`;
    let counted = minted.get(key);
    if (!counted) {
      counted = { tokens: 0 };
      minted.set(key, counted);
      const [oldest] = minted.keys();
      if (minted.size > MOST_MINUTES && oldest !== undefined) minted.delete(oldest);
    }
    const before = counted.tokens++;
    const full = Math.floor(before / TOKENS_A_BUCKET);
    return Math.min(mostLevel, full === 0 ? 0 : Math.floor(Math.log2(full)) + 1);
  };
}
