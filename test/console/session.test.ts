import { expect } from 'chai';
import { type Caller, callerKeyDigest, callerWithEveryRight } from '../../src/callers/caller.ts';
import { type SessionOptions, sessions } from '../../src/console/session.ts';

const KEY = 'ms_ops_key';
const OPS: Caller = callerWithEveryRight('ops', [callerKeyDigest(KEY)]);
const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;

const desk = (more: Partial<SessionOptions> = {}) =>
  sessions({
    callers: [OPS],
    secret: () => new Uint8Array(32).fill(1),
    issuer: 'https://cap.example.test',
    nowMs: () => NOW,
    ...more,
  });
const cookieFor = async (at = desk()) => (await at.start(OPS, KEY)).split(';')[0];

describe('a session of the console', () => {
  it('ends after eight hours, and not before', async () => {
    const cookie = await cookieFor();
    expect(await desk({ nowMs: () => NOW + 8 * HOUR - 1000 }).read(cookie)).to.have.property('caller', OPS);
    expect(await desk({ nowMs: () => NOW + 8 * HOUR }).read(cookie)).to.equal(undefined);
  });

  it('lets nobody follow for longer than the session or the key lasts', async () => {
    const cookie = await cookieFor();
    const endOf = async (expiresAtMs?: number) => {
      const caller = expiresAtMs === undefined ? OPS : { ...OPS, expiresAtMs };
      return (await desk({ callers: [caller] }).read(cookie))?.endsAtMs;
    };
    expect(await endOf()).to.equal(NOW + 8 * HOUR);
    expect(await endOf(NOW + 9 * HOUR)).to.equal(NOW + 8 * HOUR);
    expect(await endOf(NOW + HOUR)).to.equal(NOW + HOUR);
  });

  it('ends with what its caller was', async () => {
    const { operator, ...rest } = OPS;
    const changed: Readonly<Record<string, readonly Caller[]>> = {
      'its key is gone': [{ ...OPS, keySha256: [callerKeyDigest('another')] }],
      'it is disabled': [{ ...OPS, isDisabled: true }],
      'it expired': [{ ...OPS, expiresAtMs: NOW }],
      'it is no operator': [rest],
      'it is gone': [],
      'another has its key': [{ ...OPS, name: 'other' }],
    };
    const cookie = await cookieFor();
    for (const [what, callers] of Object.entries(changed))
      expect(await desk({ callers }).read(cookie), what).to.equal(undefined);
    const demoted = await desk({ callers: [{ ...OPS, operator: 'view' }] }).read(cookie);
    expect([operator, demoted?.caller.operator]).to.deep.equal(['manage', 'view']);
  });

  it('is none at another service, and none of another instance here', async () => {
    const cookie = await cookieFor();
    expect(await desk({ secret: () => new Uint8Array(32).fill(2) }).read(cookie)).to.equal(undefined);
    expect(await desk({ issuer: 'https://other.example.test' }).read(cookie)).to.equal(undefined);
  });

  it('is none if anything of it was changed', async () => {
    const [name = '', sealed = ''] = (await cookieFor())?.split('=') ?? [];
    const parts = sealed.split('.');
    for (const [index, part] of parts.entries()) {
      const other = part.startsWith('A') ? 'B' : 'A';
      const forged = parts.with(index, `${other}${part.slice(1)}`).join('.');
      expect(await desk().read(`${name}=${forged}`), String(index)).to.equal(undefined);
    }
    for (const cookie of [
      '',
      name,
      `${name}=`,
      `${name}=${'.'.repeat(4)}`,
      `${name.toLowerCase()}=${sealed}`,
      `${name}=${sealed}; ${name}=${sealed}`,
    ])
      expect(await desk().read(cookie), cookie).to.equal(undefined);
  });

  it('has a form token that no other session has', async () => {
    const [one, other] = await Promise.all([cookieFor(), cookieFor()]);
    const tokens = await Promise.all(
      [one, other].map(async (cookie) => (await desk().read(cookie))?.formToken),
    );
    expect(new Set(tokens).size).to.equal(2);
  });
});
