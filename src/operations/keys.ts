import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListedKeys, RevokedKey, RotatedKeys } from '../contract/key-replies.ts';
import { MatchstickError } from '../errors.ts';
import type { Witness } from '../events/witness.ts';
import { operation } from './operation.ts';

/** The signing keys, as operators see and change them. Both changes throw `ledger_unavailable` for keys that cannot be changed. */
export interface KeyOffice {
  list(): ListedKeys;
  rotate(witness: Witness): Promise<RotatedKeys>;
  /** Resolves to undefined for a key that is not in the ring. */
  revoke(kid: string, witness: Witness): Promise<RevokedKey | undefined>;
}

export const keyName = z.strictObject({ kid: z.string().min(1).max(64) });

const mayManage = ({ operator }: Caller) => operator === 'manage';

export const listKeysOperation = (deployment: Deployment, keys: KeyOffice) =>
  operation(deployment, {
    as: 'operator',
    doing: 'see the keys: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: async (_input: Record<never, never>) => keys.list(),
  });

export const rotateKeysOperation = (deployment: Deployment, keys: KeyOffice) =>
  operation(deployment, {
    as: 'operator',
    doing: 'rotate the keys: that is for operators who manage',
    may: mayManage,
    run: (_input: Record<never, never>, _caller: Caller, { witness }) => keys.rotate(witness),
  });

export const revokeKeyOperation = (deployment: Deployment, keys: KeyOffice) =>
  operation(deployment, {
    as: 'operator',
    doing: 'revoke keys: that is for operators who manage',
    may: mayManage,
    run: async ({ kid }: z.output<typeof keyName>, _caller: Caller, { witness }) =>
      (await keys.revoke(kid, witness)) ?? new MatchstickError('not_found', 'There is no key with this kid.'),
  });
