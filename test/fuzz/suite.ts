import { expect } from 'chai';
import fc from 'fast-check';
import { cleanupAfter } from '../support/cleanup.ts';
import { anyOf, SOAKS } from '../support/soak.ts';
import type { OpenTarget, Target } from './target.ts';

/** One seed, so that the suite does the same every time. Fresh ones are for `npm run fuzz`. */
const SEED = 20_261_107;

/** The product with one thing broken, and what the oracle must say of it. */
export interface Mutant<Subject> {
  readonly of: (subject: Subject) => Subject;
  readonly found: RegExp;
}

/** Fuzzes a target for a moment, and shows for half of the mutants, others in each run, that the target's oracle bites. */
export function fuzzes<Subject>(
  target: Target<Subject>,
  mutants: Readonly<Record<string, Mutant<Subject>>>,
): void {
  describe(`fuzzing: ${target.name}`, () => {
    const onClose = cleanupAfter(after);
    let opened: OpenTarget<Subject>;
    before(async () => {
      opened = await target.open(onClose);
    });
    const runs = { seed: SEED, numRuns: target.suiteRuns };

    it('finds nothing', async () => {
      const numRuns = SOAKS ? runs.numRuns : Math.ceil(runs.numRuns / 2);
      await fc.assert(opened.property(opened.subject), { ...runs, numRuns, includeErrorInReport: true });
      await opened.settle?.();
    });

    const all = Object.entries(mutants);
    for (const [what, { of, found }] of anyOf(all, Math.ceil(all.length / 2))) {
      it(`would find ${what}`, async () => {
        const property = opened.property(of(opened.subject));
        const { failed, errorInstance } = await fc.check(property, { ...runs, endOnFailure: true });
        expect(failed, 'it was found').to.equal(true);
        expect(String(errorInstance)).to.match(found);
      });
    }
  });
}
