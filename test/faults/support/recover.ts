import { type Instance, pause, type Workload } from './workload.ts';

const PATIENCE_MS = 30_000;
const FRESH_TOKENS = 12;

/** Whether the instance comes to redeem fresh tokens of many subjects, by itself, in time. */
export async function redeemsFresh(
  workload: Workload,
  instance: Instance,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  const began = performance.now();
  for (let good = 0; good < FRESH_TOKENS; ) {
    if (performance.now() - began > patienceMs) return false;
    const token = await workload.mint(instance);
    if (token && (await workload.redeem(token, { instance })) === 'burned') good++;
    else await pause(20);
  }
  return true;
}
