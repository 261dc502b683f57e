import { expect } from 'chai';
import fc from 'fast-check';
import { PATIENCE_MS } from '../support/patience.ts';
import { SOAKS } from '../support/soak.ts';
import { followModel } from './follows-model.ts';
import { assertProperty, isReplay, runsOr } from './replay.ts';
import { stepSequences } from './steps.ts';
import { MEMORY_RULES, memoryWorld } from './worlds.ts';

/** Every answer that the port can give, to every question. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  redeem: [
    ...['burned', 'held', 'released', 'already-burned', 'held-by-another'],
    ...['revoked', 'superseded', 'expired', 'void'],
  ],
  hold: [
    ...['burned', 'held', 'released', 'already-burned', 'held-by-another'],
    ...['revoked', 'superseded', 'expired', 'void'],
  ],
  commit: ['burned', 'released', 'unknown', 'void'],
  release: ['burned', 'released', 'unknown', 'void'],
  collect: ['collected', 'collected-by-another', 'unknown', 'void'],
  revoke: ['revoked', 'superseded', 'already-burned', 'expired', 'void'],
  inspect: ['burned', 'held', 'revoked', 'superseded', 'unrecorded', 'void'],
  'register-again': ['registered', 'not-registered'],
};

describe('the memory ledger, in any order of events', function () {
  this.timeout(PATIENCE_MS);
  it('answers as the model does, with everything that can be answered', async () => {
    const told = new Set<string>();
    const property = fc.asyncProperty(stepSequences(MEMORY_RULES), async (steps) => {
      for (const each of await followModel(steps, memoryWorld())) told.add(each);
    });
    await assertProperty(property, { runs: runsOr(SOAKS ? 2500 : 1000) });
    if (isReplay()) return;
    const all = Object.entries(ANSWERS).flatMap(([step, answers]) =>
      answers.map((each) => `${step}: ${each}`),
    );
    const hasAll = () => all.every((each) => told.has(each));
    // What is rare may not have come up yet.
    for (let more = 0; more < 10 && !hasAll(); more++) await assertProperty(property, { runs: 500 });
    expect(told).to.include.all.keys(...all);
  });
});
