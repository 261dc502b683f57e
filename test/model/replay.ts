import fc from 'fast-check';

/**
 * Checks a property, and says how to replay what fails: `MODEL_SEED` and `MODEL_PATH`, with mocha's `-g`
 * for the one test. `MODEL_RUNS` is how many runs a property makes instead of its own number; long runs need mocha's `--timeout 0`.
 * A property whose every run takes seconds does without shrinking: its first failure is the report.
 */
export async function assertProperty<Values>(
  property: fc.IAsyncPropertyWithHooks<Values>,
  { runs, shrinks = true }: { readonly runs: number; readonly shrinks?: boolean },
): Promise<void> {
  await fc.assert(property, {
    numRuns: runs,
    includeErrorInReport: true,
    endOnFailure: !shrinks,
    ...replayed(),
    asyncReporter: async (details) => {
      if (!details.failed) return;
      const replay = `MODEL_SEED=${details.seed} MODEL_PATH=${details.counterexamplePath ?? ''}`;
      const { errorInstance: error } = details;
      const report = shrinks
        ? await fc.asyncDefaultReportMessage(details)
        : error instanceof Error && error.message;
      throw new Error(`Replay with ${replay}\n${report}`);
    },
  });
}

/** A replay of one failure, which need not show what many runs show. */
export function isReplay(): boolean {
  return Boolean(process.env.MODEL_PATH);
}

/** The seed of everything that is random in a test that cannot be replayed step by step. */
export function modelSeed(): number {
  return numberFrom('MODEL_SEED') ?? Math.floor(Math.random() * 2 ** 31);
}

export function runsOr(runs: number): number {
  return numberFrom('MODEL_RUNS') ?? runs;
}

function replayed(): { seed?: number; path?: string } {
  const seed = numberFrom('MODEL_SEED');
  const path = process.env.MODEL_PATH;
  return { ...(seed === undefined ? {} : { seed }), ...(path ? { path } : {}) };
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new TypeError(`${name} is not a whole number`);
  return number;
}
