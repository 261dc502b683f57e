import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { memoryLedger, type ProcessLedgerOptions } from '../../src/ledger/memory/burns.ts';
import { EPOCH_BYTES, NONCE_BYTES, type TokenId } from '../../src/token/id.ts';

const NOWHERE = { epoch: '', elsewhere: false };

type Open = (options: ProcessLedgerOptions) => BurnLedger;

/** Memory ledgers with one thing wrong, to show that the tests of this folder would notice. */
export const MUTANTS: Readonly<Record<string, Open>> = {
  'forgets a burn': forgetting((outcome) => outcome === 'already-burned'),
  'gives a held token to another attempt': forgetting((outcome) => outcome === 'held-by-another'),
  'lets a released attempt succeed again': broken((ledger) => ({
    burn: async (request) => {
      const answer = await ledger.burn(request);
      if (answer.outcome !== 'released') return answer;
      return ledger.burn({ ...request, attempt: `again-${request.attempt}` });
    },
  })),
  'ignores revocations of a token': broken(() => ({
    revoke: async () => ({ ...NOWHERE, outcome: 'revoked' }),
  })),
  'ignores revocations of a subject': broken(() => ({ revokeSubject: async () => NOWHERE })),
  'ignores revocations of a key': broken(() => ({ revokeKey: async () => NOWHERE })),
  'burns under a key that is revoked': broken((ledger) => ({
    burn: (request) => ledger.burn({ ...request, kid: '' }),
  })),
  'commits under a key that is revoked': (options) => {
    const revoked = new Set<string>();
    return broken((ledger) => ({
      revokeKey: (kid) => {
        revoked.add(kid);
        return ledger.revokeKey(kid);
      },
      burn: (request) => ledger.burn(revoked.has(request.kid) ? request : { ...request, kid: '' }),
    }))(options);
  },
  'collects under a key that is revoked': broken((ledger) => ({
    collect: (request) => ledger.collect({ ...request, kid: '' }),
  })),
  'shows nothing of a key that is revoked': broken((ledger) => ({
    inspect: (id, token) => ledger.inspect(id, token && { ...token, kid: '' }),
  })),
  'revokes every key at once': broken((ledger) => ({
    revokeKey: async (kid) => {
      await ledger.revokeKey(kid.replace(/^k1/, 'k2'));
      return ledger.revokeKey(kid.replace(/^k2/, 'k1'));
    },
  })),
  'takes a revocation of one purpose for all': broken((ledger) => ({
    revokeSubject: (subject) => ledger.revokeSubject(subject),
  })),
  'counts one use too many': broken((ledger) => {
    const more = (id: TokenId) => (id.uses > 1 ? { ...id, uses: id.uses + 1 } : id);
    return {
      burn: async (request) => {
        const answer = await ledger.burn({ ...request, id: more(request.id) });
        if (more(request.id) === request.id || !('usesLeft' in answer)) return answer;
        return { ...answer, usesLeft: Math.max(0, answer.usesLeft - 1) };
      },
      settle: (request, how) => ledger.settle({ ...request, id: more(request.id) }, how),
      collect: (request) => ledger.collect({ ...request, id: more(request.id) }),
      revoke: (id, burnableUntilMs) => ledger.revoke(more(id), burnableUntilMs),
      inspect: async (id, topic) => {
        const state = await ledger.inspect(more(id), topic);
        if (more(id) === id || state.state !== 'unrecorded') return state;
        return { ...state, usesLeft: Math.max(0, state.usesLeft - 1) };
      },
    };
  }),
  'lets a hold last longer than it said': broken((ledger) => ({
    burn: async (request) => {
      const holdSeconds = request.holdSeconds && request.holdSeconds + 1;
      const answer = await ledger.burn({ ...request, holdSeconds });
      if (answer.outcome !== 'held' && answer.outcome !== 'held-by-another') return answer;
      return { ...answer, heldUntilMs: answer.heldUntilMs - 1000 };
    },
  })),
  'lets a stranger end a hold': (options) => {
    const callers = new Map<string, string>();
    return broken((ledger) => ({
      burn: async (request) => {
        callers.set(request.attempt, request.caller);
        return ledger.burn(request);
      },
      settle: (request, how) =>
        ledger.settle({ ...request, caller: callers.get(request.attempt) ?? request.caller }, how),
    }))(options);
  },
  'takes a commit for a release': broken((ledger) => ({
    settle: (request) => ledger.settle(request, 'release'),
  })),
  'lets every collector collect': broken((ledger) => ({
    collect: (request) => ledger.collect({ ...request, collector: 'anybody' }),
  })),
  'lets what is held be collected': broken((ledger) => ({
    collect: async (request) => {
      await ledger.settle(request, 'commit');
      return ledger.collect(request);
    },
  })),
  'lets a collector collect only once': (options) => {
    const asked = new Set<string>();
    return broken((ledger) => ({
      collect: async (request) => {
        const answer = await ledger.collect(request);
        if (answer.outcome !== 'collected') return answer;
        const key = `${request.id.nonce} ${request.attempt}`;
        if (asked.has(key)) return { outcome: 'collected-by-another', collectedAtMs: answer.atMs };
        asked.add(key);
        return answer;
      },
    }))(options);
  },
  'burns expired tokens': broken((ledger) => ({
    burn: (request) => ledger.burn({ ...request, burnableUntilMs: Number.POSITIVE_INFINITY }),
  })),
  'supersedes nothing': broken(() => ({ register: async () => true })),
  'lets one more live than may': broken((ledger) => ({
    register: (tokens, topic, live) => ledger.register(tokens, topic, live + 1),
  })),
  'burns when it inspects': broken((ledger) => ({
    inspect: async (id, topic) => {
      const state = await ledger.inspect(id, topic);
      const request = { id, subject: '', purpose: '', attempt: 'inspection', caller: 'main' };
      if (state.state === 'unrecorded' && topic) {
        await ledger.burn({ ...request, ...topic, burnableFromMs: 0, burnableUntilMs: id.expiresAt * 1000 });
      }
      return state;
    },
  })),
  'keeps its epoch over a restart that forgets': ({ nowMs }) =>
    memoryLedger({
      nowMs,
      randomBytes: (size) => (size === EPOCH_BYTES ? new Uint8Array(size) : randomBytes(size)),
    }),
};

function broken(change: (ledger: BurnLedger) => Partial<BurnLedger>): Open {
  return (options) => {
    const ledger = memoryLedger(options);
    return { ...ledger, ...change(ledger) };
  };
}

/** Loses the record of a token whenever it would have refused another attempt in this way. */
function forgetting(when: (outcome: string) => boolean): Open {
  return (options) => {
    const nonces = new Map<string, string>();
    const known = (id: TokenId) => ({ ...id, nonce: nonces.get(id.nonce) ?? id.nonce });
    return broken((ledger) => ({
      burn: async (request) => {
        const answer = await ledger.burn({ ...request, id: known(request.id) });
        if (!when(answer.outcome)) return answer;
        nonces.set(request.id.nonce, randomBytes(NONCE_BYTES).toString('base64url'));
        return ledger.burn({ ...request, id: known(request.id) });
      },
      settle: (request, how) => ledger.settle({ ...request, id: known(request.id) }, how),
      collect: (request) => ledger.collect({ ...request, id: known(request.id) }),
      revoke: (id, burnableUntilMs) => ledger.revoke(known(id), burnableUntilMs),
      inspect: (id, topic) => ledger.inspect(known(id), topic),
    }))(options);
  };
}
