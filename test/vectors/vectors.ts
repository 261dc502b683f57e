import { readFile } from 'node:fs/promises';
import { importJWK } from 'jose';
import { z } from 'zod';
import { ALGORITHMS, type VerificationKey, verificationKeys } from '../../src/token/key.ts';
import type { Verifier } from '../../src/token/verify.ts';

const policy = z.enum(['optional', 'required']).optional();

export const vectorFile = z.strictObject({
  description: z.string(),
  now: z.int(),
  clockToleranceSeconds: z.int(),
  issuer: z.string(),
  keys: z.array(
    z.strictObject({
      kid: z.string(),
      alg: z.enum(ALGORITHMS),
      kty: z.string(),
      crv: z.string(),
      x: z.string(),
      y: z.string().optional(),
    }),
  ),
  purposes: z.record(
    z.string(),
    z.strictObject({
      audiences: z.array(z.string()),
      lifetimeSeconds: z.int(),
      carriesClaims: z.boolean(),
      bind: z.strictObject({ session: policy, key: policy, request: policy }).optional(),
    }),
  ),
  tokens: z.array(
    z.strictObject({
      name: z.string(),
      alg: z.enum(ALGORITHMS),
      token: z.string(),
      expected: z.discriminatedUnion('valid', [
        z.strictObject({
          valid: z.literal(true),
          expired: z.boolean(),
          claims: z.record(z.string(), z.unknown()),
        }),
        z.strictObject({ valid: z.literal(false), reason: z.string() }),
      ]),
    }),
  ),
});

export interface Vectors {
  readonly verifier: Verifier;
  readonly nowMs: number;
  readonly tokens: z.output<typeof vectorFile>['tokens'];
}

export const VECTORS = new URL('./tokens.json', import.meta.url);

/** The frozen tokens, with the deployment that they were made for. */
export async function readVectors(): Promise<Vectors> {
  const { keys, purposes, issuer, now, clockToleranceSeconds, tokens } = vectorFile.parse(
    JSON.parse(await readFile(VECTORS, 'utf8')),
  );
  const verifier: Verifier = {
    issuer,
    clockToleranceSeconds,
    keys: { verification: verificationKeys(await Promise.all(keys.map(importVerificationKey))) },
    purposes: new Map(
      Object.entries(purposes).map(([name, { audiences, lifetimeSeconds, carriesClaims, bind }]) => [
        name,
        {
          name,
          audiences,
          lifetimeSeconds,
          ...(bind ? { bind } : {}),
          ...(carriesClaims ? { parseClaims: () => ({ ok: false, problems: [] }) } : {}),
        },
      ]),
    ),
  };
  return { verifier, nowMs: now * 1000, tokens };
}

async function importVerificationKey({
  kid,
  alg,
  y,
  ...jwk
}: z.output<typeof vectorFile>['keys'][number]): Promise<VerificationKey> {
  const publicKey = await importJWK({ ...jwk, ...(y === undefined ? {} : { y }) }, alg);
  if (publicKey instanceof Uint8Array) throw new TypeError('a symmetric key');
  return { kid, algorithm: alg, publicKey };
}
