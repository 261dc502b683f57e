import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import type { BurnLedger, BurnRequest, LedgerNote } from '../../src/ledger/burn-ledger.ts';
import { burnOf, newAttempt, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { notedIn } from '../support/records.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';
import { SOAKS } from '../support/soak.ts';
import { pause } from './support/workload.ts';

/** Nothing that was acknowledged is lost with the process. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];
const HOLD_SECONDS = 120;
/** When it does not soak, a reply is cut after some octet and every third that follows. */
const EVERY = 3;
const KEEP = { keepPerShard: 1_000_000 };

/** One thing that was asked for, under one attempt, until it was answered. */
interface Deed {
  /** The text of its note, which no other has. */
  readonly name: string;
  /** What the ledger answered in the end. */
  readonly outcome: string;
  /** Whether it is one that the ledger has to have recorded. */
  readonly isDone: boolean;
  readonly askedMs: number;
  readonly answeredMs: number;
}

type Ask = (note: LedgerNote) => Promise<{ readonly outcome: string }>;

describe('records of redemptions', function () {
  this.timeout(PATIENCE_MS);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let deeds: Deed[];

  beforeEach(async () => {
    redis = await startRedis(DURABLE);
    onTestEnd(redis.close);
    deeds = [];
  });

  function open(port = redis.port): BurnLedger {
    const ledger = openRedisLedger(`redis://127.0.0.1:${port}`, KEEP);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  /** Asks the same until it is answered. `done` are the answers that say that it was done. */
  async function surely(ask: Ask, ...done: readonly string[]): Promise<string> {
    const name = JSON.stringify({ deed: deeds.length });
    const note = { text: name, recorded: () => {} };
    // Its place is taken: others are asked for meanwhile.
    const askedMs = performance.now();
    const at = deeds.push({ name, outcome: '', isDone: false, askedMs, answeredMs: Infinity }) - 1;
    const { outcome } = await untilAnswered(() => ask(note));
    deeds[at] = { name, outcome, isDone: done.includes(outcome), askedMs, answeredMs: performance.now() };
    return outcome;
  }

  async function newBurn(ledger: BurnLedger, uses = 1): Promise<BurnRequest> {
    const id = await untilAnswered(() => newTokenId(ledger, 600, TOKEN_SUBJECT.subject, uses));
    return burnOf(id);
  }

  /** How often each deed was recorded. */
  async function timesRecorded(): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>();
    for (const { event = '' } of await notedIn(redis)) times.set(event, (times.get(event) ?? 0) + 1);
    return times;
  }

  describe('are the redemptions wherever the reply is cut:', () => {
    let proxy: CuttingProxy;
    let ledger: BurnLedger;
    let direct: BurnLedger;

    beforeEach(async () => {
      proxy = await startCuttingProxy(redis.port);
      onTestEnd(proxy.close);
      ledger = open(proxy.port);
      direct = open();
    });

    const held = async (uses: number) => {
      const request = { ...(await newBurn(direct, uses)), holdSeconds: HOLD_SECONDS };
      await direct.burn(request);
      return request;
    };

    interface Change {
      readonly done: string;
      /** Prepares a token, and gives what changes it. */
      readonly prepare: () => Promise<Ask>;
    }

    const changes: Readonly<Record<string, Change>> = {
      'a burn': {
        done: 'burned',
        prepare: async () => {
          const request = await newBurn(direct);
          return (note) => ledger.burn({ ...request, note });
        },
      },
      'a burn of one of several uses': {
        done: 'burned',
        prepare: async () => {
          const request = await newBurn(direct, 3);
          return (note) => ledger.burn({ ...request, note });
        },
      },
      'a hold': {
        done: 'held',
        prepare: async () => {
          const request = await newBurn(direct);
          return (note) => ledger.burn({ ...request, holdSeconds: HOLD_SECONDS, note });
        },
      },
      'a commit': {
        done: 'burned',
        prepare: async () => {
          const hold = await held(2);
          return (note) => ledger.settle({ ...hold, note }, 'commit');
        },
      },
      'a release': {
        done: 'released',
        prepare: async () => {
          const hold = await held(1);
          return (note) => ledger.settle({ ...hold, note }, 'release');
        },
      },
      'a collection': {
        done: 'collected',
        prepare: async () => {
          const request = await newBurn(direct);
          await direct.burn({ ...request, toBeCollected: true });
          const collector = newAttempt();
          return (note) => ledger.collect({ ...request, collector, note });
        },
      },
      'a revocation': {
        done: 'revoked',
        prepare: async () => {
          const { id, burnableUntilMs } = await newBurn(direct);
          return (note) => ledger.revoke(id, burnableUntilMs, note);
        },
      },
    };

    for (const [name, { done, prepare }] of Object.entries(changes)) {
      it(`that of ${name}, ${SOAKS ? 'after every octet of it' : 'after octets of it'}`, async () => {
        await surely(await prepare(), done);
        let octets = SOAKS ? 0 : randomInt(EVERY);
        for (let cuts = -1; proxy.cuts() !== cuts; octets += SOAKS ? 1 : EVERY) {
          const ask = await prepare();
          cuts = proxy.cuts();
          proxy.cutRepliesAfter(octets, 1);
          expect(await surely(ask, done)).to.equal(done);
        }
        expect(octets, 'a reply has more octets than its tag').to.be.greaterThan(50);
        const times = await timesRecorded();
        expect([...times.keys()].sort()).to.deep.equal(deeds.map((deed) => deed.name).sort());
        expect(new Set(times.values())).to.deep.equal(new Set([1]));
      });
    }
  });

  it('are the redemptions over kills of Redis, but for those that its end left without an answer', async () => {
    const [KILLS, CLIENTS, DEEDS_BETWEEN] = [SOAKS ? 6 : 3, 12, 120];
    const ledgers = [open(), open()];
    let isOver = false;
    const anyLedger = (): BurnLedger => ledgers[deeds.length % 2] ?? open();
    const acts: readonly ((request: BurnRequest) => Promise<unknown>)[] = [
      (request) => surely((note) => anyLedger().burn({ ...request, note }), 'burned'),
      async (request) => {
        const hold = { ...request, holdSeconds: HOLD_SECONDS };
        await surely((note) => anyLedger().burn({ ...hold, note }), 'held');
        await surely((note) => anyLedger().settle({ ...hold, note }, 'commit'), 'burned');
      },
      async (request) => {
        const hold = { ...request, holdSeconds: HOLD_SECONDS };
        await surely((note) => anyLedger().burn({ ...hold, note }), 'held');
        await surely((note) => anyLedger().settle({ ...hold, note }, 'release'), 'released');
        await surely((note) => anyLedger().burn({ ...request, attempt: newAttempt(), note }), 'burned');
      },
      async (request) => {
        const { id, burnableUntilMs } = request;
        await surely((note) => anyLedger().revoke(id, burnableUntilMs, note), 'revoked');
        await surely((note) => anyLedger().burn({ ...request, note }));
      },
      async (request) => {
        await untilAnswered(() => anyLedger().revokeKey(request.attempt));
        const kid = request.attempt;
        expect(await surely((note) => anyLedger().burn({ ...request, kid, note }))).to.be.oneOf([
          'revoked',
          'void',
        ]);
      },
    ];
    const client = async (number: number): Promise<void> => {
      for (let turn = number; !isOver; turn++) {
        const act = acts[turn % 9] ?? acts[0];
        await act?.(await newBurn(anyLedger()));
      }
    };
    const working = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    const kills: number[] = [];
    while (kills.length < KILLS) {
      const since = deeds.length;
      while (deeds.length < since + DEEDS_BETWEEN) await pause(1);
      kills.push(performance.now());
      redis.process().kill('SIGKILL');
      await redis.restart();
    }
    isOver = true;
    await working;

    const times = await timesRecorded();
    const named = (some: readonly Deed[]) => some.map(({ name }) => name).sort();
    const done = deeds.filter(({ isDone }) => isDone);
    expect(done.length).to.be.greaterThan((KILLS * DEEDS_BETWEEN) / 2);
    expect(new Set(times.values()), 'each once').to.deep.equal(new Set([1]));
    expect(named(done.filter(({ name }) => !times.has(name))), 'done and not recorded').to.deep.equal([]);
    const others = deeds.filter(({ name, isDone }) => times.has(name) && !isDone);
    const isOfTheEnd = ({ outcome, askedMs, answeredMs }: Deed) =>
      ['void', 'unknown'].includes(outcome) && kills.some((atMs) => askedMs < atMs && atMs < answeredMs);
    const explained = others.filter(isOfTheEnd);
    expect(named(others), 'recorded, and refused').to.deep.equal(named(explained));
    expect(others.length).to.be.at.most(KILLS * CLIENTS);
  });

  it('are the redemptions that services have answered, over kills of them', async () => {
    const [KILLS, CLIENTS, ANSWERS_BETWEEN] = [2, 8, 40];
    const deployment: Deployment = await makeDeployment({ ledger: { redis: redis.url } });
    onTestEnd(deployment.close);
    const ports = [await freePort(), await freePort()];
    const start = (number: number) => startService(deployment, { PORT: String(ports[number]) });
    const services: ServiceProcess[] = [await start(0), await start(1)];
    onTestEnd(() => Promise.all(services.map((service) => service.close())));
    let isOver = false;
    let asked = 0;
    const answers: { readonly jti: string; readonly answer: Answered }[] = [];

    /** Asks the one service and the other until one answers. */
    async function persistently<T>(ask: (service: ServiceProcess) => Promise<T>): Promise<T> {
      for (;;) {
        const service = services[asked++ % services.length];
        try {
          if (service) return await ask(service);
        } catch {
          await pause(10);
        }
      }
    }
    const redeem = async (token: string): Promise<void> => {
      const headers = { 'Idempotency-Key': `order-${asked++}` };
      const answer = await persistently(async (service) => {
        const told = await redeemToken(service, token, { headers });
        if (told.status === 503) throw new Error(told.text);
        return told;
      });
      answers.push({ jti: jtiOf(token), answer });
    };
    const client = async (): Promise<void> => {
      while (!isOver) {
        const token = await persistently((service) => mintToken(service));
        await Promise.all([redeem(token), redeem(token)]);
      }
    };
    const working = Promise.all(Array.from({ length: CLIENTS }, client));
    for (let kills = 0; kills < KILLS; kills++) {
      const since = answers.length;
      while (answers.length < since + ANSWERS_BETWEEN) await pause(1);
      const killed = kills % 2;
      services[killed]?.process.kill('SIGKILL');
      await services[killed]?.process.exited();
      services[killed] = await start(killed);
    }
    isOver = true;
    await working;

    const redeemed = answers.filter(({ answer }) => answer.status === 200).map(({ jti }) => jti);
    const refused = answers.filter(({ answer }) => answer.status !== 200);
    expect(redeemed.length).to.be.greaterThan((KILLS * ANSWERS_BETWEEN) / 4);
    expect(new Set(refused.map(({ answer }) => answer.json.code))).to.deep.equal(new Set(['token_burned']));
    const recorded = await servicesRecords(redis);
    expect(recorded.map(({ jti }) => jti).sort()).to.deep.equal(redeemed.sort());
    expect(new Set(recorded.map(({ attempt }) => attempt)).size).to.equal(recorded.length);
  });
});

/** What the services have recorded as redeemed. */
async function servicesRecords(redis: RedisServer) {
  const streams = (await redis.command('KEYS', 'matchstick:*:e')) as string[];
  const entries = await Promise.all(streams.map((stream) => redis.command('XRANGE', stream, '-', '+')));
  return (entries.flat() as [string, string[]][]).flatMap(([, fields]) => {
    if (!fields.includes('token.redeemed')) return [];
    const { token, attempt } = JSON.parse(fields[fields.indexOf('event') + 1] ?? '');
    return [{ jti: String(token.jti), attempt: String(attempt) }];
  });
}

function jtiOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti;
}

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== 'ledger_unavailable') throw error;
      await pause(10);
    }
  }
}
