import { type Profiler, Session } from 'node:inspector';

/**
 * How often any block of code was entered while this was done, as V8 counts for coverage: a measure of work that
 * is the same on every machine and however busy it is. What runs inside of V8 itself is not counted.
 */
export function countOperations(act: () => unknown): number {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    act();
    let counted: Profiler.TakePreciseCoverageReturnType | undefined;
    session.post('Profiler.takePreciseCoverage', (error, result) => {
      if (error) throw error;
      counted = result;
    });
    const ranges = counted?.result.flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
    if (!ranges?.length) throw new Error('V8 counted nothing');
    return ranges.reduce((sum, { count }) => sum + count, 0);
  } finally {
    session.disconnect();
  }
}
