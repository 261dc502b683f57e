import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const TIMEOUT_MS = 1000;
const SHORT_TIMEOUT_MS = 300;
/** Far above the time-out, for a loaded machine; far below waiting for ever. */
const PATIENCE_MS = 8 * TIMEOUT_MS;

describe('a connection to Redis that is lost', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let ledger: BurnLedger;
  /** For where no answer comes: it need not be waited for as long. */
  let impatient: BurnLedger;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startCuttingProxy(redis.port);
    onClose(proxy.close);
    const url = `redis://127.0.0.1:${proxy.port}`;
    ledger = openRedisLedger(url, { timeoutMs: TIMEOUT_MS });
    onClose(() => ledger.close());
    impatient = openRedisLedger(url, { timeoutMs: SHORT_TIMEOUT_MS });
    onClose(() => impatient.close());
    for (const each of [ledger, impatient]) await answered(() => each.check());
  });

  async function outcomeWithin(asked: Promise<{ outcome: string }>): Promise<string> {
    const began = performance.now();
    const outcome = await asked.then(
      (answer) => answer.outcome,
      (error: { code: string }) => error.code,
    );
    expect(performance.now() - began).to.be.below(PATIENCE_MS);
    return outcome;
  }

  it('after the command ran turns nobody away, at whatever octet the reply was cut', async () => {
    for (let octets = 0; octets <= 120; octets += 3) {
      const id = await newTokenId(ledger);
      proxy.cutRepliesAfter(octets, 1);
      expect(await outcomeWithin(ledger.burn(burnOf(id))), `cut at ${octets}`).to.equal('burned');
      proxy.cutRepliesAfter(0, 0);
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      expect(await outcomeWithin(ledger.burn(burnOf(id))), `cut at ${octets}`).to.equal('already-burned');
    }
    expect(proxy.cuts()).to.be.at.least(20);
  });

  it('several times in a row still turns nobody away', async () => {
    const id = await newTokenId(ledger);
    proxy.cutRepliesAfter(0, 3);
    expect(await outcomeWithin(ledger.burn(burnOf(id)))).to.equal('burned');
    expect(await outcomeWithin(ledger.burn(burnOf(id)))).to.equal('already-burned');
  });

  it('lets no two of many racing attempts through', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await newTokenId(ledger);
      proxy.cutRepliesAfter(round * 7, 1);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => outcomeWithin(ledger.burn(burnOf(id)))),
      );
      expect(outcomes.filter((outcome) => outcome === 'burned')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === 'already-burned')).to.have.length(19);
    }
  });

  it('into silence is no answer within the time-out, and the same attempt learns what happened', async () => {
    const burn = burnOf(await newTokenId(ledger));
    proxy.swallowReplies(true);
    expect(await outcomeWithin(impatient.burn(burn))).to.equal('ledger_unavailable');
    proxy.swallowReplies(false);
    expect(await answered(() => impatient.burn(burn))).to.include({ outcome: 'burned', repeated: true });
  });

  it('to a server that is stopped is no answer within the time-out, and comes back by itself', async () => {
    const used = burnOf(await newTokenId(ledger));
    const unused = burnOf(await newTokenId(ledger));
    redis.process().kill('SIGSTOP');
    expect(await outcomeWithin(impatient.burn(used))).to.equal('ledger_unavailable');
    const minting = impatient.living('user-42').then(() => ({ outcome: 'minted' }));
    expect(await outcomeWithin(minting)).to.equal('ledger_unavailable');
    redis.process().kill('SIGCONT');
    expect((await answered(() => impatient.burn(used))).outcome).to.equal('burned');
    expect((await answered(() => impatient.burn(unused))).outcome).to.equal('burned');
    expect((await answered(() => impatient.burn(burnOf(used.id)))).outcome).to.equal('already-burned');
  });

  it('to a server that is gone is no answer at once, and comes back by itself', async () => {
    const lost = burnOf(await newTokenId(ledger));
    redis.process().kill('SIGKILL');
    await redis.process().exited();
    for (let again = 0; again < 5; again++) {
      expect(await outcomeWithin(impatient.burn(lost))).to.equal('ledger_unavailable');
    }
    await redis.restart();
    expect((await answered(() => impatient.burn(lost))).outcome).to.equal('void');
    const fresh = burnOf(await answered(() => newTokenId(impatient)));
    expect((await answered(() => impatient.burn(fresh))).outcome).to.equal('burned');
  });
});

/** Asks until the ledger answers again. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
