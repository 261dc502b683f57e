import { short } from './report.ts';
import {
  type Inputs,
  LIFETIME_SECONDS,
  LOAD,
  needed,
  REMEMBERED_SECONDS,
  redisUs,
  shareOfFullest,
  WORKERS,
} from './scale-model.ts';
import { MOST_SHARDS, mostShardsOfAMaster } from './slots.ts';

const RATES = [1e3, 1e5, 1e7];
const MASTERS = [1, 2, 3, 6, 12, 24, 48];
const SHARDS = [4, 16, 64, 256];
const SOON_SECONDS = 60;

/** The tables of docs/scale.md by the names under which they stand there. */
export function scaleTables(inputs: Inputs): Readonly<Record<string, string>> {
  return {
    inputs: inputsTable(inputs),
    rates: ratesTable(inputs),
    shards: shardsTable(),
    failover: failoverTable(inputs),
  };
}

function inputsTable(inputs: Inputs): string {
  const us = (value: number) => `${short(value)} µs`;
  return markdown(
    ['measured', `in ${inputs.version}`],
    [
      ['CPU of the service for a mint', us(inputs.mintUs)],
      ['CPU of the service for a redemption', us(inputs.redeemUs)],
      ['CPU of Redis for a mint', us(inputs.redisMintUs)],
      ['CPU of Redis for a redemption', us(inputs.redisRedeemUs)],
      ['script time of a burn with its record, by the clock', us(inputs.scriptUs)],
      [
        'CPU of Redis for a burn in a Cluster of three masters, relative to one master',
        short(inputs.clusterFactor),
      ],
      ['memory of a burn', `${short(inputs.bytesPerBurn)} bytes`],
      [
        `what ${WORKERS} workers carry, relative to ${WORKERS} times what one carries`,
        `${short(inputs.workersShare * 100)} %`,
      ],
      [
        'a master at half load: mints a second, and as many redemptions',
        whole((LOAD * 1e6) / redisUs(1, inputs)),
      ],
      [
        `an instance of ${WORKERS} workers at half load: mints a second, and as many redemptions`,
        whole((LOAD * 1e6 * WORKERS * inputs.workersShare) / (inputs.mintUs + inputs.redeemUs)),
      ],
    ],
  );
}

function ratesTable(inputs: Inputs): string {
  const rows = RATES.map((rate) => {
    const { instances, ledgers, masters, shards, gigabytes } = needed(rate, inputs);
    return [
      whole(rate),
      whole(instances),
      whole(ledgers),
      whole(masters),
      whole(shards),
      `${short(gigabytes)} GB`,
    ];
  });
  return markdown(
    [
      'redemptions a second',
      `instances of ${WORKERS} workers`,
      'ledgers',
      'masters of each',
      '`ledger.shards`',
      'memory of the fullest master, for burns',
    ],
    rows,
  );
}

/** What the master with the most has: as drawn by the slots, and as placed by hand. */
function shardsTable(): string {
  const rows = MASTERS.map((masters) => [
    whole(masters),
    ...SHARDS.map((shards) => {
      if (shards < masters) return '–';
      const [drawn, placed] = [mostShardsOfAMaster(shards, masters), Math.ceil(shards / masters)];
      return `${drawn} (${short(shards / drawn)}×), by hand ${placed} (${short(shards / placed)}×)`;
    }),
  ]);
  return markdown(['masters', ...SHARDS.map((shards) => `${shards} shards`)], rows);
}

function failoverTable(inputs: Inputs): string {
  const rows = RATES.map((rate) => {
    const { ledgers, masters, shards } = needed(rate, inputs);
    const share = shareOfFullest(masters, shards) / ledgers;
    return [
      whole(rate),
      `${whole(Math.ceil(shards / masters))} of ${whole(shards * ledgers)}`,
      `${short(share * 100)} %`,
      whole(rate * SOON_SECONDS * share),
      whole(rate * LIFETIME_SECONDS * share),
    ];
  });
  return markdown(
    [
      'redemptions a second',
      'epochs that end with the fullest master',
      'their share of the outstanding tokens',
      `void tokens, if each waits ${SOON_SECONDS} s for its redemption`,
      `void tokens at most, with lifetimes of ${LIFETIME_SECONDS / 60} min`,
    ],
    rows,
  );
}

/** What the tables assume, in one line. */
export const ASSUMPTIONS =
  `Half load; one mint for each redemption; lifetimes of ${LIFETIME_SECONDS / 60} min, and ` +
  `${REMEMBERED_SECONDS / 60} min of memory after them; slots placed by hand; at most ${MOST_SHARDS} shards.`;

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
