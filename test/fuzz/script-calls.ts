import fc from 'fast-check';
import { SCRIPT_NAMES, type ScriptName } from '../../src/redis/scripts.ts';
import { STRANGE } from './edits.ts';

/** What a script is asked about: a shard with an epoch, and what is in it. */
export interface Place {
  readonly metaKey: string;
  readonly epoch: string;
  /** In which its tokens expire. */
  readonly minute: number;
}

/** One call of a script. `wild` replaces keys and arguments by their place, the meta key and the tag excepted. */
export interface Call {
  readonly script: ScriptName;
  /** By argument: which of the values that the TypeScript API can send. */
  readonly choices: readonly number[];
  readonly wild: readonly { readonly at: number; readonly text: string }[];
}

const name = (word: string, length = 22) => word.padEnd(length, 'A');
const NONCES = ['one', 'two', 'three'].map((word) => name(`fuzz-${word}`));
const ATTEMPTS = ['one', 'two', 'three'].map((word) => name(`attempt-${word}`));
/** Seconds of a hold, whether somebody is to collect, and a proof. */
const TERMS = ['0 0 ', '0 1 ', '1 0 ', '300 0 ', `0 0 ${name('proof-one')}`, `300 0 ${name('proof-two')}`];
const DIGESTS = ['one', 'two'].map((word) => name(`digest-${word}`));
/** One of the values of a token for one use, so that a nonce always has the same. */
const usesOf = (nonce: string | undefined) => (nonce === NONCES[2] ? '3' : '1');

/** These are asked about a jti that nobody signed, which may name any minute and any number of uses. */
const UNSIGNED: readonly ScriptName[] = ['settle', 'collect', 'revoke', 'inspect'];

/** A new token, as `subjects.lua` lists it. */
function listed(nonces: readonly (string | undefined)[], minute: number): string {
  return JSON.stringify(
    nonces.flatMap((nonce) => [nonce, minute * 60, 900, Number(usesOf(nonce)), 0, minute * 60_000]),
  );
}

/** What the TypeScript API can send as an argument, in this place. The first is what an honest caller sends. */
function valuesOf(argument: string, { epoch, minute }: Place, { script, choices }: Call): readonly string[] {
  const endMs = minute * 60_000;
  const values: Readonly<Record<string, readonly string[]>> = {
    tokenEpoch: [epoch, epoch, epoch, name('another', 16)],
    epoch: [epoch, epoch, name('another', 16)],
    endedEpoch: [name('another', 16), epoch],
    minute: [
      String(minute),
      String(minute),
      String(minute),
      String(minute - 100),
      '0',
      ...(UNSIGNED.includes(script) ? ['71582788'] : []),
    ],
    nonce: NONCES,
    allowed: [
      usesOf(NONCES[(choices[2] ?? 0) % NONCES.length]),
      ...(UNSIGNED.includes(script) ? ['1', '2', '100'] : []),
    ],
    generation: ['0'],
    burnableFrom: [String(endMs - 600_000), String(endMs)],
    burnableUntil: [String(endMs), '0', String(endMs - 600_000)],
    attempt: ATTEMPTS,
    caller: ['main', '(visitor)', 'a-b'],
    terms: TERMS.map((terms) => `${usesOf(NONCES[(choices[2] ?? 0) % NONCES.length])} ${terms}`),
    origin: DIGESTS.map((digest, index) => `${digest} ${DIGESTS[0]} key-${index + 1}`),
    tokens: [listed([NONCES[0]], minute), listed([NONCES[2]], minute), listed(NONCES, minute), '[]'],
    after: ['', ...NONCES],
    living: ['0', '1', '100'],
    over: ['0', '1', '100'],
    seen: ['0', '1', '7'],
    subjectDigest: DIGESTS,
    purposeDigest: DIGESTS,
    kid: script === 'revoke-key' ? ['key-2'] : ['key-1', 'key-2'],
    note: ['', '{"v":1}'],
    live: ['1', '2', '100'],
    how: ['commit', 'release'],
    collector: ATTEMPTS,
    digest: DIGESTS,
    largest: [String(0xff_ff_ff)],
    name: NONCES,
    contents: ['eyJhbGciOiJkaXIifQ..a.b.c'],
    untilMs: [String(endMs)],
    answer: [name('right'), name('wrong'), ''],
    tries: ['5', '-'],
    reason: ['memory-went-back', 'epoch-came-back'],
    ticketDigest: [name('ticket', 43), name('other', 43)],
    seconds: ['1', '3600'],
    server: [`${'a'.repeat(40)} ${'b'.repeat(40)}`],
  };
  const known = values[argument];
  if (!known) throw new TypeError(`fuzzing knows no value for the argument ${argument}`);
  return known;
}

export function argumentsOf(call: Call, names: readonly string[], place: Place): string[] {
  return names.map((argument, index) => {
    const values = valuesOf(argument, place, call);
    return values[(call.choices[index] ?? 0) % values.length] ?? '';
  });
}

/** A text without the separators of a list is matched in quadratic time. The API writes no such list, so longer ones only wait. */
const LONG = 'a'.repeat(5000);
const NUMBERS = [
  ...[
    '-1',
    '0',
    '0.5',
    '1e15',
    '1e300',
    '-1e300',
    '9'.repeat(25),
    '9007199254740993',
    '4294967296',
    '0x10',
    ' 7 ',
  ],
  ...['nan', '-nan', 'inf', '-inf', 'NaN', 'Infinity', 'undefined', '', 'one'],
];
const SEPARATED = [
  'a:b',
  'a,b',
  'a.b',
  'a=b',
  'a/b',
  'a!b',
  'a~b',
  'a+b',
  '@',
  ':',
  'burned:a:1:0:0:b',
  '[1,2,3,4,5]',
  '[[],{},null,true,""]',
  '{"a":1}',
  '%s%n',
  '(.*)$',
  LONG,
];

const wild = fc.record({
  at: fc.nat({ max: 14 }),
  text: fc.oneof(fc.constantFrom(...NUMBERS), fc.constantFrom(...SEPARATED), fc.constantFrom(...STRANGE)),
});
/** Of a script. */
const MOST_ARGUMENTS = 16;
const choice = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: 5 }));
const script = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<ScriptName[]>('burn', 'settle', 'collect', 'register', 'revoke', 'inspect'),
  },
  { weight: 2, arbitrary: fc.constantFrom(...SCRIPT_NAMES) },
);
const callWith = (changes: fc.Arbitrary<Call['wild']>): fc.Arbitrary<Call> =>
  fc.record({
    script,
    choices: fc.array(choice, { minLength: MOST_ARGUMENTS, maxLength: MOST_ARGUMENTS }),
    wild: changes,
  });
const tame = callWith(fc.constant([]));
const wilder = callWith(fc.array(wild, { minLength: 1, maxLength: 3 }));

export const calls = fc.oneof(
  fc.array(tame, { minLength: 1, maxLength: 8 }),
  fc.array(fc.oneof(tame, wilder), { minLength: 1, maxLength: 6 }),
);
