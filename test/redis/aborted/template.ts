import type { Deposit } from '../../../src/ledger/deposits.ts';
import { NONCE_BYTES } from '../../../src/token/id.ts';
import { RIGHT } from '../../contract/deposits.contract.ts';
import type { Tampering } from '../../support/tampered-scripts.ts';
import { startClock, ZERO_SECONDS } from './clock.ts';
import type { Booked, Memory } from './memory.ts';
import * as ask from './questions.ts';
import { STATES } from './states.ts';
import { type Token, World } from './world.ts';

const MINTED_SECONDS = -90;
const LIFETIME_SECONDS = 500;
/** Of the tokens by turns: they are in one bucket of their minute or among several. */
const LEVELS = [0, 2, 5];
const PURPOSE = 'password-reset';
const TRIES = 3;
const DEPOSITS: Readonly<Record<string, { readonly tries?: number; readonly wrong?: number }>> = {
  'without a lock': {},
  'with a lock': { tries: TRIES },
  'with a lock, tried': { tries: TRIES, wrong: 2 },
  'with a lock, without a try left': { tries: TRIES, wrong: TRIES },
};

/** One shard with tokens and deposits in every state. */
export interface Template {
  readonly memory: Memory;
  readonly fingerprint: string;
  readonly booked: Booked;
  readonly world: World;
  readonly deposits: readonly Deposit[];
  /** A token under a name of its own, as it can be minted after everything else. */
  mint(name: string, topic: Token['topic'], options?: MintOptions): Token;
}

interface MintOptions {
  readonly atSeconds?: number;
  readonly lifetimeSeconds?: number | undefined;
  readonly uses?: number | undefined;
}

/** `always` is what befalls its scripts. */
export async function makeTemplate(memory: Memory, always: Tampering = {}): Promise<Template> {
  const clock = startClock();
  const at = (seconds: number) => memory.instance(() => ({ ...always, clockSeconds: clock(seconds) }));
  const { shard, epoch } = await at(MINTED_SECONDS).ledger.living('anybody');
  let generation = 0;
  const mint: Template['mint'] = (name, topic, options = {}) => {
    const { atSeconds = 0, lifetimeSeconds = LIFETIME_SECONDS, uses = 1 } = options;
    const issuedAt = ZERO_SECONDS + atSeconds;
    const nonce = Buffer.from(ask.named('nonce', name)).subarray(0, NONCE_BYTES).toString('base64url');
    const times = { issuedAt, expiresAt: issuedAt + lifetimeSeconds };
    const level = LEVELS[name.length % LEVELS.length] ?? 0;
    const id = { shard, epoch, generation, uses, ...times, nonce, level };
    return { name, topic, id };
  };
  const tokens = Object.entries(STATES).map(([name, { uses, lifetimeSeconds, ...state }]) => {
    const topic = {
      subject: state.subject ?? name,
      purpose: state.purpose ?? PURPOSE,
      kid: state.kid ?? 'key-1',
    };
    return mint(name, topic, { atSeconds: MINTED_SECONDS, lifetimeSeconds, uses });
  });
  const world = new World(tokens);

  async function surely(question: ask.Question, outcome: string, atSeconds = 0): Promise<void> {
    const answer = await question(at(atSeconds), world);
    const wrong = world.hear(answer);
    if (answer.outcome === outcome && wrong.length === 0) return;
    throw new Error(`answered ${answer.outcome} instead of ${outcome} ${answer.cause ?? ''} ${wrong}`);
  }

  const steps = Object.entries(STATES)
    .flatMap(([name, { steps = [] }]) => steps.map((step) => ({ atSeconds: 0, ...step(world.token(name)) })))
    .sort((one, other) => one.atSeconds - other.atSeconds);
  for (const { question, outcome, atSeconds } of steps) await surely(question, outcome, atSeconds);
  generation = (await at(0).ledger.living('anybody')).generation;

  const deposits = Object.entries(DEPOSITS).map(([contents, { tries }]) => ({
    ...{ shard, epoch, contents, name: ask.proofNamed(contents) },
    untilMs: (ZERO_SECONDS + LIFETIME_SECONDS) * 1000,
    ...(tries === undefined ? {} : { lock: { answer: RIGHT, tries } }),
  }));
  for (const deposit of deposits) {
    const { wrong = 0 } = DEPOSITS[deposit.contents] ?? {};
    await surely(ask.put(deposit), 'put');
    for (let guess = 0; guess < wrong; guess++) await surely(ask.guess(deposit, 'wrong'), 'wrong');
  }
  const [fingerprint, booked] = [await memory.fingerprint(), await memory.booked()];
  return { memory, fingerprint, booked, world, deposits, mint };
}
