import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { APP, claimsOf, encode, headerOf, jtiOf, NOW_S, otherFormOf, segmentsOf } from '../support/forge.ts';
import { type Edit, edited, editedOctets, edits, strange } from './edits.ts';
import { type FixedKey, fixedJws, fixedKey, fixedSignature } from './fixed-keys.ts';
import { editedJson, type MemberEdits, memberEdits } from './json-members.ts';

/** The keys of a verifier, and of somebody else. */
export interface Signers {
  readonly genuine: readonly FixedKey[];
  readonly strangers: readonly FixedKey[];
}

export async function openSigners(): Promise<Signers> {
  const [es256, ed25519] = [await fixedKey('ES256'), await fixedKey('Ed25519')];
  const strangers = [await fixedKey('ES256', 'stranger'), await fixedKey('Ed25519', 'stranger')];
  return { genuine: [es256, ed25519], strangers };
}

const SIGNED_BY = ['its key', 'the other key', 'a stranger', 'nobody', 'its public key'] as const;
const RESPELLINGS = [
  'other form',
  'padded',
  'last character',
  'longer',
  'shorter',
  'zeros',
  'der-like',
] as const;

/** What is written well, and wrong. `jti` says in what it differs from the times of the token. */
interface Odd {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jti?: {
    readonly issuedAt?: number;
    readonly expiresAt?: number;
    readonly uses?: number;
    readonly generation?: number;
  };
}

/** How a token is made of a genuine one. Plain data: the same recipe makes the same token. */
export type Recipe = { readonly key: number; readonly claims: Readonly<Record<string, unknown>> } & (
  | { readonly what: 'untouched' }
  | { readonly what: 'edited'; readonly edits: readonly Edit[] }
  | { readonly what: 'segments'; readonly parts: readonly number[]; readonly dots: readonly string[] }
  | { readonly what: 'signature'; readonly how: (typeof RESPELLINGS)[number]; readonly text: string }
  | { readonly what: 'octets'; readonly edits: readonly Edit[] }
  | { readonly what: 'claims'; readonly odd: Odd }
  | {
      readonly what: 'members';
      readonly header: MemberEdits;
      readonly payload: MemberEdits;
      readonly by: (typeof SIGNED_BY)[number];
    }
);

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => text.isWellFormed());
const claimName = word.filter((text) => text !== '__proto__');
const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word, { maxLength: 3 }));

/** Claims that the service could have written; only their `jti` is made later. */
const honestClaims = fc.record({
  purpose: fc.constantFrom(...(['password-reset', 'file-download', 'service-call'] as const)),
  sub: word,
  iat: fc.integer({ min: NOW_S - 1000, max: NOW_S }),
  lifetime: fc.integer({ min: 1, max: 60 }),
  claims: fc.dictionary(claimName, value, { maxKeys: 4 }),
});
const claims = honestClaims.map(({ lifetime, claims: own, ...rest }) => ({
  ...rest,
  aud: rest.purpose === 'service-call' ? 'billing' : APP,
  exp: rest.iat + lifetime,
  ...(rest.purpose === 'file-download' ? { claims: own } : {}),
}));

const HEADER_NAMES = ['alg', 'kid', 'typ', 'jwk', 'jku', 'x5u', 'crit', 'b64', 'cty', 'zip', 'enc'];
const PAYLOAD_NAMES = [
  ...['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'purpose', 'claims'],
  ...['cnf', 'bind', 'sealed', 'nbf', 'scope', 'uses'],
];
const HEADER_VALUES = [
  '"none"',
  '"HS256"',
  '"ES256"',
  '"EdDSA"',
  '"Ed25519"',
  '"test-Ed25519"',
  '"test-other"',
  '"JWT"',
];
const PAYLOAD_VALUES = [
  ...[NOW_S - 1, NOW_S, NOW_S + 1, NOW_S + 60, NOW_S + 3600, -1].map(String),
  ...[
    APP,
    'billing',
    'password-reset',
    'file-download',
    'service-call',
    jtiOf(NOW_S, NOW_S + 60),
    'A'.repeat(52),
  ].map((text) => JSON.stringify(text)),
  ...[jtiOf(NOW_S, NOW_S + 60, { uses: 2 }), 'A'.repeat(43)].map((text) => JSON.stringify(text)),
  ...[
    '{"jkt":"A"}',
    `{"jkt":"${'A'.repeat(43)}"}`,
    `{"session":"${'A'.repeat(22)}"}`,
    '{"session":1}',
    '{"a":1}',
  ],
];
const few = fc.constantFrom(0, 1, 2, -1, 60, 3600);
const oddClaims = fc.record(
  {
    iss: fc.constantFrom('https://evil.example.test', APP, ''),
    aud: fc.constantFrom(APP, 'billing', 'mailer', 'https://evil.example.test'),
    purpose: fc.constantFrom(
      'password-reset',
      'file-download',
      'service-call',
      'none',
      'toString',
      '__proto__',
    ),
    sub: fc.oneof(strange, fc.constant('')),
    claims: fc.oneof(fc.constant({}), fc.jsonValue({ maxDepth: 9 })),
  },
  { requiredKeys: [] },
);
const oddJti = fc.record(
  { issuedAt: few, expiresAt: few, uses: few, generation: fc.nat({ max: 0xff_ff_ff }) },
  { requiredKeys: [] },
);
const odd: fc.Arbitrary<Odd> = fc.oneof(
  fc.record({ claims: fc.constant({}), jti: oddJti }),
  fc.record({ claims: oddClaims }),
  fc.record({ claims: oddClaims, jti: oddJti }),
);
const no: MemberEdits = { edits: [], gap: '' };

/** Blanks around a token, which many programs take away. */
const blanks = fc
  .tuple(
    fc.constantFrom('begin' as const, 'end' as const),
    fc.constantFrom(' ', '\n', '\t', '\r\n', '\ufeff', '\u00a0'),
  )
  .map(([what, text]): readonly Edit[] => [{ what, text, at: 0, length: 1 }]);

const kinds = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('untouched' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('edited' as const),
      edits: fc.oneof({ weight: 3, arbitrary: edits(3) }, blanks),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('segments' as const),
      parts: fc.array(fc.nat({ max: 7 }), { maxLength: 5 }),
      dots: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant('.') }, strange), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('signature' as const),
      how: fc.constantFrom(...RESPELLINGS),
      text: strange,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('octets' as const), edits: edits(2) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('claims' as const), odd }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('members' as const),
      header: fc.oneof({ weight: 2, arbitrary: fc.constant(no) }, memberEdits(HEADER_NAMES, HEADER_VALUES)),
      payload: fc.oneof(
        { weight: 1, arbitrary: fc.constant(no) },
        { weight: 3, arbitrary: memberEdits(PAYLOAD_NAMES, PAYLOAD_VALUES) },
      ),
      by: fc.oneof({ weight: 3, arbitrary: fc.constant('its key' as const) }, fc.constantFrom(...SIGNED_BY)),
    }),
  },
);

