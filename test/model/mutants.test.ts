import { expect } from 'chai';
import fc from 'fast-check';
import { PATIENCE_MS } from '../support/patience.ts';
import { followModel } from './follows-model.ts';
import { MUTANTS } from './mutants.ts';
import { stepSequences } from './steps.ts';
import { MEMORY_RULES, memoryWorld } from './worlds.ts';

/** Many times what the weakness takes that is found least often: one of about a hundred. */
const MOST_RUNS = 4000;

describe('the model catches a ledger that', function () {
  this.timeout(PATIENCE_MS);
  for (const [name, open] of Object.entries(MUTANTS)) {
    it(name, async () => {
      const sequences = stepSequences(MEMORY_RULES);
      const property = fc.asyncProperty(sequences, async (steps) => {
        await followModel(steps, memoryWorld(open));
      });
      const { failed, error } = await caught(property);
      expect(failed).to.equal(true);
      expect(error).to.match(/the model says/);
    });
  }
});

async function caught(property: fc.IAsyncPropertyWithHooks<unknown>) {
  const details = await fc.check(property, { numRuns: MOST_RUNS, endOnFailure: true });
  const { errorInstance } = details;
  return { ...details, error: errorInstance instanceof Error ? errorInstance.message : '' };
}
