import type { SeededRandom } from './random.ts';
import { doubles, redemptions, revived, type TriedToken } from './token.ts';
import { newAttempt, pause, type Workload } from './workload.ts';

/** Clients that mint, redeem, hold, revoke and try every token again and again, until they are stopped. */
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
}

/** Beyond so many, the oldest are judged and let go. */
const REMEMBERED_TOKENS = 6000;
const HOLD_SECONDS = 30;

export function startChaosClients(
  workload: Workload,
  random: SeededRandom,
  { clients, onlyBurns = false }: { readonly clients: number; readonly onlyBurns?: boolean },
): ChaosClients {
  let isOver = false;
  let past: Findings = { minted: 0, redeemed: 0, doubles: [], revived: [] };

  const anyInstance = () => random.pick(random.next() < 0.9 ? workload.serving : workload.instances);
  const anyToken = () => {
    const { tokens } = workload;
    if (tokens.length === 0) return undefined;
    const newest = random.next() < 0.5 ? Math.min(100, tokens.length) : tokens.length;
    return tokens[tokens.length - random.whole(1, newest)];
  };

  async function act(client: number): Promise<boolean> {
    const instance = anyInstance();
    const dice = onlyBurns ? random.next() * 0.8 : random.next();
    if (dice < 0.2) {
      const uses = onlyBurns || random.next() < 0.8 ? 1 : random.whole(2, 4);
      return (await workload.mint(instance, { uses })) !== undefined;
    }
    if (dice < 0.8) return tryToken(anyToken());
    if (dice < 0.9) return holdAndSettle(anyToken());
    if (dice < 0.95) {
      const token = anyToken();
      return token === undefined || workload.revoke(token, instance);
    }
    if (dice < 0.97) return workload.revokeSubject(`subject-${random.whole(0, 39)}`, instance);
    return (await workload.mintOnly(`limited-${client}`, instance)) !== undefined;
  }

  async function tryToken(token: TriedToken | undefined): Promise<boolean> {
    if (!token) return true;
    const before =
      token.tries.length > 0 && random.next() < 0.2 ? random.pick(token.tries).attempt : undefined;
    const tries = Array.from({ length: before ? 1 : random.whole(1, 3) }, () =>
      workload.redeem(token, { instance: anyInstance(), ...(before ? { attempt: before } : {}) }),
    );
    return !(await Promise.all(tries)).includes('no-answer');
  }

  async function holdAndSettle(token: TriedToken | undefined): Promise<boolean> {
    if (!token) return true;
    const attempt = newAttempt();
    const outcome = await workload.redeem(token, {
      instance: anyInstance(),
      attempt,
      holdSeconds: HOLD_SECONDS,
    });
    if (outcome !== 'held' && outcome !== 'no-answer') return true;
    const how = random.pick(['commit', 'release'] as const);
    return (await workload.settle(token, attempt, how, anyInstance())) !== 'no-answer';
  }

  function judge(tokens: readonly TriedToken[]): Findings {
    return {
      minted: past.minted + tokens.length,
      redeemed: past.redeemed + tokens.filter((token) => redemptions(token).length > 0).length,
      doubles: [...past.doubles, ...doubles(tokens)],
      revived: [...past.revived, ...revived(tokens)],
    };
  }

  async function client(number: number): Promise<void> {
    while (!isOver) {
      const isAnswered = await act(number);
      if (number === 0) past = judge(workload.retire(REMEMBERED_TOKENS));
      await pause(isAnswered ? 1 : 10);
    }
  }

  /** Goes through all tokens, from the oldest to the newest, over and over. */
  async function sweep(): Promise<void> {
    while (!isOver) {
      for (const token of [...workload.tokens]) {
        if (isOver) return;
        const outcome = await workload.redeem(token, { instance: anyInstance() });
        if (outcome === 'no-answer') await pause(10);
      }
      await pause(1);
    }
  }

  const ended = Promise.all([
    sweep(),
    sweep(),
    ...Array.from({ length: clients }, (_, number) => client(number)),
  ]);
  return {
    findings: () => judge(workload.tokens),
    stop: async () => {
      isOver = true;
      await ended;
    },
  };
}