export const recipes: fc.Arbitrary<Recipe> = fc
  .tuple(fc.nat({ max: 1 }), claims, kinds)
  .map(([key, own, kind]) => ({ key, claims: own, ...kind }));

/** The genuine token that a recipe begins with. */
export function genuineToken(recipe: Recipe, signers: Signers): string {
  const key = signerOf(signers.genuine, recipe.key);
  return fixedJws(key, JSON.stringify(headerOf(key)), JSON.stringify(claimsOf(recipe.claims)));
}

export function tokenOf(recipe: Recipe, signers: Signers): string {
  const key = signerOf(signers.genuine, recipe.key);
  const genuine = () => genuineToken(recipe, signers);
  switch (recipe.what) {
    case 'untouched':
      return genuine();
    case 'edited':
      return edited(genuine(), recipe.edits);
    case 'segments': {
      const other = signerOf(signers.genuine, recipe.key + 1);
      const parts = [
        ...segmentsOf(genuine()),
        ...segmentsOf(genuineToken({ ...recipe, key: recipe.key + 1 }, signers)),
      ];
      const all = [...parts, encode(JSON.stringify({ ...headerOf(other), alg: 'none' })), ''];
      return recipe.parts
        .map(
          (part, index) => (index === 0 ? '' : recipe.dots[index % recipe.dots.length]) + (all[part] ?? ''),
        )
        .join('');
    }
    case 'signature':
      return respelled(genuine(), key, recipe.how, recipe.text);
    case 'octets': {
      const payload = editedOctets(Buffer.from(JSON.stringify(claimsOf(recipe.claims))), recipe.edits);
      return fixedJws(key, JSON.stringify(headerOf(key)), payload);
    }
    case 'claims': {
      const { iat, exp } = recipe.claims;
      const { issuedAt = 0, expiresAt = 0, uses = 1, ...rest } = recipe.odd.jti ?? {};
      const jti = jtiOf(Number(iat) + issuedAt, Number(exp) + expiresAt, { uses, ...rest });
      const payload = JSON.stringify(claimsOf({ ...recipe.claims, ...recipe.odd.claims, jti }));
      return fixedJws(key, JSON.stringify(headerOf(key)), payload);
    }
    case 'members': {
      const header = editedJson(headerOf(key), recipe.header);
      const payload = editedJson(claimsOf(recipe.claims), recipe.payload);
      return signedBy(recipe.by, recipe.key, signers, `${encode(header)}.${encode(payload)}`, genuine);
    }
  }
}

function signedBy(
  by: (typeof SIGNED_BY)[number],
  key: number,
  signers: Signers,
  text: string,
  genuine: () => string,
): string {
  switch (by) {
    case 'its key':
      return `${text}.${encode(fixedSignature(signerOf(signers.genuine, key), text))}`;
    case 'the other key':
      return `${text}.${encode(fixedSignature(signerOf(signers.genuine, key + 1), text))}`;
    case 'a stranger':
      return `${text}.${encode(fixedSignature(signerOf(signers.strangers, key), text))}`;
    case 'nobody':
      return `${text}.${segmentsOf(genuine())[2]}`;
    case 'its public key': {
      const secret = signerOf(signers.genuine, key).publicPart.export({ type: 'spki', format: 'pem' });
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    }
  }
}

function respelled(
  token: string,
  { algorithm }: FixedKey,
  how: (typeof RESPELLINGS)[number],
  text: string,
): string {
  const [header, payload, signature] = segmentsOf(token);
  const octets = Buffer.from(signature, 'base64url');
  const next = String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1);
  const spellings: Readonly<Record<(typeof RESPELLINGS)[number], string>> = {
    'other form': encode(otherFormOf(algorithm, octets)),
    padded: `${signature}=${text}`,
    'last character': `${signature.slice(0, -1)}${next}`,
    longer: encode(Buffer.concat([octets, Buffer.from(text)])),
    shorter: encode(octets.subarray(0, -1)),
    zeros: encode(Buffer.alloc(64)),
    'der-like': encode(Buffer.concat([Buffer.from([0x30, 0x44, 0x02, 0x20]), octets])),
  };
  return `${header}.${payload}.${spellings[how]}`;
}

function signerOf(keys: readonly FixedKey[], index: number): FixedKey {
  const key = keys[index % keys.length];
  if (!key) throw new TypeError('there is no key');
  return key;
}
