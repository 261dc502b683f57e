import { base64url } from 'jose';
import { sealFor, unsealFor } from './bound-jwe.ts';
import { UnfitKeyError } from './parse-key.ts';
import type { DataKeyWrapper } from './wrap.ts';

const DATA_KEY = 'data-key';

/**
 * Wraps a data key with a secret of 32 octets in base64url, by `dir`: the secret encrypts one data key in the life of a
 * ring, so the second key that A256GCMKW would draw for each protects nothing more.
 */
export function secretWrapper(secret: string, issuer: string, setting: string): DataKeyWrapper {
  const key = base64url.decode(secret);
  const bound = { issuer, kid: DATA_KEY };
  return {
    by: 'secret',
    wrap: (dataKey) => sealFor(bound, dataKey, key),
    unwrap: async (text) => {
      const dataKey = await unsealFor(bound, text, key);
      if (!dataKey) throw new UnfitKeyError(`the ring is not wrapped with the secret in ${setting}`);
      return dataKey;
    },
  };
}
