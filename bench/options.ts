import { parseArgs } from 'node:util';

/** How long and how hard to measure. */
export interface Options {
  readonly rounds: number;
  /** How long each turn of a round lasts. */
  readonly seconds: number;
  /** How many requests are asked in the turn before the first round: by then, the compiler has done what it does. */
  readonly warmUp: number;
  readonly connections: number;
  /** How many requests the part about memory asks. */
  readonly requests: number;
  /** How many burns the ledger holds in the end, in the parts that fill it. */
  readonly burns: number;
}

export interface CommandLine {
  readonly options: Options;
  readonly parts: readonly string[];
  /** Where to write the numbers, too. */
  readonly json: string | undefined;
}

/** What may be written on the command line. */
export interface KnownParts {
  readonly quick: readonly string[];
  readonly slow: readonly string[];
}

/** What is written on a command line. Throws an Error that says how to write it. */
export function parseCommandLine(args: readonly string[], { quick, slow }: KnownParts): CommandLine {
  const every = [...quick, ...slow];
  const usage =
    'usage: npm run bench -- [all | parts…] [--rounds 9] [--seconds 0.5] [--warm-up 3000] [--connections 50]\n' +
    '                        [--requests 1000000] [--burns 10000000] [--json FILE]\n' +
    `parts: ${every.join(' ')}\nwithout any: ${quick.join(' ')}`;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '9' },
      seconds: { type: 'string', default: '0.5' },
      'warm-up': { type: 'string', default: '3000' },
      connections: { type: 'string', default: '50' },
      requests: { type: 'string', default: '1000000' },
      burns: { type: 'string', default: '10000000' },
      json: { type: 'string' },
    },
  });
  const unknown = positionals.filter((part) => part !== 'all' && !every.includes(part));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}\n${usage}`);
  const between = (min: number, max: number, name: string, text: string): number => {
    const value = Number(text);
    const isFit = Number.isInteger(value) || name === 'seconds';
    if (text !== '' && isFit && value >= min && value <= max) return value;
    throw new Error(`--${name} must be a number from ${min} to ${max}\n${usage}`);
  };
  const wanted = positionals.includes('all') ? every : positionals.length > 0 ? positionals : quick;
  return {
    options: {
      rounds: between(1, 1000, 'rounds', values.rounds),
      seconds: between(0.05, 60, 'seconds', values.seconds),
      warmUp: between(1, 1e6, 'warm-up', values['warm-up']),
      connections: between(1, 1000, 'connections', values.connections),
      requests: between(100, 1e9, 'requests', values.requests),
      burns: between(100, 1e9, 'burns', values.burns),
    },
    parts: every.filter((part) => wanted.includes(part)),
    json: values.json,
  };
}
