import type { Frozen, Thawed } from '../redis/freeze.ts';
import { EXIT } from './failure.ts';

interface Report {
  readonly text: string;
  readonly exitCode: number;
  /** For programs. Absent if everything was done. */
  readonly error?: { readonly code: string; readonly message: string; readonly again?: string };
}

/** The command that thaws these shards, or all. */
type Thawing = (shards?: readonly number[]) => string;

export function freezeReport({ frozen, otherTicket, sinceMs, untilMs }: Frozen, thawing: Thawing): Report {
  const [since, until] = [sinceMs, untilMs].map((ms) => new Date(ms).toISOString());
  if (otherTicket.length === 0) {
    const text = `Frozen until ${until}. Restart now, keeping the data; then: ${thawing()}\n`;
    return { text, exitCode: 0 };
  }
  const lines = [
    `Shards ${otherTicket.join(', ')} stay frozen under another ticket, since ${since} and until ${until} at the latest.`,
  ];
  if (frozen.length > 0) {
    lines.push(`Shards ${frozen.join(', ')} are frozen now. To undo it: ${thawing(frozen)}`);
  }
  const error = { code: 'frozen_already', message: lines[0] ?? '' };
  return { text: `${lines.join('\n')}\n`, exitCode: EXIT.refused, error };
}

/** One line for each shard, and what to do about those that were not thawed. */
export function thawReport(
  thawed: Thawed,
  thawing: (shards: readonly number[], ...more: readonly string[]) => string,
): Report {
  const { untouched, unknown, otherTicket, notFrozen } = thawed;
  const states: readonly (readonly [number, string])[] = [
    ...thawed.thawed.map((shard) => [shard, 'thawed: its outstanding tokens go on'] as const),
    ...otherTicket.map((shard) => [shard, 'not thawed: it is frozen under another ticket'] as const),
    ...notFrozen.map((shard) => [shard, NOT_FROZEN] as const),
    ...untouched.map(({ shard, why }) => [shard, `not thawed, nothing was changed: ${why}`] as const),
    ...unknown.map(({ shard }) => [shard, 'UNKNOWN: it was asked, and the answer was lost'] as const),
  ];
  const lines = states.toSorted(([a], [b]) => a - b).map(([shard, state]) => `shard ${shard}  ${state}`);
  if (untouched.length > 0) {
    const again = thawing(untouched.map(({ shard }) => shard));
    lines.push('', `You can ask again for what was not changed: ${again}`);
  }
  const asking = unknown.map(({ shard, askedAt }) => ({
    shard,
    again: thawing([shard], '--at', `${askedAt.runId}.${askedAt.replicationId}`),
  }));
  for (const { shard, again } of asking) lines.push('', ...whatToCheck(shard, again));
  const text = `${lines.join('\n')}\n`;
  if (unknown.length > 0) {
    const again = asking.map((each) => each.again).join('\n');
    const error = { code: 'unknown', message: 'Whether every shard was thawed is unknown.', again };
    return { text, exitCode: EXIT.unknown, error };
  }
  if (states.length === thawed.thawed.length) return { text, exitCode: EXIT.done };
  const error = { code: 'not_thawed', message: 'Not every shard was thawed.' };
  return { text, exitCode: EXIT.refused, error };
}

const NOT_FROZEN =
  'not thawed: it was not frozen. It was thawed before, its freeze has run out, or the data was not kept; the last two void its tokens';

function whatToCheck(shard: number, again: string): readonly string[] {
  return [
    `Shard ${shard} may be thawed. You can ask again at the server that was asked, and at no other:`,
    `  ${again}`,
    'If another server has the shard by now, this changes nothing and says so. Do not thaw that one: it may lack what',
    'was burned since, and would let tokens be used twice. Its freeze gives up by itself; then what was outstanding in',
    'the shard is void.',
  ];
}
