import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { allPairs, nameOf, selectPairs, UnknownFaultError } from './pairs/pair.ts';
import { describeFailure, hasFailed, type PairReport } from './pairs/report.ts';
import type { StageName } from './pairs/stage.ts';
import { LastingStage } from './pairs/stages.ts';
import { seededRandom } from './support/random.ts';
import { IS_ALL } from './support/thorough.ts';

/** `npm run faults:pairs` tries all of them. */
const SECONDS = Number(process.env.PAIRS_SECONDS ?? (IS_ALL ? 7 : 1));
const SEED = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31));

describe('a ledger under two faults, one in the other or one after the other', function () {
  this.timeout(SECONDS * 1000 + 120_000);
  const onClose = cleanupAfter(after);

  for (const [name, where] of [
    ['two', 'on a master and its replica'],
    ['cluster', 'in a Redis Cluster'],
  ] as const satisfies readonly (readonly [StageName, string])[]) {
    it(`redeems nothing twice and nothing that was revoked, ${where}, for a random sample of pairs (${SECONDS} s)`, async () => {
      const stage = new LastingStage(name);
      onClose(() => stage.close());
      const pairs = await stage.pairs();
      const random = seededRandom(SEED);
      const began = performance.now();
      const reports: PairReport[] = [];
      while (performance.now() - began < SECONDS * 1000) {
        reports.push(await stage.tryPair(random.pick(pairs), random.whole(0, 2 ** 31)));
      }
      const failures = reports.filter(hasFailed);
      if (failures.length > 0)
        throw new Error(`FAULTS_SEED=${SEED}\n${failures.map(describeFailure).join('\n\n')}`);
    });
  }
});

describe('the pairs of faults', () => {
  const begin = async () => {};
  const lasting = { name: 'lasting', begin, end: begin };
  const instant = { name: 'instant', begin };
  const pairs = allPairs([lasting, instant]);

  it('are every ordered pair, at every timing that differs', () => {
    expect(pairs.map(nameOf)).to.deep.equal([
      'lasting+lasting:within',
      'lasting+lasting:across',
      'lasting+lasting:after',
      'lasting+instant:within',
      'lasting+instant:after',
      'instant+lasting:after',
      'instant+instant:after',
    ]);
  });

  it('are selected by their names', () => {
    const selected = (selection: string) => selectPairs(pairs, selection).map(nameOf);
    expect(selected('lasting+instant:after,instant+*')).to.deep.equal([
      'lasting+instant:after',
      'instant+lasting:after',
      'instant+instant:after',
    ]);
    expect(selected('-lasting')).to.deep.equal(['instant+instant:after']);
    for (const unknown of ['lasting+nothing', 'lasting', 'instant+lasting:within', '']) {
      expect(() => selectPairs(pairs, unknown), unknown).to.throw(UnknownFaultError);
    }
  });
});
