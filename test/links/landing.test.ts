import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import type { MintOrder } from '../../src/burn/mint-order.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { MatchstickError } from '../../src/errors.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import { collect } from '../../src/links/collect.ts';
import { type Landing, openLink, type Pressed, pressLink as press } from '../../src/links/landing.ts';
import { makeLink, type TokenLink } from '../../src/links/link.ts';
import { newReference } from '../../src/links/reference.ts';
import type { PurposeLink } from '../../src/token/purpose.ts';
import { UNLIMITED } from '../burn/deployment-in-memory.ts';

const ATTEMPT = 'A'.repeat(22);
const THEN = 'https://app.example.test/done';
const DESTINATION = { text: THEN, parts: [THEN] };
const LINKS: Readonly<Record<string, PurposeLink>> = {
  plain: { asksCode: false, byDefault: true },
  leading: { asksCode: false, byDefault: true, then: [DESTINATION] },
  coded: { asksCode: true, byDefault: true, then: [DESTINATION] },
};

async function pressLink(pressed: Pressed, deployment: Deployment): Promise<Landing> {
  const landing = await press(pressed, deployment);
  if (landing instanceof MatchstickError) throw landing;
  return landing;
}

describe('a link', () => {
  let deployment: Deployment;
  /** What the memory was asked since it was last emptied. */
  let asked: string[] = [];
  /** How many tokens were verified. */
  let verified = 0;

  before(async () => {
    const ring = await parseKeyRing(
      JSON.stringify({ keys: [await generateKey('ES256', Date.now())] }),
      'ES256',
    );
    const { ledger, deposits } = processMemory({ nowMs: Date.now, randomBytes });
    const verification = new Proxy(ring.verification, {
      get: (target, name) => {
        if (name === 'get') verified++;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    deployment = {
      ledger: counting(ledger),
      deposits: counting(deposits),
      keys: { ...ring, verification },
      openers: new Map(),
      issuer: 'https://cap.example.test',
      purposes: new Map(
        Object.entries(LINKS).map(([name, link]) => [
          name,
          { name, audiences: ['app'], lifetimeSeconds: 300, link },
        ]),
      ),
      clockToleranceSeconds: 0,
      ...UNLIMITED,
      retried: retriedAttempts(),
      randomBytes,
    };
  });

  function counting<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || name === 'nowMs' || name === 'shardOf') return member;
        return (...args: readonly unknown[]) => {
          asked.push(String(name));
          return member.apply(target, args);
        };
      },
    });
  }

  async function newLink(purpose: string): Promise<TokenLink & { readonly reference: string }> {
    const order: MintOrder = { purpose, subject: 'user-42', audience: 'app', lifetimeSeconds: 300, uses: 1 };
    const { minted, id } = await mint(order, deployment);
    const policy = LINKS[purpose];
    if (!policy) throw new Error(purpose);
    const { asksCode, then } = policy;
    const link = await makeLink(
      minted.token,
      id,
      { asksCode, ...(then ? { then: then[0] } : {}) },
      deployment,
    );
    asked = [];
    verified = 0;
    return { ...link, reference: link.url.slice(-22) };
  }

  it('asks its memory twice when it is opened, and verifies its token once', async () => {
    const { reference } = await newLink('leading');
    expect(await openLink({ reference }, ATTEMPT, deployment)).to.include({ kind: 'live' });
    expect(asked).to.deep.equal(['find', 'inspect']);
    expect(verified).to.equal(1);
  });

  for (const purpose of Object.keys(LINKS)) {
    it(`of the purpose "${purpose}" asks its memory twice when it is pressed, and verifies its token once`, async () => {
      const { reference, code } = await newLink(purpose);
      const landing = await pressLink({ reference, attempt: ATTEMPT, code }, deployment);
      expect(landing.kind).to.equal(LINKS[purpose]?.then === undefined ? 'done' : 'leads');
      expect(asked).to.deep.equal(code === undefined ? ['find', 'burn'] : ['find', 'guess', 'burn']);
      expect(verified).to.equal(1);
    });
  }

  it('that is dead costs the same work as one that never was, whatever it died of', async () => {
    const dead = async (
      purpose: string,
      kill: (link: Awaited<ReturnType<typeof newLink>>) => Promise<unknown>,
    ) => {
      const link = await newLink(purpose);
      await kill(link);
      return link.reference;
    };
    const pressAt = (reference: string, code?: string, attempt = ATTEMPT) =>
      pressLink({ reference, attempt, code }, deployment);
    const wrong = (code = '') => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    const references = [
      await dead('leading', ({ reference }) => pressAt(reference)),
      await dead('leading', () => deployment.ledger.revokeSubject('user-42')),
      await dead('coded', async ({ reference, code }) => {
        for (let tries = 0; tries < 5; tries++) await pressAt(reference, wrong(code));
      }),
      newReference(0, deployment.deposits, randomBytes),
      newReference(0, deployment.deposits, randomBytes),
    ];
    await openLink({ reference: newReference(0, deployment.deposits, randomBytes) }, ATTEMPT, deployment);
    for (const reference of references) {
      [asked, verified] = [[], 0];
      expect(await openLink({ reference }, ATTEMPT, deployment)).to.deep.equal({ kind: 'dead' });
      expect(asked).to.deep.equal(['find', 'inspect']);
      expect(verified).to.equal(1);
      for (const code of [undefined, '123456']) {
        [asked, verified] = [[], 0];
        const landing = await pressAt(reference, code, 'B'.repeat(22));
        expect(landing.kind).to.equal(reference === references[2] ? 'locked' : 'dead');
        expect(asked).to.have.length(2);
        expect(verified).to.equal(1);
      }
    }
  });

  it('asks its memory twice for a wrong code, which redeems nothing', async () => {
    const { reference, code = '' } = await newLink('coded');
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    const landing = await pressLink({ reference, attempt: ATTEMPT, code: wrong }, deployment);
    expect(landing).to.deep.include({ kind: 'live', trouble: { kind: 'wrong-code', triesLeft: 4 } });
    expect(asked).to.deep.equal(['find', 'guess', 'inspect']);
    expect(await pressLink({ reference, attempt: ATTEMPT, code }, deployment)).to.include({ kind: 'leads' });
  });

  it('counts no try for what cannot be a code', async () => {
    const { reference } = await newLink('coded');
    for (const code of [undefined, '', '12345', 'abcdef']) {
      const landing = await pressLink({ reference, attempt: ATTEMPT, code }, deployment);
      expect(landing).to.deep.include({ trouble: { kind: 'wrong-code', triesLeft: 5 } });
    }
    expect(asked).to.not.include('guess');
  });

  it('counts no code against its subject that nobody answered for', async () => {
    const { reference, code } = await newLink('coded');
    const quota = { count: 2, perSeconds: 60 };
    const limited = { ...deployment, quotas: { code: quota }, limits: memoryLimits(() => 0) };
    const silent = async () => {
      throw new MatchstickError('ledger_unavailable', 'No answer.');
    };
    const unanswered = { ...limited, deposits: { ...deployment.deposits, guess: silent } };
    const typed = { reference, attempt: ATTEMPT, code: '000000' };
    for (let tries = 0; tries < 5; tries++) {
      const failed: unknown = await press(typed, unanswered).catch((error: unknown) => error);
      expect(failed).to.include({ code: 'ledger_unavailable' });
    }
    expect(await pressLink({ ...typed, code }, limited)).to.include({ kind: 'leads' });
  });

  it('that was made without a code ignores one that is typed', async () => {
    const { reference } = await newLink('leading');
    const landing = await pressLink({ reference, attempt: ATTEMPT, code: '123456' }, deployment);
    expect(landing).to.include({ kind: 'leads' });
  });

  it('leads where its mint said, and is dead, unburned, once its purpose leads there no more', async () => {
    const order: MintOrder = {
      ...{ purpose: 'leading', subject: 'user-42', audience: 'app', lifetimeSeconds: 300, uses: 1 },
    };
    const { minted, id } = await mint(order, deployment);
    const [first, named] = ['first', 'named'].map((place) => {
      const text = `https://app.example.test/${place}`;
      return { text, parts: [text] };
    });
    if (!first || !named) throw new Error('there are two');
    const link = await makeLink(
      minted.token,
      id,
      { asksCode: false, then: named, isNamed: true },
      deployment,
    );
    const pressed = { reference: link.url.slice(-22), attempt: ATTEMPT, code: undefined };
    const leadingTo = (...[head, ...others]: (typeof DESTINATION)[]): Deployment => {
      const leading = {
        asksCode: false,
        byDefault: true,
        ...(head ? { then: [head, ...others] as const } : {}),
      };
      const purpose = { name: 'leading', audiences: ['app'], lifetimeSeconds: 300, link: leading };
      return { ...deployment, purposes: new Map([['leading', purpose]]) };
    };
    for (const changed of [leadingTo(first), leadingTo()]) {
      expect(await openLink(pressed, ATTEMPT, changed)).to.deep.equal({ kind: 'dead' });
      expect(await pressLink(pressed, changed)).to.deep.equal({ kind: 'dead' });
    }
    const landing = await pressLink(pressed, leadingTo(first, named));
    expect(landing).to.include({ kind: 'leads' });
    expect('to' in landing && landing.to).to.match(/^https:\/\/app\.example\.test\/named\?redemption=/);
  });

  it('leads to a redemption that is collected once, by its own link alone', async () => {
    const { reference, code } = await newLink('coded');
    const landing = await pressLink({ reference, attempt: ATTEMPT, code }, deployment);
    if (landing.kind !== 'leads') throw new Error(landing.kind);
    const redemptionId = new URL(landing.to).searchParams.get('redemption') ?? '';
    const collectAs = (secret: string, id = redemptionId) =>
      collect(id, { secret, id: secret, caller: 'app', named: true }, () => undefined, deployment);
    const other = await newLink('coded');
    const foreign = other.reference + redemptionId.slice(22);
    expect(await collectAs('C'.repeat(22), foreign)).to.include({ code: 'not_found' });
    const collected = await collectAs('D'.repeat(22));
    expect(collected).to.include({ redemptionId, state: 'burned', purpose: 'coded' });
    expect(await collectAs('D'.repeat(22))).to.deep.equal(collected);
    expect(await collectAs('E'.repeat(22))).to.include({ code: 'token_burned' });
  });
});
