import fc from 'fast-check';
import { Redis } from 'ioredis';
import { parseReply, type ScriptReply } from '../../src/redis/reply.ts';
import { composeScripts, runScript, type ScriptName, type Scripts } from '../../src/redis/scripts.ts';
import { DECODERS, errorsOf, wordsOf } from '../redis/script-contracts.ts';
import { startRedis } from '../support/redis-server.ts';
import { argumentsOf, type Call, calls, type Place } from './script-calls.ts';
import { Find, type Property, type Target } from './target.ts';

const TAG = 'tag';
const CALLER = 'main';
const MINUTES_TO_LIVE = 5;
const name = (word: string, length = 22) => word.padEnd(length, 'B');
/** Tokens that no fuzzed call names, by what has become of them. */
const FRESH = name('fresh');
const BURNED = name('burned');
const HELD = name('held');
const SEVERAL = name('several');
const FIRST = name('first', 20);
const DEPOSIT = name('deposit');

export interface Asked {
  /** Undefined when Redis answered with an error. */
  readonly reply?: ScriptReply;
  readonly raw?: unknown;
  readonly error?: string;
}

/** Calls scripts in one shard of a real Redis. */
class Shard implements Place {
  epoch = '';
  readonly minute = Math.floor(Date.now() / 60_000) + MINUTES_TO_LIVE;
  readonly #redis: Redis;
  readonly #scripts: Scripts;
  readonly metaKey: string;

  constructor(redis: Redis, scripts: Scripts, metaKey: string) {
    this.#redis = redis;
    this.#scripts = scripts;
    this.metaKey = metaKey;
  }

  bucketKey(epoch = this.epoch, minute = String(this.minute)): string {
    return `${this.metaKey.slice(0, -1)}b:${epoch}:${minute}`;
  }

  async ask(script: ScriptName, keys: readonly string[], args: readonly string[]): Promise<Asked> {
    const call = { keys: [this.metaKey, ...keys], args: [TAG, 'fuzz', 100, ...args] };
    let raw: unknown;
    try {
      raw = await runScript(this.#redis, this.#scripts(script), call);
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') return { error: error.message };
      throw error;
    }
    try {
      return { raw, reply: parseReply(raw, TAG) };
    } catch {
      return { raw };
    }
  }

  play(call: Call): Promise<Asked> {
    const { keys, args } = this.#scripts(call.script);
    const given = argumentsOf(call, args, this);
    const [epoch, minute] = ['tokenEpoch', 'minute'].map((argument) => given[args.indexOf(argument)]);
    const all = [...keys.map(() => this.bucketKey(epoch, minute)), ...given];
    for (const { at, text } of call.wild) if (all.length > 0) all[at % all.length] = text;
    return this.ask(call.script, all.slice(0, keys.length), all.slice(keys.length));
  }

  burn(nonce: string, attempt: string, { uses = 1, hold = 0 } = {}): Promise<Asked> {
    const values = new Map<string, string | number>([
      ...Object.entries({ tokenEpoch: this.epoch, minute: this.minute, nonce, generation: 0 }),
      ...Object.entries({ burnableFrom: (this.minute - 20) * 60_000, burnableUntil: this.minute * 60_000 }),
      ...Object.entries({ attempt, caller: CALLER, terms: `${uses} ${hold} 0 `, note: '' }),
      ...Object.entries({ origin: `${name('of')} ${name('for')} key-1` }),
    ]);
    return this.ask(
      'burn',
      [this.bucketKey()],
      this.#scripts('burn').args.map((each) => String(values.get(each))),
    );
  }

  async open(): Promise<string> {
    const { reply, error } = await this.ask('open-epoch', [], []);
    if (!reply) throw new Find(`no epoch can be opened: ${error}`);
    return reply.epoch;
  }

  async prepare(): Promise<void> {
    this.epoch = await this.open();
    await this.burn(BURNED, FIRST);
    await this.burn(HELD, FIRST, { hold: 300 });
    await this.burn(SEVERAL, FIRST, { uses: 2 });
    const until = String(this.minute * 60_000);
    await this.ask('deposit-put', [], [this.epoch, DEPOSIT, 'contents', until, name('answer'), '3']);
  }

  async keys(): Promise<readonly string[]> {
    const keys: string[] = [];
    let cursor = '0';
    do {
      const [next, some] = await this.#redis.scan(
        cursor,
        'MATCH',
        `${this.metaKey.slice(0, -1)}*`,
        'COUNT',
        1000,
      );
      keys.push(...some);
      cursor = next;
    } while (cursor !== '0');
    return keys;
  }

