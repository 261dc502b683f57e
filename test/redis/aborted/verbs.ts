import type { Told } from './judge.ts';
import type { Instance, Memory } from './memory.ts';
import * as ask from './questions.ts';
import { OTHER_KEY, REVOKED_KEY } from './states.ts';
import type { Template } from './template.ts';

/** Something that can be asked of the ledger. */
export interface Verb {
  readonly name: string;
  /** At so many seconds after zero. Whoever asks it again under the same name is the same attempt. */
  question(who: string, atSeconds: number): ask.Question;
  /** Writes nothing by itself, in no state and at no time. */
  readonly isLook?: true;
  /** What may be told besides to whoever asks it again, after it was done. */
  readonly retries?: readonly string[];
  /** What an instance must have heard before it asks. */
  prepare?(instance: Instance, memory: Memory): Promise<unknown>;
  /** The script that is meant, of those that answer the question. Absent: the first. */
  readonly script?: number;
}

const OTHER_PROOF = ask.proofNamed('another proof');
const AGAIN = ask.proofNamed('a proof of one who asks again');
const HOLD_SECONDS = 30;

/** Every verb with everything in the template that it can be about. */
export function verbsOf(template: Template): readonly Verb[] {
  const names = [...template.world.tokens.keys()];
  return [
    ...names.flatMap((name) => verbsAbout(name, template.world.toldOf(name))),
    ...verbsAboutAll(template),
    ...verbsOfOneThatHeard(template),
    ...template.deposits.flatMap(verbsAboutDeposit),
  ];
}

function verbsAbout(name: string, told: readonly Told[]): readonly Verb[] {
  const attempts = [...new Set(told.flatMap(({ attempt }) => attempt ?? []))];
  const proofs = [...new Set(told.flatMap(({ proof }) => proof ?? []))];
  const collections = told.flatMap(({ attempt, collector }) =>
    attempt && collector ? [{ attempt, collector }] : [],
  );
  const about = (what: string, question: (who: string) => ask.Question): Verb => ({
    name: `${what}: ${name}`,
    question: (who) => question(ask.named(name, what, who)),
  });
  return [
    about('burn', (who) => ask.burn(name, who)),
    about('hold', (who) => ask.burn(name, who, { holdSeconds: HOLD_SECONDS })),
    about('burn with a proof', (who) => ask.burn(name, who, { proof: OTHER_PROOF })),
    ...proofs.map((proof) => about('burn with its proof', (who) => ask.burn(name, who, { proof }))),
    ...attempts.flatMap((attempt, index) => [
      about(`burn again as attempt ${index}`, () => ask.burn(name, attempt)),
      about(`burn again as attempt ${index} with another proof`, () =>
        ask.burn(name, attempt, { proof: AGAIN }),
      ),
      about(`commit as attempt ${index}`, () => ask.settle(name, attempt, 'commit')),
      about(`release as attempt ${index}`, () => ask.settle(name, attempt, 'release')),
      about(`collect from attempt ${index}`, (who) => ask.collect(name, attempt, who)),
    ]),
    ...collections.map(({ attempt, collector }) =>
      about('collect again', () => ask.collect(name, attempt, collector)),
    ),
    about('revoke', () => ask.revoke(name)),
    about('inspect', () => ask.inspect(name)),
  ];
}

function verbsAboutAll({ world, mint }: Template): readonly Verb[] {
  const always = (name: string, question: ask.Question): Verb => ({ name, question: () => question });
  // Its first script finds out at which server the second is asked.
  const thawing = { script: 2, retries: ['not frozen'] };
  const registerNew = (name: string, subject: string): Verb => ({
    name,
    question: (who, atSeconds) => {
      const topic = { subject, purpose: 'password-reset', kid: 'key-1' };
      return ask.register(mint(`${name} by ${who}`, topic, { atSeconds }), 1);
    },
  });
  return [
    always('tell the epoch', ask.living('anybody')),
    always('revoke a subject', ask.revokeSubject('unused')),
    always('revoke a subject and purpose', ask.revokeSubject('held', 'password-reset')),
    always('revoke a key', ask.revokeKey(OTHER_KEY)),
    always('revoke a key again', ask.revokeKey(REVOKED_KEY)),
    always('revoke a subject again', ask.revokeSubject('revoked')),
    registerNew('register the first', 'nobody yet'),
    registerNew('register one that supersedes', 'one may live'),
    registerNew('register one that supersedes in several buckets', 'three may live'),
    always('register again', ask.register(world.token('registered, the only one'), 1)),
    always('freeze', ask.freeze()),
    always('freeze with another ticket', ask.freeze(ask.OTHER_TICKET)),
    { ...always('thaw', ask.thaw()), ...thawing },
    { ...always('thaw with another ticket', ask.thaw(ask.OTHER_TICKET)), ...thawing },
  ];
}

/** An instance that knows more than the memory that answers it ends that memory's epoch. */
function verbsOfOneThatHeard({ memory: original, world }: Template): readonly Verb[] {
  const hearMore = async (instance: Instance, memory: Memory) => {
    await ask.burn('unused', ask.named('lost'))(instance, world);
    await memory.become(original);
  };
  const hearOfAnother = async (instance: Instance, memory: Memory) => {
    const living = ask.living('anybody');
    await living(instance, world);
    await memory.takeAway(await memory.keys());
    await living(instance, world);
    await memory.become(original);
  };
  const questions = {
    'tell the epoch': () => ask.living('anybody'),
    burn: (who: string) => ask.burn('unused', who),
  };
  return Object.entries(questions).flatMap(([name, question]) => [
    { name: `${name}, having heard of more changes`, question, prepare: hearMore, script: 2 },
    { name: `${name}, having heard of a later epoch`, question, prepare: hearOfAnother, script: 2 },
  ]);
}

function verbsAboutDeposit(deposit: Template['deposits'][number]): readonly Verb[] {
  const about = (name: string, question: ask.Question): Verb => ({
    name: `${name}: deposit ${deposit.contents}`,
    question: () => question,
  });
  return [
    about('put again', ask.put({ ...deposit, contents: 'other' })),
    about('put new', ask.put({ ...deposit, name: ask.proofNamed(`new ${deposit.contents}`) })),
    { ...about('find', ask.find(deposit)), isLook: true },
    about('guess right', ask.guess(deposit)),
    about('guess wrong', ask.guess(deposit, 'wrong')),
  ];
}
