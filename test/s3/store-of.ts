import type { SignRequest } from '../../src/burn/opening.ts';
import type { Opens } from '../../src/contract/replies.ts';
import { MatchstickError } from '../../src/errors.ts';
import { connectStore, type Store, type StoreSurroundings } from '../../src/s3/store.ts';
import type { StorePolicy } from '../../src/s3/store-policy.ts';
import { urlSigner } from '../../src/s3/url-signer.ts';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY' };

export function policyOf(overrides: Partial<StorePolicy> = {}): StorePolicy {
  return {
    name: 'reports',
    bucket: 'acme-reports',
    region: 'eu-central-1',
    prefix: '',
    pathStyle: false,
    maxExpiresInSeconds: 900,
    ...overrides,
  };
}

/** A store that signs with credentials of the test, by the clock of this process unless another is given. */
export function storeOf(
  policy: Partial<StorePolicy> = {},
  surroundings: Partial<StoreSurroundings> = {},
): Promise<Store> {
  return connectStore(policyOf(policy), { nowMs: Date.now, credentials: CREDENTIALS, ...surroundings });
}

export type Asked = Omit<SignRequest, 'store' | 'operation'> & Partial<Pick<SignRequest, 'operation'>>;

/** What the signer answers for this one store. */
export function answerOf(store: Store, asked: Asked, atMs = Date.now()): Promise<Opens | MatchstickError> {
  const { name } = store.policy;
  return urlSigner(new Map([[name, store]])).sign({ store: name, operation: 'get', ...asked }, atMs);
}

/** What it signs; throws when it finds a problem. */
export async function signed(store: Store, asked: Asked, atMs = Date.now()): Promise<Opens> {
  const answer = await answerOf(store, asked, atMs);
  if (answer instanceof MatchstickError) throw answer;
  return answer;
}

/** What it finds wrong, as `path: message`; throws when it signs. */
export async function problemsOf(store: Store, asked: Asked): Promise<readonly string[]> {
  const answer = await answerOf(store, asked);
  if (!(answer instanceof MatchstickError)) throw new Error('it was signed');
  return (answer.extras.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
}
