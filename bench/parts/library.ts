import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import { CompactSign, compactVerify, generateKeyPair } from 'jose';
import { createMatchstick } from '../../src/index.ts';
import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import type { Options } from '../options.ts';
import type { Measured, Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, type Limits, takeTurns } from '../rounds.ts';
import { CPU, RATE } from '../turn.ts';

const AT_ONCE = 50;
const ISSUER = 'https://cap.example.test';
const AUDIENCE = 'https://app.example.test';
const PURPOSES = { reset: { audience: AUDIENCE, lifetime: '15m' } } as const;

/** The library in this process, against what jose takes to sign and verify alone, and node:crypto. */
export function library(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const { folder } = await open(makeDeployment());
    const base = { issuer: ISSUER, purposes: PURPOSES };
    const file = join(folder, 'library-keys.json');
    const inMemory = await open(createMatchstick(base));
    const inRedis = await open(createMatchstick({ ...base, ledger: { redis: redis.url }, keys: { file } }));
    return takeTurns(
      [...(await bareTurns()), ...turnsOf('memory', inMemory), ...turnsOf('Redis', inRedis)],
      options,
      [CPU, RATE],
    );
  });
}

/** What a token says, as the service writes it. */
function payload(): Buffer {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: ISSUER, aud: AUDIENCE, sub: 'user-42', jti: randomBytes(39).toString('base64url') },
    ...{ iat, exp: iat + 900, purpose: 'reset' },
  };
  return Buffer.from(JSON.stringify(claims));
}

async function bareTurns(): Promise<readonly Contestant[]> {
  const jose = await generateKeyPair('ES256');
  const node = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { alg: 'ES256', kid: '0123456789abcdef', typ: 'cap+jwt' };
  const joseSign = () => new CompactSign(payload()).setProtectedHeader(header).sign(jose.privateKey);
  const dsaEncoding = 'ieee-p1363';
  const signing = { key: node.privateKey, dsaEncoding } as const;
  const verifying = { key: node.publicKey, dsaEncoding } as const;
  const token = await joseSign();
  const data = payload();
  const signature = sign('sha256', data, signing);
  return [
    { name: 'sign, jose', turn: (limits) => timed(limits, joseSign) },
    { name: 'verify, jose', turn: (limits) => timed(limits, () => compactVerify(token, jose.publicKey)) },
    {
      ...{ name: 'sign, node:crypto', to: 'sign, jose' },
      turn: (limits) => timed(limits, async () => sign('sha256', payload(), signing)),
    },
    {
      ...{ name: 'verify, node:crypto', to: 'verify, jose' },
      turn: (limits) => timed(limits, async () => verify('sha256', data, verifying, signature)),
    },
  ];
}

interface Minter {
  mint(purpose: 'reset', options: { subject: string }): Promise<{ readonly token: string }>;
  redeem(token: string, purpose: 'reset'): Promise<unknown>;
}

function turnsOf(ledger: string, matchstick: Minter): readonly Contestant[] {
  let unused: string[] = [];
  return [
    {
      ...{ name: `mint, ledger in ${ledger}`, to: 'sign, jose' },
      turn: (limits) => {
        unused = [];
        return timed(limits, async () => {
          unused.push((await matchstick.mint('reset', { subject: 'user-42' })).token);
        });
      },
    },
    {
      ...{ name: `redeem, ledger in ${ledger}`, to: 'verify, jose' },
      turn: (limits) =>
        timed(limits, async () => {
          const token = unused.pop();
          if (token === undefined) return 'over';
          return matchstick.redeem(token, 'reset');
        }),
    },
  ];
}

/** Fifty at once, until the time is over or one of them says so. */
async function timed({ seconds, requests }: Limits, once: () => Promise<unknown>): Promise<Measured> {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  const endMs = startMs + seconds * 1000;
  let count = 0;
  const keepBusy = async () => {
    for (; performance.now() < endMs && count < requests; count++) if ((await once()) === 'over') return;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepBusy));
  const { user, system } = process.cpuUsage(before);
  return { [CPU]: (user + system) / count, [RATE]: count / ((performance.now() - startMs) / 1000) };
}
