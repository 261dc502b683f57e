import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { base64url } from 'jose';
import { z } from 'zod';
import { KID } from '../token/key.ts';
import { issuerNamedBy, sealFor, unsealFor } from './bound-jwe.ts';
import { storedKeys } from './key-ring.ts';
import { UnfitKeyError } from './parse-key.ts';
import { DATA_KEY_OCTETS, WRAP_WAYS } from './wrap.ts';

const SUBJECT_KEY = 'subject-key';
const MEND = 'put back a copy of it';

const sealedText = z.string().regex(/^[\w-]{1,400}\.\.[\w-]{16}\.[\w-]{1,400}\.[\w-]{22}$/);
const inTheClear = z.undefined().optional();

const wrapMember = z.strictObject({
  by: z.enum(WRAP_WAYS),
  id: z.string().max(2048).optional(),
  dataKey: z.string().regex(/^[\w.-]{1,100000}$/),
  mac: z.base64url().length(43),
});

const sealedRingSchema = z.looseObject({
  keys: z.array(z.looseObject({ kid: z.string().regex(KID), sealed: sealedText.optional(), d: inTheClear })),
  subjectKey: inTheClear,
  sealedSubjectKey: sealedText.optional(),
  wrap: wrapMember,
});

/** A ring whose private parts are sealed, as it is stored. Its other members are as in a ring in the clear. */
export type SealedRing = z.infer<typeof sealedRingSchema>;

/** A data key, and itself wrapped, as a ring keeps it. */
export interface KeptDataKey {
  readonly octets: Uint8Array;
  readonly wrapped: Omit<z.infer<typeof wrapMember>, 'mac'>;
}

/** The sealed ring in a text; undefined for a ring in the clear. Throws an UnfitKeyError, quoting no key material. */
export function parseSealedRing(text: string): SealedRing | undefined {
  const stored = storedKeys(text);
  if (!('wrap' in stored)) return undefined;
  const parsed = sealedRingSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const paths = new Set(parsed.error.issues.map(({ path }) => path.join('.')));
  throw new UnfitKeyError(`the wrapped ring is damaged at ${[...paths].join(' and ')}: ${MEND}`);
}

/** The issuer that the ring was wrapped for, if it is another one. */
export function otherIssuer({ keys, sealedSubjectKey }: SealedRing, issuer: string): string | undefined {
  return [...keys.map(({ sealed }) => sealed), sealedSubjectKey]
    .flatMap((sealed) => (sealed === undefined ? [] : [issuerNamedBy(sealed)]))
    .find((named) => named !== undefined && named !== issuer);
}

/**
 * The text of a ring in the clear with each `d` as `sealed` and `subjectKey` as `sealedSubjectKey`. What stays readable is
 * authenticated too: whoever can write the ring and has no data key cannot add a key of their own.
 */
export async function sealRing(
  text: string,
  { octets, wrapped }: KeptDataKey,
  issuer: string,
): Promise<string> {
  const seal = (kid: string, value: unknown) => {
    if (typeof value !== 'string') throw new UnfitKeyError('the private part of a key is not a text');
    return sealFor({ issuer, kid }, base64url.decode(value), octets);
  };
  const { keys, ...rest } = storedKeys(text);
  const sealedKeys = await Promise.all(
    keys.map((key) => {
      const members = z.looseObject({ kid: z.string() }).parse(key);
      return renamed(members, 'd', 'sealed', (d) => seal(members.kid, d));
    }),
  );
  const sealedRest = await renamed(rest, 'subjectKey', 'sealedSubjectKey', (key) => seal(SUBJECT_KEY, key));
  const ring = { ...sealedRest, keys: sealedKeys };
  const mac = macOf({ ...ring, wrap: wrapped }, octets).toString('base64url');
  return `${JSON.stringify({ ...ring, wrap: { ...wrapped, mac } }, null, 2)}\n`;
}

/** The text of the ring in the clear. Throws an UnfitKeyError if anything in it was changed, or is of another ring. */
export async function unsealRing(
  sealedRing: SealedRing,
  octets: Uint8Array,
  issuer: string,
): Promise<string> {
  const { wrap, ...ring } = sealedRing;
  const { mac, ...wrapped } = wrap;
  if (!timingSafeEqual(Buffer.from(mac, 'base64url'), macOf({ ...ring, wrap: wrapped }, octets))) {
    throw new UnfitKeyError(
      `the wrapped ring does not belong to its data key, or was changed by something other than Matchstick: ${MEND}`,
    );
  }
  const unseal = async (kid: string, path: string, sealed: unknown) => {
    const opened = typeof sealed === 'string' ? await unsealFor({ issuer, kid }, sealed, octets) : undefined;
    if (opened?.length === DATA_KEY_OCTETS) return base64url.encode(opened);
    throw new UnfitKeyError(`the wrapped ring is damaged at ${path}: ${MEND}`);
  };
  const { keys, ...rest } = ring;
  const plainKeys = await Promise.all(
    keys.map((key, index) =>
      renamed(key, 'sealed', 'd', (sealed) => unseal(key.kid, `keys.${index}.sealed`, sealed)),
    ),
  );
  const plainRest = await renamed(rest, 'sealedSubjectKey', 'subjectKey', (sealed) =>
    unseal(SUBJECT_KEY, 'sealedSubjectKey', sealed),
  );
  return `${JSON.stringify({ ...plainRest, keys: plainKeys }, null, 2)}\n`;
}

/** The members in the same order, one of them under another name and with another value. */
async function renamed(
  members: Readonly<Record<string, unknown>>,
  from: string,
  to: string,
  change: (value: unknown) => Promise<string>,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    await Promise.all(
      entries.map(async ([name, value]) => (name === from ? [to, await change(value)] : [name, value])),
    ),
  );
}

/** Over the members in an order of their own, since whoever stores JSON may order them anew. */
function macOf(ring: Readonly<Record<string, unknown>>, octets: Uint8Array): Buffer {
  const key = hkdfSync('sha256', octets, '', 'matchstick wrapped ring', 32);
  const canonical = JSON.stringify(ring, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHmac('sha256', Buffer.from(key)).update(canonical).digest();
}