  /** Every key but the meta key has a time to live. */
  async expectTimesToLive(): Promise<void> {
    for (const key of await this.keys()) {
      const isEndless = key !== this.metaKey && (await this.#redis.pttl(key)) === -1;
      if (isEndless) throw new Find(`the key ${key} never ends`);
    }
  }

  async forget(): Promise<void> {
    await this.#redis.unlink(this.metaKey, ...(await this.keys()));
  }
}

/** Whether a call may end the epoch: it says so, or says what the API cannot. */
function mayEnd({ script, wild }: Call): boolean {
  return script === 'end-epoch' || script === 'freeze' || wild.length > 0;
}

/** `isTame`: neither this call nor one before it said what the API cannot. */
function expectContract(call: Call, { reply, raw, error }: Asked, isTame: boolean): void {
  const of = `${call.script} ${JSON.stringify(call)}`;
  if (error !== undefined) {
    const isDocumented = errorsOf(call.script).some((word) => error.startsWith(`${word} `));
    // What the API cannot send may be what Lua cannot take; then nothing else may have happened.
    if (!isDocumented && isTame) throw new Find(`${of} ended with ${error}`);
    return;
  }
  if (typeof raw === 'string' && call.script === 'burn' && raw.startsWith(`${TAG} `)) {
    if (!reply && isTame) throw new Find(`${of} answered ${JSON.stringify(raw)}`);
    return;
  }
  if (!Array.isArray(raw) || raw[0] !== TAG) throw new Find(`${of} answered ${JSON.stringify(raw)}`);
  const words = [...wordsOf(call.script), 'living'];
  if (!words.includes(String(raw[1]))) throw new Find(`${of} answered ${JSON.stringify(raw)}`);
  if (!isTame) return;
  if (!reply) throw new Find(`${of} answered ${JSON.stringify(raw)}`);
  const attempt = typeof reply.rest[0] === 'string' ? reply.rest[0] : '';
  try {
    DECODERS[call.script]?.(reply, attempt);
  } catch {
    throw new Find(`${of} answered ${JSON.stringify(raw)}`);
  }
}

async function expectWord(asked: Promise<Asked>, ...words: readonly string[]): Promise<void> {
  const { reply, raw, error } = await asked;
  if (!words.includes(reply?.word ?? '')) {
    throw new Find(`instead of ${words.join(' or ')}: ${error ?? JSON.stringify(raw)}`);
  }
}

/** Tokens that nobody named are what they were, or void with their epoch. */
async function expectOthersUntouched(shard: Shard, played: readonly Call[]): Promise<void> {
  const { reply, error } = await shard.ask('watch-epoch', [], []);
  if (error?.startsWith('FROZEN') && played.some(({ script }) => script === 'freeze')) return;
  const lives = reply?.epoch === shard.epoch;
  if (!lives && !played.some(mayEnd)) throw new Find(`the epoch has ended: ${error ?? reply?.epoch}`);
  const either = (word: string) => (lives ? word : 'void');
  const again = name('again', 20);
  await expectWord(shard.burn(FRESH, FIRST), either('burned'));
  await expectWord(shard.burn(FRESH, again), either('already-burned'));
  await expectWord(shard.burn(BURNED, again), either('already-burned'));
  await expectWord(shard.burn(HELD, again), either('held-by-another'));
  await expectWord(shard.burn(SEVERAL, again, { uses: 2 }), either('burned'));
  await expectWord(shard.burn(SEVERAL, name('third', 20), { uses: 2 }), either('already-burned'));
  const found = await shard.ask('deposit-find', [], [DEPOSIT]);
  if (lives && JSON.stringify(found.reply?.rest) !== '["contents",3]')
    throw new Find('a deposit was changed');
}

function scriptsProperty(redis: Redis, scripts: Scripts, newMetaKey: () => string): Property {
  return fc.asyncProperty(calls, async (all) => {
    const shard = new Shard(redis, scripts, newMetaKey());
    try {
      await shard.prepare();
      let isTame = true;
      for (const each of all) {
        isTame &&= each.wild.length === 0;
        expectContract(each, await shard.play(each), isTame);
      }
      await expectOthersUntouched(shard, all);
      await shard.expectTimesToLive();
    } finally {
      await shard.forget();
    }
  });
}

/** The scripts of the ledger, in a real Redis. */
export const scriptsTarget: Target<Scripts> = {
  name: 'scripts',
  suiteRuns: 500,
  open: async (onClose) => {
    const server = await startRedis();
    onClose(server.close);
    const redis = new Redis(server.port, { commandTimeout: 5000, maxRetriesPerRequest: 0 });
    onClose(() => redis.disconnect());
    let shards = 0;
    const newMetaKey = () => `fuzz${++shards}:{0}:m`;
    return {
      subject: composeScripts(),
      property: (scripts) => scriptsProperty(redis, scripts, newMetaKey),
      pids: [server.process().pid],
    };
  },
};
