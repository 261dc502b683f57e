import { burnedBy, heldBy, releasedBy, type TriedToken } from './token.ts';
import { type Instance, newAttempt, type Workload } from './workload.ts';

const AT_ONCE = 40;

/**
 * Asks again for everything that was acknowledged. Every hold is ended by its attempt; every attempt that burned
 * a use tries to give it back, and every one that gave one back tries to have it; and then strangers try every
 * token at every instance, and collect what was burned. None of this may lead to anything that was not there.
 */
export async function askAgain(workload: Workload, tokens: readonly TriedToken[]): Promise<void> {
  await inTurns(tokens, async (token) => {
    for (const [index, attempt] of heldBy(token).entries()) {
      await workload.settleSurely(token, attempt, index % 2 === 0 ? 'release' : 'commit');
    }
    for (const attempt of burnedBy(token)) await workload.settleSurely(token, attempt, 'release');
    for (const attempt of releasedBy(token)) await workload.redeemSurely(token, { attempt });
  });
  await tryAtEvery(workload, tokens);
  await workload.collectEverywhere(tokens);
}

/** Strangers try every token: at those instances that serve until they are answered, at the others once. */
export async function tryAtEvery(workload: Workload, tokens: readonly TriedToken[]): Promise<void> {
  const others = workload.instances.filter((instance) => !workload.serving.includes(instance));
  await Promise.all([
    workload.tryEverywhere(tokens),
    ...others.map((instance) => tryOnceAt(workload, tokens, instance)),
  ]);
}

async function tryOnceAt(
  workload: Workload,
  tokens: readonly TriedToken[],
  instance: Instance,
): Promise<void> {
  // One that leads nowhere would let each question wait for its time-out.
  if (!(await workload.listen(instance))) return;
  await inTurns(tokens, (token) => workload.redeem(token, { instance, attempt: newAttempt() }));
}

async function inTurns(
  tokens: readonly TriedToken[],
  ask: (token: TriedToken) => Promise<unknown>,
): Promise<void> {
  for (let next = 0; next < tokens.length; next += AT_ONCE) {
    await Promise.all(tokens.slice(next, next + AT_ONCE).map(ask));
  }
}
