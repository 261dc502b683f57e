import { withinTime } from '../contract/within-time.ts';
import type { LedgerClient } from './client.ts';
import { examineRedis, type Finding, type LedgerPlace } from './fitness.ts';

export interface FitnessWatch {
  /** What the newest look at the server that is connected now found; empty before the first that it answered. */
  findings(): readonly Finding[];
  /** Looks now. Rejects when a server gives no answer, or when the connection is another one afterwards. */
  look(): Promise<readonly Finding[]>;
  /** What a look now finds, if it is answered in that time and the newest one is not of this moment; else what is known. */
  lookWithin(milliseconds: number): Promise<readonly Finding[]>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const OF_THIS_MOMENT_MS = 500;

/** Looks at the server anew whenever a connection is made, since it may be another one, and until it answers. */
export function watchFitness(
  client: LedgerClient,
  place: LedgerPlace,
  onFindings: (findings: readonly Finding[]) => void,
): FitnessWatch {
  let connection = 0;
  let looks = 0;
  let newest: { readonly look: number; readonly findings: readonly Finding[] } = { look: 0, findings: [] };

  async function look(): Promise<readonly Finding[]> {
    const begun = { connection, look: ++looks };
    const findings = await examineRedis(client, place);
    if (begun.connection !== connection) throw new Error('the connection was lost during the look');
    if (begun.look > newest.look) {
      newest = { look: begun.look, findings };
      onFindings(findings);
    }
    return findings;
  }

  async function lookUntilAnswered(): Promise<void> {
    const mine = connection;
    for (
      let pauseMs = FIRST_PAUSE_MS;
      mine === connection;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    ) {
      const answered = await look().then(
        () => true,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  }

  client.on('ready', lookUntilAnswered);
  client.on('close', () => {
    connection++;
    newest = { look: looks, findings: [] };
  });
  let looking: Promise<unknown> | undefined;
  const forget = () => {
    looking = undefined;
  };
  return {
    findings: () => newest.findings,
    look,
    async lookWithin(milliseconds) {
      looking ??= look()
        .catch(() => {})
        .finally(() => setTimeout(forget, OF_THIS_MOMENT_MS).unref());
      const asked = looking;
      await withinTime(milliseconds, () => asked).catch(() => {});
      return newest.findings;
    },
  };
}
