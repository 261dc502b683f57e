import type { ServerIdentity } from '../redis/freeze.ts';
import { duration } from '../settings/duration.ts';

/** Wrong usage. The message is for the person at the terminal. */
export class UsageError extends Error {}

/** How long a freeze lasts. Throws a UsageError. */
export function parseSeconds(text: string): number {
  const parsed = duration({ least: 1, most: 3600, range: '1s to 60m', example: '5m' }).safeParse(text);
  if (!parsed.success) throw new UsageError('--for takes 1s to 60m.');
  return parsed.data;
}

/** The server that `--at` names. Throws a UsageError. */
export function parseServer(text: string): ServerIdentity {
  const [, runId, replicationId] = /^([0-9a-f]{40})\.([0-9a-f]{40})$/.exec(text) ?? [];
  if (!runId || !replicationId)
    throw new UsageError(
      '--at takes what thaw printed: a run_id and a master_replid with a dot between them.',
    );
  return { runId, replicationId };
}

/** The shards that `--shards` names, of so many. Throws a UsageError. */
export function parseShards(text: string, count: number): readonly number[] {
  const shards = text.split(',').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : count));
  if (shards.some((shard) => shard >= count))
    throw new UsageError(`--shards takes numbers from 0 to ${count - 1}: 0,2`);
  return [...new Set(shards)];
}

/** A whole number of an option. Throws a UsageError. */
export function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} takes a whole number.`);
  return Number(text);
}

/** A JSON object of an option. Throws a UsageError, which does not quote it. */
export function parseObject(option: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new UsageError(`${option} takes a JSON object, such as '{"key":"report.pdf"}'.`);
}
