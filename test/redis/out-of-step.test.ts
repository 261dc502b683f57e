import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import { connectLedger, type LedgerConnection } from '../../src/redis/connection.ts';
import { UnexpectedReplyError } from '../../src/redis/reply.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { type ProxiedPlace, startProxiedCluster, startProxiedServer } from '../faults/support/proxied.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { type Fate, nextTimes } from '../support/reply-proxy.ts';

const TIMEOUT_MS = 1000;
/** For where one is waited for. */
const SHORT_TIMEOUT_MS = 250;
/** ioredis begins to connect anew after less than half of it. */
const LOOKUP_MS = 80;
const BURNS = 500;
const AT_ONCE = 25;

const PLACES = { 'a single server': startProxiedServer, 'a cluster': startProxiedCluster };
for (const [name, startPlace] of Object.entries(PLACES)) {
  describe(`a connection to ${name} whose replies no longer belong to its questions`, () => {
    const onClose = cleanupAfter(after);
    const onTestEnd = cleanupAfter(afterEach);
    let place: ProxiedPlace;

    before(async () => {
      place = await startPlace();
      onClose(place.close);
    });

    function strike(fateOf: (request: string) => Fate): void {
      for (const proxy of place.proxies) proxy.decide(fateOf);
    }

    const struck = () => place.proxies.reduce((sum, proxy) => sum + proxy.struck(), 0);

    function connect(timeoutMs = TIMEOUT_MS, target = place.target): LedgerConnection {
      const monotonicMs = () => performance.now();
      const connection = connectLedger(target, { timeoutMs, monotonicMs });
      onTestEnd(() => connection.close());
      return connection;
    }

    function open(timeoutMs = TIMEOUT_MS): BurnLedger {
      const ledger = openRedisLedger(place.target, { timeoutMs });
      onTestEnd(() => ledger.close());
      return ledger;
    }

    it('is closed, and the question is asked again on a new one', async () => {
      const connection = connect();
      const happened: string[] = [];
      connection.redis.on('close', () => happened.push('closed'));
      const answer = await connection.answer(async (redis) => {
        await redis.call('CLIENT', 'ID');
        happened.push('asked');
        if (happened.length === 1) throw new UnexpectedReplyError();
        return 'answered';
      });
      expect(answer).to.equal('answered');
      // A cluster closes a connection to each node.
      const turns = happened.filter((each, index) => each !== happened[index - 1]);
      expect(turns).to.deep.equal(['asked', 'closed', 'asked']);
    });

    it('leaves what is in flight without an answer: it is asked again, but for what is asked once', async () => {
      const connection = connect(30_000);
      await connection.answer((redis) => redis.call('CLIENT', 'ID'));
      const never = new Promise<string>(() => {});
      const inFlight = connection.answer(tries(() => never));
      const once = connection.askOnce(() => never).catch(codeOf);
      const began = performance.now();
      expect(await connection.answer(tries(unexpected))).to.equal('asked again');
      expect(await inFlight).to.equal('asked again');
      expect(await once).to.equal('ledger_unavailable');
      expect(performance.now() - began).to.be.below(15_000);
    });

    it('is noticed by the next reply, although its question was given up before', async () => {
      const ledger = open(SHORT_TIMEOUT_MS);
      await newTokenId(ledger);
      for (let round = 0; round < 2; round++) {
        const id = await newTokenId(ledger);
        strike(nextTimes(1, /evalsha/, 'vanish'));
        expect(await outcome(ledger, burnOf(id))).to.equal('ledger_unavailable');
        let next = 'ledger_unavailable';
        // On a busy machine a new connection to every node can take longer than the time-out.
        while (next === 'ledger_unavailable') next = await outcome(ledger, burnOf(id));
        expect(next).to.equal('already-burned');
      }
    });

    it('gives each of 500 burns its own answer or none, and recovers', async () => {
      const ledger = open();
      const struckBefore = struck();
      let unavailable = 0;
      for (let done = 0; done < BURNS; done += AT_ONCE) {
        const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => newTokenId(ledger)));
        const used = ids.filter((_, index) => index % 2 === 0);
        for (const id of used) await outcome(ledger, burnOf(id));
        strike(nextTimes(1, /evalsha/, 'vanish'));
        const outcomes = await Promise.all(ids.map((id) => outcome(ledger, burnOf(id))));
        for (const [index, each] of outcomes.entries()) {
          if (each === 'ledger_unavailable') unavailable++;
          else expect(each, `burn ${index}`).to.equal(index % 2 === 0 ? 'already-burned' : 'burned');
        }
      }
      expect(struck() - struckBefore).to.equal(BURNS / AT_ONCE);
      expect(unavailable).to.be.below(BURNS / 10);
    });

    if (startPlace !== startProxiedCluster) return;

    it('is made anew although a node ends late, while the names of the others are looked up', async () => {
      const cluster = place.proxies.map(({ port }) => ({ host: 'localhost', port }));
      const connection = connect(TIMEOUT_MS, { cluster });
      Reflect.set(connection.redis.options, 'dnsLookup', slowLookup);
      for (const proxy of place.proxies.slice(1)) {
        proxy.closeLate(LOOKUP_MS / 2);
        onTestEnd(() => proxy.closeLate(0));
      }
      await connection.answer((redis) => redis.get('key'));
      await Promise.allSettled([connection.answer(tries(unexpected))]);
      await until(() => connection.answer(async () => true).catch(() => false));
    });
  });
}

function slowLookup(_name: string, found: (error: null, address: string) => void): void {
  setTimeout(() => found(null, '127.0.0.1'), LOOKUP_MS);
}

async function unexpected(): Promise<string> {
  throw new UnexpectedReplyError();
}

/** Asks in this way the first time, and is answered the second time. */
function tries(first: () => Promise<string>): () => Promise<string> {
  let isFirst = true;
  return async () => {
    if (!isFirst) return 'asked again';
    isFirst = false;
    return first();
  };
}

function outcome(ledger: BurnLedger, burn: BurnRequest): Promise<string> {
  return ledger.burn(burn).then((answer) => answer.outcome, codeOf);
}

function codeOf(error: { code: string }): string {
  return error.code;
}
