import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { Algorithm } from '../token/key.ts';

const KID_CHARACTERS = 16;

/** A new key as a key file holds it. `kid` is the beginning (96 bits) of its RFC 7638 thumbprint. */
export async function generateKey(
  algorithm: Algorithm,
  nowMs: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const thumbprint = await calculateJwkThumbprint(publicKey);
  return {
    kid: thumbprint.slice(0, KID_CHARACTERS),
    alg: algorithm,
    use: 'sig',
    createdAt: new Date(nowMs).toISOString(),
    ...(await exportJWK(privateKey)),
  };
}
