import { isOneOf } from '../callers/audience.ts';
import type { Caller } from '../callers/caller.ts';
import { isScoped } from '../callers/scope.ts';
import type { InputProblem } from '../errors.ts';
import type { Purposes } from '../token/purpose.ts';

/** What callers cannot do, although the file reads as if they could: nothing is refused for it, the start says so. */
export function callerWarnings(
  callers: readonly Caller[],
  purposes: Purposes,
  nowMs: number,
): readonly InputProblem[] {
  return callers
    .filter(({ isDisabled }) => !isDisabled)
    .flatMap((caller) => [
      ...expired(caller, nowMs),
      ...withoutRights(caller),
      ...unredeemable(caller, purposes),
    ]);
}

function expired({ name, expiresAtMs }: Caller, nowMs: number): readonly InputProblem[] {
  if (expiresAtMs === undefined || nowMs < expiresAtMs) return [];
  const since = new Date(expiresAtMs).toISOString();
  return [
    { path: `callers.${name}.expires`, message: `The keys of this caller are refused since ${since}.` },
  ];
}

function withoutRights(caller: Caller): readonly InputProblem[] {
  const { name, mint, redeem, s3, inspect, revoke, operator } = caller;
  const mayDo = [mint.size > 0, redeem.size > 0, s3.size > 0, isScoped(inspect), isScoped(revoke), operator];
  if (mayDo.some(Boolean)) return [];
  return [
    { path: `callers.${name}`, message: 'This caller has no rights: give it mint, redeem or another.' },
  ];
}

/** Purposes whose tokens it may redeem, but that are for others than the audiences that it is. */
function unredeemable(caller: Caller, purposes: Purposes): readonly InputProblem[] {
  const { name, audiences, redeem } = caller;
  if (!audiences) return [];
  const path = `callers.${name}.audience`;
  if (redeem.size === 0) {
    return [{ path, message: 'This has no effect, because the caller may redeem nothing.' }];
  }
  return [...purposes.values()]
    .filter((purpose) => redeem.has(purpose.name) && !isOneOf(caller, purpose.audiences))
    .map((purpose) => ({
      path,
      message: `The caller cannot redeem ${purpose.name}, which is for ${purpose.audiences.join(', ')}.`,
    }));
}
