import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Inputs, needed, shareOfFullest } from '../../bench/scale-model.ts';
import { mostShardsOfAMaster, slotOfShard } from '../../bench/slots.ts';
import { SHARD_SLOTS } from '../faults/support/cluster.ts';
import { startChild } from '../support/child.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INPUTS: Inputs = {
  ...{ version: '1.0.0', mintUs: 300, redeemUs: 700, redisMintUs: 10, redisRedeemUs: 90, clusterFactor: 1 },
  ...{ scriptUs: 40, bytesPerBurn: 100, workersShare: 1 },
};

describe('docs/scale.md', () => {
  it('has the tables that npm run scale prints', async () => {
    const scale = startChild(process.execPath, ['--import', 'tsx', 'bench/scale.ts'], { cwd: ROOT });
    expect(await scale.exited(), scale.output()).to.equal(0);
    const page = await readFile(new URL('../../docs/scale.md', import.meta.url), 'utf8');
    const printed = scale
      .output()
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(printed).to.have.length(4);
    for (const table of printed) expect(page).to.include(`-->\n\n${table.trim()}\n\n<!-- end -->`);
  });
});

describe('the arithmetic of scale', () => {
  it('places shards where a Cluster does', () => {
    expect([0, 1, 2, 3].map(slotOfShard)).to.deep.equal(SHARD_SLOTS);
    expect(mostShardsOfAMaster(4, 1)).to.equal(4);
    expect(mostShardsOfAMaster(4, 3)).to.equal(2);
  });

  it('gives a rate what it takes, at half load', () => {
    // 1,000 a second take a whole core and so two; Redis is busy for a tenth of its time.
    const small = needed(1000, INPUTS);
    expect(small).to.include({ instances: 1, ledgers: 1, masters: 1, shards: 4 });
    expect(small.gigabytes).to.be.closeTo((1000 * 1500 * 100) / 1e9, 1e-9);
    expect(needed(8000, INPUTS).instances).to.equal(4);
  });

  it('never gives the fullest master more than half of what it can do', () => {
    for (const rate of [1e3, 1e4, 1e5, 5e5]) {
      const { masters, shards, ledgers } = needed(rate, INPUTS);
      const busiest = (rate / ledgers) * shareOfFullest(masters, shards);
      expect(busiest * 100, String(rate)).to.be.at.most(500_000);
    }
  });

  it('takes another ledger where 256 shards are too few', () => {
    const { ledgers, masters, shards } = needed(1e7, INPUTS);
    expect(ledgers).to.be.at.least(8);
    expect([masters, shards]).to.satisfy(([m, s]: [number, number]) => m <= 256 && s <= 256);
  });
});
