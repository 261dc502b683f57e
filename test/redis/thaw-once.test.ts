import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { connectLedger } from '../../src/redis/connection.ts';
import { type LedgerFreeze, ledgerFreeze, type ServerIdentity } from '../../src/redis/freeze.ts';
import { composeScripts } from '../../src/redis/scripts.ts';
import { type ProxiedPlace, startProxiedCluster, startProxiedServer } from '../faults/support/proxied.ts';
import { info, until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type Fate, nextTimes, THAW } from '../support/reply-proxy.ts';

const TIMEOUT_MS = 800;
const TICKET = 'a-ticket';
const PLACES = [
  ['a single server', startProxiedServer],
  ['a cluster', startProxiedCluster],
] as const;
const SHARDS = Array.from({ length: TEST_LEDGER.shards }, (_, shard) => shard);

describe('thawing, which a program asks once', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  const places = new Map<string, ProxiedPlace>();

  before(async () => {
    for (const [name, start] of PLACES) {
      const place = await start();
      onClose(place.close);
      places.set(name, place);
    }
  });

  function freezeAt({ target }: ProxiedPlace): LedgerFreeze {
    const monotonicMs = () => performance.now();
    const connection = connectLedger(target, { timeoutMs: TIMEOUT_MS, monotonicMs });
    onTestEnd(() => connection.close());
    return ledgerFreeze({ connection, ...TEST_LEDGER, randomBytes, monotonicMs });
  }

  const lost: readonly Fate[] = ['cut', 'vanish', { lateByMs: TIMEOUT_MS + 200 }];
  for (const [place] of PLACES) {
    for (const fate of lost) {
      it(`at ${place} is unknown for the shard whose answer is ${nameOf(fate)}, and for no other`, async () => {
        const here = placeNamed(place);
        const frost = freezeAt(here);
        expect((await frost.freeze(TICKET, 60)).frozen).to.deep.equal(SHARDS);
        const asked = strikeThaws(here, 1, fate);
        const { thawed, unknown, ...nothing } = await frost.thaw(TICKET);
        expect(asked()).to.equal(SHARDS.length);
        const [lostShard] = unknown;
        expect(unknown).to.have.length(1);
        expect(thawed).to.deep.equal(SHARDS.filter((shard) => shard !== lostShard?.shard));
        expect(nothing).to.deep.equal({ otherTicket: [], notFrozen: [], untouched: [] });
        expect(await identities(here)).to.deep.include(lostShard?.askedAt);
        // It ran, once: a person who has looked may ask again, and hears that it is not frozen.
        const again = await frost.thaw(TICKET, { shards: [lostShard?.shard ?? -1] });
        expect(again.notFrozen).to.deep.equal([lostShard?.shard]);
      });
    }

    it(`at ${place} touches nothing where the way there is lost before`, async () => {
      const here = placeNamed(place);
      const frost = freezeAt(here);
      await frost.freeze(TICKET, 60);
      const asked = strikeThaws(here, 0, 'pass');
      for (const proxy of here.proxies) proxy.refuse(true);
      const { untouched, ...nothing } = await frost.thaw(TICKET);
      expect(untouched.map(({ shard }) => shard)).to.deep.equal(SHARDS);
      expect(Object.values(nothing).flat()).to.deep.equal([]);
      expect(asked()).to.equal(0);
      for (const proxy of here.proxies) proxy.refuse(false);
      await until(async () => (await frost.thaw(TICKET, { shards: [0] })).thawed.length === 1);
      expect((await frost.thaw(TICKET, { shards: SHARDS.slice(1) })).thawed).to.deep.equal(SHARDS.slice(1));
      expect(asked()).to.equal(SHARDS.length);
    });
  }

  it('changes nothing at a server that has taken the place of the one that was told, between the two questions', async () => {
    const [first, second] = await Promise.all([startProxiedServer(), startProxiedServer()]);
    for (const place of [first, second]) onTestEnd(place.close);
    await freezeAt(first).freeze(TICKET, 60);
    const identity = (await identities(first))[0];
    const [elsewhere] = await identities(second);
    if (!identity || !elsewhere) throw new Error('a server without an identity');
    const told = await freezeAt(first).thaw(TICKET, { at: elsewhere });
    expect(told.untouched.map(({ shard }) => shard)).to.deep.equal(SHARDS);
    const answer = await thawAs(first, elsewhere);
    expect(answer).to.match(/^OTHERSERVER /);
    expect((await freezeAt(first).thaw(TICKET, { at: identity })).thawed).to.deep.equal(SHARDS);
  });

  /** What the script of the thaw says at one server of a question that is meant for another. */
  async function thawAs({ masters }: ProxiedPlace, meant: ServerIdentity): Promise<string> {
    const [master] = masters;
    if (!master) throw new Error('there is no master');
    const [meta] = (await master.command('KEYS', 'test:*:m')) as string[];
    const server = `${meant.replicationId} ${meant.runId}`;
    const digest = createHash('sha256').update(TICKET).digest('base64url');
    const { source } = composeScripts()('thaw');
    const asked = master.command('EVAL', source, 1, meta ?? '', 'tag', 'one', 0, digest, server);
    return asked.then(String, (error: Error) => error.message);
  }

  function placeNamed(name: string): ProxiedPlace {
    const place = places.get(name);
    if (!place) throw new Error(`there is no ${name}`);
    return place;
  }

  /** The first so many replies to a thaw meet the fate. Tells how many were asked. */
  function strikeThaws({ proxies }: ProxiedPlace, times: number, fate: Fate): () => number {
    let asked = 0;
    const fateOf = nextTimes(times, THAW, fate);
    for (const proxy of proxies) {
      proxy.decide((request) => {
        if (THAW.test(request)) asked++;
        return fateOf(request);
      });
    }
    return () => asked;
  }
});

function nameOf(fate: Fate): string {
  return typeof fate === 'object' ? 'late' : fate === 'cut' ? 'cut off' : 'lost alone';
}

async function identities({ masters }: ProxiedPlace): Promise<readonly ServerIdentity[]> {
  const all = await Promise.all(masters.map((master) => info(master, 'all')));
  return all.map((text) => ({
    runId: /\nrun_id:(\w+)/.exec(text)?.[1] ?? '',
    replicationId: /\nmaster_replid:(\w+)/.exec(text)?.[1] ?? '',
  }));
}
