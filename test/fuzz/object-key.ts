import fc from 'fast-check';
import type { OpeningToken } from '../../src/burn/opening.ts';
import { filledKey } from '../../src/s3/key-template.ts';
import { prefixProblem } from '../../src/s3/object-key.ts';
import { parseOpeningRules } from '../../src/s3/opening-rules.ts';
import { parseOrder } from '../../src/s3/order.ts';
import type { StorePolicy } from '../../src/s3/store-policy.ts';
import { strange } from './edits.ts';
import { Find, type Property, type Target } from './target.ts';

/** What decides which object a request or a token opens. */
const NAMING = { prefixProblem, parseOrder, parseOpeningRules, filledKey };
type Naming = typeof NAMING;

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      'tenant-1',
      'tenant-10',
      '/',
      '/',
      '.',
      '..',
      'a/',
      'x/y',
      '42',
      'tenant-1/42',
    ),
  },
  { weight: 2, arbitrary: strange },
);
const joined = (pieces: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(pieces, { maxLength }).map((parts) => parts.join(''));
const keyText = fc.oneof(
  { weight: 20, arbitrary: joined(piece, 5) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a'.repeat(1024), 'a'.repeat(1025), 'é'.repeat(512), `\${filename}`),
  },
);
const placeholder = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('{subject}', '{claims.k}', '{claims.n}') },
  { weight: 1, arbitrary: fc.constantFrom('{claims.missing}', '{', '}', '{x}', '{claims.}') },
);
const template = joined(fc.oneof(piece, { weight: 2, arbitrary: placeholder }), 5);
const word = joined(fc.constantFrom('a', 'b', '42', 'tenant-1'), 3);
const value = fc.oneof(word, keyText);
const token = fc.record({
  subject: value.filter((text) => text !== ''),
  claims: fc.record({
    k: fc.oneof(value, value, fc.constantFrom(null, true, 7)),
    n: fc.oneof(fc.double(), value),
  }),
});

const inputs = fc.record({
  prefix: fc.oneof({ weight: 2, arbitrary: fc.constantFrom('', 'tenant-1', 'tenant-1/', 'a/b/') }, keyText),
  key: keyText,
  underPrefix: fc.boolean(),
  operation: fc.constantFrom(...(['get', 'put', 'post'] as const)),
  template,
  token,
  other: fc.oneof(token, fc.nat({ max: 12 })),
});

/** A token whose values say the same one after the other, but begin elsewhere. */
function movedAt(at: number, { subject, claims }: OpeningToken): OpeningToken {
  const whole = `${subject}${claims.k}`;
  return { subject: whole.slice(0, at), claims: { ...claims, k: whole.slice(at) } };
}

/** What is wrong with a key, so that no URL names exactly this object. Written segment by segment. */
function unsound(key: string): boolean {
  const isControl = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
  };
  return (
    key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..') ||
    [...key].some(isControl) ||
    !key.isWellFormed() ||
    new TextEncoder().encode(key).length > 1024
  );
}

function expectSound(key: string, prefix: string): void {
  if (!key.startsWith(prefix))
    throw new Find(`${JSON.stringify(key)} is not under ${JSON.stringify(prefix)}`);
  if (unsound(key)) throw new Find(`${JSON.stringify(key)} is accepted`);
  const path = `/bucket/${key.split('/').map(encodeURIComponent).join('/')}`;
  const tidied = new URL(`http://host${path}`).pathname;
  if (tidied !== path) throw new Find(`clients make another object of ${JSON.stringify(key)}`);
}

function valueIn({ subject, claims }: OpeningToken, name: string): unknown {
  return name === 'subject' ? subject : claims[name.slice('claims.'.length)];
}

/** The key that a template gives a token, and the values in it. */
function filledByHand(
  text: string,
  prefix: string,
  of: OpeningToken,
): { key: string; values: readonly string[] } {
  const values: string[] = [];
  const [head = ''] = text.split('{');
  const filled = text.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    values.push(String(valueIn(of, name)));
    return values.at(-1) ?? '';
  });
  return { key: head.startsWith(prefix) ? filled : prefix + filled, values };
}

type Input = typeof inputs extends fc.Arbitrary<infer I> ? I : never;

/** One request for one object: it is refused, or for exactly that object. */
function expectRightOrder({ parseOrder: order }: Naming, input: Input, policy: StorePolicy): void {
  const { operation, underPrefix, key: drawn } = input;
  const { prefix } = policy;
  const key = underPrefix ? prefix + drawn : drawn;
  const whole = key.startsWith(prefix) ? key : prefix + key;
  const isRight =
    !unsound(key) && !unsound(whole) && !(operation === 'post' && whole.includes(`\${filename}`));
  const asked = order({ operation, key, terms: operation === 'post' ? { maxLength: '1' } : {} }, policy);
  if (asked.ok) {
    expectSound(asked.value.key, prefix);
    if (asked.value.key !== whole) throw new Find(`${key} is signed as ${asked.value.key}`);
  }
  if (asked.ok !== isRight) throw new Find(`${JSON.stringify(key)} is ${asked.ok ? 'accepted' : 'refused'}`);
}

/** A template: it is refused, or gives each token a key of its own under the prefix. */
function expectRightKeys(
  { parseOpeningRules: rules, filledKey: filled }: Naming,
  input: Input,
  policy: StorePolicy,
): void {
  const { template: text, token: first, other } = input;
  const opening = rules({ operation: 'get', key: text, for: 60 }, policy, () => undefined);
  if (!opening.ok) return;
  const second = typeof other === 'number' ? movedAt(other, first) : other;
  const [one, two] = [first, second].map((each) => {
    const result = filled(opening.value.key, each);
    if (!result.ok) return undefined;
    expectSound(result.value, policy.prefix);
    const byHand = filledByHand(text, policy.prefix, each);
    if (result.value !== byHand.key) throw new Find(`the template ${text} gives ${result.value}`);
    return byHand;
  });
  if (one && one.key === two?.key && one.values.join('\0') !== two.values.join('\0')) {
    throw new Find(`the template ${text} gives ${one.key} to two tokens`);
  }
}

function objectKeyProperty(naming: Naming): Property {
  return fc.property(inputs, (input) => {
    const isUsable = naming.prefixProblem(input.prefix) === undefined;
    if (isUsable && input.prefix !== '' && unsound(input.prefix.replace(/\/$/, ''))) {
      throw new Find(`the prefix ${input.prefix} is accepted`);
    }
    // As a configuration is read.
    const prefix = isUsable ? input.prefix.replace(/[^/]$/, '$&/') : '';
    const policy = { name: 's', bucket: 'bucket', prefix, pathStyle: false, maxExpiresInSeconds: 60 };
    expectRightOrder(naming, input, policy);
    expectRightKeys(naming, input, policy);
  });
}

/** Keys and templates of objects in S3. */
export const objectKeyTarget: Target<Naming> = {
  name: 'object-key',
  suiteRuns: 1500,
  open: async () => ({ subject: NAMING, property: objectKeyProperty }),
};
