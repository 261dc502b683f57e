import type { ContractPurposes } from '../contract/matchstick-purposes.ts';

/** Stands where a test puts what the command prints; so that the program beside it is compiled with the rest. */
export type Purposes = ContractPurposes & {
  '2fa': { claims: undefined; audience: "it's" | 'back\\slash'; bind: Record<never, never> };
  purposes: {
    claims: { address: { street: string }; 'odd-name': 'a' | 3 | null; pair?: [string, number] };
    audience: 'app';
    bind: Record<never, never>;
  };
  'a-b': { claims: { Address?: unknown }; audience: 'app'; bind: Record<never, never> };
};
