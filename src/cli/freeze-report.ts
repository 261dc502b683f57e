import type { Frozen, Thawed } from '../redis/freeze.ts';
import { EXIT } from './failure.ts';

interface Report {
  readonly text: string;
  readonly exitCode: number;
}

export function freezeReport({ frozen, otherTicket, sinceMs, untilMs }: Frozen, ticket: string): Report {
  const [since, until] = [sinceMs, untilMs].map((ms) => new Date(ms).toISOString());
  if (otherTicket.length === 0) {
    const text = `Frozen until ${until}. Restart now, keeping the data; then: matchstick thaw ${ticket}\n`;
    return { text, exitCode: 0 };
  }
  const lines = [
    `Shards ${otherTicket.join(', ')} stay frozen under another ticket, since ${since} and until ${until} at the latest.`,
  ];
  if (frozen.length > 0) {
    lines.push(`Shards ${frozen.join(', ')} are frozen now. To undo it: ${thawCommand(ticket, frozen)}`);
  }
  return { text: `${lines.join('\n')}\n`, exitCode: 1 };
}

/** One line for each shard, and what to do about those that were not thawed. */
export function thawReport(thawed: Thawed, ticket: string): Report {
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
    const again = thawCommand(
      ticket,
      untouched.map(({ shard }) => shard),
    );
    lines.push('', `You can ask again for what was not changed: ${again}`);
  }
  for (const each of unknown) lines.push('', ...whatToCheck(each, ticket));
  const isWhole = states.length === thawed.thawed.length;
  return { text: `${lines.join('\n')}\n`, exitCode: unknown.length > 0 ? EXIT.unknown : isWhole ? 0 : 1 };
}

const NOT_FROZEN =
  'not thawed: it was not frozen. It was thawed before, its freeze has given up, or the data was not kept; the last two void its tokens';

function whatToCheck({ shard, askedAt }: Thawed['unknown'][number], ticket: string): readonly string[] {
  return [
    `Shard ${shard} may be thawed. You can ask again at the server that was asked, and at no other:`,
    `  ${thawCommand(ticket, [shard])} --at ${askedAt.runId}.${askedAt.replicationId}`,
    'If another server has the shard by now, this changes nothing and says so. Do not thaw that one: it may lack what',
    'was burned since, and would let tokens be used twice. Its freeze gives up by itself; then what was outstanding in',
    'the shard is void.',
  ];
}

function thawCommand(ticket: string, shards: readonly number[]): string {
  return `matchstick thaw ${ticket} --shards ${shards.join(',')}`;
}
