import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { askAgain, tryAtEvery } from './support/ask-again.ts';
import { type ChaosTopology, startChaosTopology } from './support/chaos.ts';
import { startChaosClients } from './support/chaos-clients.ts';
import { closeInstances, openInstance, openNaiveInstance } from './support/instances.ts';
import { expectNone } from './support/promises.ts';
import { seededRandom } from './support/random.ts';
import { redeemsFresh } from './support/recover.ts';
import { reportTrial } from './support/report.ts';
import { IS_ALL } from './support/thorough.ts';
import { pause, Workload } from './support/workload.ts';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? (IS_ALL ? 12 : 4));
const LEAST_REDEEMED = 50;
const PATIENCE_SECONDS = SECONDS + 60;
const [CLIENTS, NAIVE_CLIENTS] = IS_ALL ? [40, 8] : [14, 4];
/** So many of the newest are asked about in every way, the others only by strangers. */
const ASKED_AGAIN_TOKENS = 1000;
const SEED = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31));

describe('a ledger under random faults, one after the other and into each other', function () {
  this.timeout(PATIENCE_SECONDS * 1000 + 120_000);
  const onClose = cleanupAfter(after);
  let topology: ChaosTopology;

  before(async () => {
    topology = await startChaosTopology();
    onClose(topology.close);
  });

  it(`redeems nothing twice, and goes on by itself (${SECONDS} s)`, async () => {
    const { lossy, address, servers } = topology.urls;
    const named = [lossy, lossy, address].map((url, index) => ({ name: `instance ${index}`, url }));
    const sided = servers.map((url, index) => ({ name: `instance on server ${index}`, url }));
    const byName = named.map(({ name, url }) => openInstance(name, { url }));
    const onSide = sided.map(({ name, url }) => openInstance(name, { url }));
    const naive = [...named, ...sided].map(({ name, url }) => openNaiveInstance(name, { url }));
    onClose(() => closeInstances([...byName, ...onSide, ...naive]));
    const workload = new Workload([...byName, ...onSide], byName);
    const naiveWorkload = new Workload(naive, naive.slice(0, byName.length));

    const [ofFaults, ofClients, ofNaive] = [SEED, SEED + 1, SEED + 2].map(seededRandom);
    if (!ofFaults || !ofClients || !ofNaive) throw new Error('no random numbers');
    const clients = startChaosClients(workload, ofClients, { clients: CLIENTS });
    const naiveClients = startChaosClients(naiveWorkload, ofNaive, {
      clients: NAIVE_CLIENTS,
      onlyBurns: true,
    });
    const history: string[] = [];
    const began = performance.now();
    try {
      const seconds = () => (performance.now() - began) / 1000;
      // A machine with more to do needs longer until there is something to judge.
      const shows = () =>
        clients.findings().redeemed > LEAST_REDEEMED && naiveClients.findings().doubles.length > 0;
      while (seconds() < SECONDS || (!shows() && seconds() < PATIENCE_SECONDS)) {
        await pause(ofFaults.whole(50, 400));
        const fromMs = Math.round(performance.now());
        const fault = await topology.strike(ofFaults, workload.hearsay);
        history.push(`${fromMs} to ${Math.round(performance.now())}: ${fault}`);
      }
      await topology.heal();
    } finally {
      await Promise.all([clients.stop(), naiveClients.stop()]);
    }
    const story = () => `CHAOS_SEED=${SEED} CHAOS_SECONDS=${SECONDS}\n${history.slice(-40).join('\n')}\n`;
    for (const instance of byName)
      expect(await redeemsFresh(workload, instance), `${story()}${instance.name}`).to.equal(true);
    await tryAtEvery(workload, workload.tokens.slice(0, -ASKED_AGAIN_TOKENS));
    await askAgain(workload, workload.tokens.slice(-ASKED_AGAIN_TOKENS));

    const found = clients.findings();
    const naiveFound = naiveClients.findings();
    reportTrial({
      fault: `chaos, ${SECONDS} s, ${history.length} faults`,
      epoch: 'either',
      tokens: found.minted,
      tries: workload.tries,
      doubles: found.doubles.length,
      revived: found.revived.length,
      unsettled: found.unsettled.length,
      collectedTwice: found.collectedTwice,
      naiveTokens: naiveFound.minted,
      naiveDoubles: naiveFound.doubles.length,
    });
    expectNone(found.doubles, 'redeemed more often than allowed', story());
    expectNone(found.revived, 'redeemed after a revocation', story());
    expectNone(found.unsettled, 'given back and had again, or burned and given back', story());
    expect(found.collectedTwice, 'uses that were collected twice').to.equal(0);
    expect(found.redeemed, 'redeemed').to.be.greaterThan(LEAST_REDEEMED);
    expect(naiveFound.doubles.length, 'replays of the naive ledger').to.be.greaterThan(0);
  });
});
