import { collectedTwice, doubles, redemptions, revived, unsettled } from './promises.ts';
import type { SeededRandom } from './random.ts';
import { attemptsAt, burnedBy, type TriedToken } from './token.ts';
import { newAttempt, PURPOSES, pause, type Workload } from './workload.ts';

/** Clients that mint, redeem, hold, revoke, collect and try every token again and again, until they are stopped. */
export interface ChaosClients {
  /** Tokens that were minted and redeemed, and those that must not have been. */
  findings(): Findings;
  stop(): Promise<void>;
}

export interface Findings {
  readonly minted: number;
  readonly redeemed: number;
  readonly doubles: readonly TriedToken[];
  readonly revived: readonly TriedToken[];
  readonly unsettled: readonly TriedToken[];
  readonly collectedTwice: number;
}

export interface ChaosClientOptions {
  readonly clients: number;
  /** Of those who go through all tokens over and over. */
  readonly sweepers?: number;
  readonly onlyBurns?: boolean;
  /** Others are let alone. */
  readonly mayTouch?: (token: TriedToken) => boolean;
  /** Beyond so many, none is minted. */
  readonly mostTokens?: number;
}

/** Beyond so many, the oldest are judged and let go. */
const REMEMBERED_TOKENS = 6000;
const HOLD_SECONDS = [1, 30];
const SUBJECTS = 40;
/** Of all acts. So few that no shard is told of 64 newer ones while the tokens of a key are remembered here. */
const KEYS_REVOKED = 0.001;

export function startChaosClients(
  workload: Workload,
  random: SeededRandom,
  options: ChaosClientOptions,
): ChaosClients {
  const { clients, sweepers = 2, onlyBurns = false, mayTouch = () => true } = options;
  const { mostTokens = Number.POSITIVE_INFINITY } = options;
  let isOver = false;
  let keys = 0;
  let past: Findings = judged([]);

  const anyInstance = () => random.pick(random.next() < 0.9 ? workload.serving : workload.instances);
  const anyToken = () => {
    const { tokens } = workload;
    if (tokens.length === 0) return undefined;
    const newest = random.next() < 0.5 ? Math.min(100, tokens.length) : tokens.length;
    const token = tokens[tokens.length - random.whole(1, newest)];
    return token && mayTouch(token) ? token : undefined;
  };
  const anySubject = () => `subject-${random.whole(0, SUBJECTS - 1)}`;
  const signing = () => `chaos-${keys}`;
  const anyPurpose = () => random.pick(PURPOSES);

  async function act(client: number): Promise<boolean> {
    const instance = anyInstance();
    const dice = onlyBurns ? random.next() * 0.75 : random.next();
    if (dice < 0.2 && workload.tokens.length < mostTokens) {
      if (onlyBurns) return (await workload.mint(instance)) !== undefined;
      const uses = random.next() < 0.8 ? 1 : random.whole(2, 4);
      return (await workload.mint(instance, { uses, purpose: anyPurpose(), kid: signing() })) !== undefined;
    }
    if (dice < 0.75) return tryToken(anyToken());
    if (dice < 0.85) return holdAndSettle(anyToken());
    if (dice < 0.9) return collect(anyToken());
    if (dice < 0.95) {
      const token = anyToken();
      return token === undefined || workload.revoke(token, instance);
    }
    if (dice < 0.96) return workload.revokeSubject(anySubject(), instance);
    if (dice < 0.97) return workload.revokeSubject(anySubject(), instance, anyPurpose());
    if (dice < 0.97 + KEYS_REVOKED) {
      const kid = signing();
      keys++;
      return workload.revokeKey(kid, instance);
    }
    if (workload.tokens.length >= mostTokens) return true;
    const live = random.whole(1, 2);
    return (await workload.mintLimited(`limited-${live}-${client}`, live, instance)) !== undefined;
  }

  async function tryToken(token: TriedToken | undefined): Promise<boolean> {
    if (!token) return true;
    const earlier = attemptsAt(token);
    const attempt = earlier.length > 0 && random.next() < 0.2 ? random.pick(earlier) : undefined;
    const tries = Array.from({ length: attempt ? 1 : random.whole(1, 3) }, () =>
      workload.redeem(token, { instance: anyInstance(), ...(attempt ? { attempt } : {}) }),
    );
    return !(await Promise.all(tries)).includes('no-answer');
  }

  async function holdAndSettle(token: TriedToken | undefined): Promise<boolean> {
    if (!token) return true;
    const attempt = newAttempt();
    const holdSeconds = random.pick(HOLD_SECONDS);
    const outcome = await workload.redeem(token, { instance: anyInstance(), attempt, holdSeconds });
    if (outcome !== 'held' && outcome !== 'no-answer') return true;
    const how = random.pick(['commit', 'release', 'neither'] as const);
    if (how === 'neither') return outcome === 'held';
    return (await workload.settle(token, attempt, how, anyInstance())) !== 'no-answer';
  }

  async function collect(token: TriedToken | undefined): Promise<boolean> {
    const burned = token ? burnedBy(token) : [];
    if (!token || burned.length === 0) return true;
    return workload.collect(token, random.pick(burned), anyInstance());
  }

  function judged(tokens: readonly TriedToken[]): Findings {
    return {
      minted: tokens.length,
      redeemed: tokens.filter((token) => redemptions(token).length > 0).length,
      doubles: doubles(tokens),
      revived: revived(tokens, workload.hearsay.isOnTheOtherSide),
      unsettled: unsettled(tokens),
      collectedTwice: collectedTwice(tokens),
    };
  }

  async function client(number: number): Promise<void> {
    while (!isOver) {
      const isAnswered = await act(number);
      if (number === 0) past = together(past, judged(workload.retire(REMEMBERED_TOKENS)));
      await pause(isAnswered ? 1 : 10);
    }
  }

  async function sweep(): Promise<void> {
    while (!isOver) {
      for (const token of workload.tokens.filter(mayTouch)) {
        if (isOver) return;
        const outcome = await workload.redeem(token, { instance: anyInstance() });
        if (outcome === 'no-answer') await pause(10);
      }
      await pause(1);
    }
  }

  const ended = Promise.all([
    ...Array.from({ length: sweepers }, sweep),
    ...Array.from({ length: clients }, (_, number) => client(number)),
  ]);
  return {
    findings: () => together(past, judged(workload.tokens)),
    stop: async () => {
      isOver = true;
      await ended;
    },
  };
}

function together(some: Findings, more: Findings): Findings {
  return {
    minted: some.minted + more.minted,
    redeemed: some.redeemed + more.redeemed,
    doubles: [...some.doubles, ...more.doubles],
    revived: [...some.revived, ...more.revived],
    unsettled: [...some.unsettled, ...more.unsettled],
    collectedTwice: some.collectedTwice + more.collectedTwice,
  };
}
