import { parseArgs } from 'node:util';

/** How long and how hard to measure. */
export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

const USAGE = 'usage: npm run bench -- [--rounds 7] [--seconds 2] [--connections 50]';

/** The options of a command line. Throws an Error that says how to write them. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '2' },
      connections: { type: 'string', default: '50' },
    },
  });
  return {
    rounds: between(1, 1000, 'rounds', values.rounds),
    seconds: between(1, 60, 'seconds', values.seconds),
    connections: between(1, 1000, 'connections', values.connections),
  };
}

function between(min: number, max: number, name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}\n${USAGE}`);
}
