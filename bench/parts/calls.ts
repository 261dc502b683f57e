import { randomBytes } from 'node:crypto';
import { makeDeployment, TEST_PURPOSES } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runRound, type Work } from '../load.ts';
import type { Options } from '../options.ts';
import { noted } from '../problems.ts';
import type { Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, type Limits, takeTurns } from '../rounds.ts';
import { PURPOSE, type Side, startProgramSide, startServiceSide } from '../side.ts';
import { CPU, measuredTurn, RATE } from '../turn.ts';
import { asking, atMost, minting, redeeming } from '../work.ts';

const BATCH = 100;
const LINKED = 'confirmation';
const PURPOSES = {
  ...TEST_PURPOSES,
  [LINKED]: { audience: 'https://app.example.test', lifetime: '15m', link: {} },
};
const CALLERS = {
  main: { mint: Object.keys(PURPOSES), redeem: Object.keys(PURPOSES), inspect: true, s3: ['reports'] },
};
const STORES = { reports: { bucket: 'acme-reports', region: 'eu-central-1' } };
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const REFERENCE = /"url":"[^"]*\/l\/([\w-]{22})"/;
/** So many links are there for each second of a turn; it ends early when they are pressed. */
const LINKS_PER_SECOND = 600;

/** The other calls of the service, against a mint or a redemption of the floor. */
export function calls(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const settings = { ledger: { redis: redis.url }, purposes: PURPOSES, stores: STORES };
    const deployment = await open(makeDeployment(settings, CALLERS));
    const service = await open(startServiceSide(deployment, { env: CREDENTIALS }));
    const floor = await open(startProgramSide('floor', deployment, redis.url));
    const { connections } = options;
    const measure = (side: Side, limits: Limits, work: Work, each = 1) =>
      measuredTurn({ side, redisPid: redis.process().pid, connections, limits, work, each });
    const floorTokens: string[] = [];
    const links: string[] = [];
    const against = (to: 'mint' | 'redeem', name: string, turn: Contestant['turn']) => ({
      ...{ name, to: `${to}, floor`, turn },
    });
    let key = 0;
    const contestants: readonly Contestant[] = [
      {
        name: 'mint, floor',
        turn: (limits) => {
          floorTokens.length = 0;
          return measure(floor, limits, minting(floor, floorTokens));
        },
      },
      {
        name: 'redeem, floor',
        turn: (limits) => measure(floor, limits, redeeming(floor, floorTokens, [])),
      },
      against('mint', `batch of ${BATCH}, each token`, (limits) =>
        measure(service, limits, asking('batch', 201, batchOf(service)), BATCH),
      ),
      against('redeem', 'inspect', async (limits) => {
        const [token = ''] = await supply(service, 1);
        const request = service.request('POST', '/v1/tokens/inspect', { token });
        return measure(
          service,
          limits,
          asking('inspect', 200, () => request),
        );
      }),
      against('mint', 'mint with a link', (limits) => {
        links.length = 0;
        return measure(service, limits, linking(service, links));
      }),
      against('redeem', 'open a link (GET)', (limits) => {
        const [link = ''] = links;
        return measure(
          service,
          limits,
          asking('open', 200, () => opening(service, link)),
        );
      }),
      against('redeem', "press a link's button (POST)", async (limits) => {
        const wanted = Math.ceil(Math.min(limits.requests, LINKS_PER_SECOND * limits.seconds)) - links.length;
        const rest = atMost(Math.max(0, wanted), linking(service, links));
        noted(service.name, await runRound(service.port, rest, { connections, seconds: 60 }));
        return measure(
          service,
          limits,
          asking('press', 200, () => pressing(service, links.pop())),
        );
      }),
      against('mint', 'sign for S3 (GET)', (limits) =>
        measure(
          service,
          limits,
          asking('sign', 201, () => signing(service, key++)),
        ),
      ),
    ];
    return takeTurns(contestants, options, [CPU, RATE]);
  });
}

function batchOf(side: Side): () => string {
  const order = (_: unknown, index: number) => ({ purpose: PURPOSE, subject: `user-${index}` });
  const request = side.request('POST', '/v1/tokens/batch', { tokens: Array.from({ length: BATCH }, order) });
  return () => request;
}

async function supply(side: Side, count: number): Promise<readonly string[]> {
  const tokens: string[] = [];
  const load = { connections: 1, seconds: 10 };
  noted(side.name, await runRound(side.port, atMost(count, minting(side, tokens)), load));
  return tokens;
}

function linking(side: Side, links: string[]): Work {
  return {
    next: () => side.request('POST', '/v1/tokens', { purpose: LINKED, subject: 'user-42' }),
    problemOf: ({ status, body }) => {
      const reference = REFERENCE.exec(body)?.[1];
      if (reference === undefined) return `mint with a link answered ${status}`;
      links.push(reference);
      return undefined;
    },
  };
}

function opening({ port }: Side, reference: string): string {
  return `GET /l/${reference} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
}

/** What the form of the page sends. */
function pressing({ port }: Side, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const body = `attempt=${randomBytes(16).toString('base64url')}`;
  return (
    `POST /l/${reference} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

function signing(side: Side, key: number): string {
  return side.request('POST', '/v1/s3/urls', {
    store: 'reports',
    operation: 'get',
    key: `42/report-${key}.pdf`,
  });
}
