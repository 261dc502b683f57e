import type { JWK } from 'jose';
import { z } from 'zod';
import { JWKS_MAX_AGE_SECONDS } from '../../contract/limits.ts';
import { route } from '../route.ts';

/** The public face of a key ring. */
export interface PublishedKeys {
  readonly jwks: { readonly keys: readonly JWK[] };
}

const publicJwk = z.looseObject({ kid: z.string().optional(), alg: z.string().optional() });

export function jwksRoute(keys: PublishedKeys, maxAgeSeconds = JWKS_MAX_AGE_SECONDS) {
  return route({
    operationId: 'publishedKeys',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys (RFC 7517)',
    replies: {
      200: {
        description: 'A JWK Set',
        body: z.strictObject({ keys: z.array(publicJwk).readonly() }),
        headers: {
          'Cache-Control': `public, max-age=${maxAgeSeconds}`,
          'Content-Type': 'application/jwk-set+json',
        },
      },
    },
    problems: [],
  }).forAnyone(async () => ({ status: 200, body: keys.jwks }));
}
