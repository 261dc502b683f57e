import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import { ringCodec } from '../../src/keys/wrapped-codec.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { namesIn, printed, rejectionOf, ringText, storedKey } from './stored-keys.ts';
import {
  codecOf,
  forged,
  ISSUER,
  type Members,
  newSecret,
  plainRing,
  sealedAs,
  secretsIn,
} from './wrapping.ts';

const DAMAGED = /^the wrapped ring is damaged at [\w. ]+: put back a copy of it$/;
const CHANGED =
  'the wrapped ring does not belong to its data key, or was changed by something other than Matchstick: put back a copy of it';
const WRONG_SECRET =
  'the ring is not wrapped with the secret in keys.wrap.secret. Set the one that it was wrapped with; to change it, set that one as keys.wrap.previous.secret';

describe('a ring wrapped with a secret', () => {
  it('has no private part in it, keeps the rest readable, and opens to the same ring', async () => {
    const ring = await plainRing();
    const secret = newSecret();
    const stored = await codecOf({ secret }).close(JSON.stringify(ring));
    for (const text of [...secretsIn(ring), secret]) expect(stored).to.not.include(text);
    const members: Members = JSON.parse(stored);
    expect(namesIn(members)).to.not.include.members(['d', 'subjectKey']);
    expect(members).to.deep.include({ version: 3, rotationAsked: true });
    const [signing, next, old] = members.keys;
    expect(next).to.deep.include({ state: 'next', since: '2027-01-15T08:00:00.000Z', later: { of: 1 } });
    expect(signing).to.have.property('sealed');
    expect(old).to.deep.equal(ring.keys[2]);
    expect(decodeProtectedHeader(String(signing?.sealed))).to.deep.equal({
      alg: 'dir',
      enc: 'A256GCM',
      iss: ISSUER,
      kid: signing?.kid,
    });
    const opened = await codecOf({ secret }).open(stored);
    expect(opened.mustRewrite).to.equal(false);
    expect(JSON.parse(opened.text)).to.deep.equal(ring);
  });

  it('opens whatever the order of its members, and its spaces, are', async () => {
    const secret = newSecret();
    const ring = await plainRing();
    const { wrap, keys, ...rest }: Members = JSON.parse(
      await codecOf({ secret }).close(JSON.stringify(ring)),
    );
    const turned = (members: object) => Object.fromEntries(Object.entries(members).reverse());
    const stored = JSON.stringify({ wrap: turned(wrap), keys: keys.map(turned), ...rest });
    expect(JSON.parse((await codecOf({ secret }).open(stored)).text)).to.deep.equal(ring);
  });

  it('is refused with one sentence under another secret, and under none', async () => {
    const ring = await plainRing();
    const stored = await codecOf({ secret: newSecret() }).close(JSON.stringify(ring));
    const wrong = await rejectionOf(codecOf({ secret: newSecret() }).open(stored));
    expect(wrong.name).to.equal('UnfitKeyError');
    expect(wrong.message).to.equal(WRONG_SECRET);
    const none = await rejectionOf(plainCodec.open(stored));
    expect(none.name).to.equal('UnfitKeyError');
    expect(none.message).to.equal(
      'the ring is wrapped by secret, and keys.wrap is not set. Set keys.wrap.secret as it was',
    );
    const both = codecOf({ secret: newSecret(), previous: { secret: newSecret() } });
    expect((await rejectionOf(both.open(stored))).message).to.match(
      /^the ring is not wrapped with the secret in keys\.wrap\.secret, and .* in keys\.wrap\.previous\.secret\. Set the one/,
    );
    const command = { wrap: ['cat'], unwrap: ['cat'] };
    expect((await rejectionOf(codecOf({ command }).open(stored))).message).to.equal(
      'the ring is wrapped by secret, and keys.wrap is set to command. Set keys.wrap.secret as it was; to change it, set that as keys.wrap.previous.secret',
    );
  });

  it('is of one issuer, which another one is told', async () => {
    const secret = newSecret();
    const stored = await codecOf({ secret }).close(JSON.stringify(await plainRing()));
    const other = codecOf({ secret }, { issuer: 'https://other.example.test' });
    expect((await rejectionOf(other.open(stored))).message).to.equal(
      `the ring was wrapped for the issuer "${ISSUER}", and the issuer here is "https://other.example.test". Set issuer to that, or give this service keys of its own`,
    );
  });

  it('is made of one in the clear, of a version with states or of one without', async () => {
    const secret = newSecret();
    for (const text of [JSON.stringify(await plainRing()), ringText(await storedKey('ES256'))]) {
      const codec = codecOf({ secret });
      expect(await codec.open(text)).to.deep.equal({ text, mustRewrite: true });
      const stored = await codec.close(text);
      const opened = await codecOf({ secret }).open(stored);
      expect(opened.mustRewrite).to.equal(false);
      expect(JSON.parse(opened.text)).to.deep.equal(JSON.parse(text));
    }
  });

  it('is not replaced by one in the clear, which whoever can write there could have put there', async () => {
    const secret = newSecret();
    const text = JSON.stringify(await plainRing());
    const refused = /^the ring is in the clear where a wrapped one should be/;
    expect((await rejectionOf(codecOf({ secret }, { mayBePlain: false }).open(text))).message).to.match(
      refused,
    );
    const codec = codecOf({ secret });
    await codec.open(await codecOf({ secret }).close(text));
    expect((await rejectionOf(codec.open(text))).message).to.match(refused);
  });

  it('is wrapped anew, with another data key, when its secret becomes the previous one', async () => {
    const [former, secret] = [newSecret(), newSecret()];
    const ring = await plainRing();
    const stored = await codecOf({ secret: former }).close(JSON.stringify(ring));
    const codec = codecOf({ secret, previous: { secret: former } });
    const { text, mustRewrite } = await codec.open(stored);
    expect(mustRewrite).to.equal(true);
    const again = await codec.close(text);
    expect(await codec.open(again)).to.deep.include({ mustRewrite: false });
    const dataKeys = await Promise.all(
      [[stored, former] as const, [again, secret] as const].map(async ([wrapped, by]) => {
        let octets: Uint8Array = new Uint8Array();
        await forged(wrapped, by, (_, dataKey) => {
          octets = dataKey;
        });
        return Buffer.from(octets).toString('hex');
      }),
    );
    expect(dataKeys[0]).to.not.equal(dataKeys[1]);
    expect(JSON.parse((await codecOf({ secret }).open(again)).text)).to.deep.equal(ring);
    expect((await rejectionOf(codecOf({ secret: former }).open(again))).message).to.equal(WRONG_SECRET);
  });

  it('keeps its data key through every change, so that all instances go on with the one they have', async () => {
    const secret = newSecret();
    const codec = codecOf({ secret });
    const ring = await plainRing();
    const dataKeyOf = (text: string) => JSON.parse(text).wrap.dataKey;
    const first = await codec.close(JSON.stringify(ring));
    const other = codecOf({ secret });
    await other.open(first);
    for (const each of [codec, other]) {
      expect(dataKeyOf(await each.close(JSON.stringify({ ...ring, version: 4 })))).to.equal(dataKeyOf(first));
    }
  });

  it('gives away a change of anything that is readable, by whoever has no data key', async () => {
    const secret = newSecret();
    const stored = await codecOf({ secret }).close(JSON.stringify(await plainRing()));
    const own = await storedKey('ES256');
    const { d: _, ...ownPublic } = own;
    const changes: readonly ((ring: Members) => void)[] = [
      ({ keys }) => keys.push({ ...ownPublic, state: 'verifying' }),
      ({ keys }) => keys.pop(),
      ({ keys }) => keys.reverse(),
      ({ keys: [key] }) => Object.assign(key ?? {}, { state: 'revoked' }),
      ({ keys: [key] }) => Object.assign(key ?? {}, { x: ownPublic.x, y: ownPublic.y }),
      ({ keys: [key] }) => Reflect.deleteProperty(key ?? {}, 'sealed'),
      (ring) => Object.assign(ring, { version: 4 }),
      (ring) => Object.assign(ring, { added: 1 }),
      (ring) => Reflect.deleteProperty(ring, 'sealedSubjectKey'),
      ({ wrap }) => Object.assign(wrap, { mac: newSecret() }),
    ];
    for (const change of changes) {
      const ring: Members = JSON.parse(stored);
      change(ring);
      const failure = await rejectionOf(codecOf({ secret }).open(JSON.stringify(ring)));
      expect(failure.message, String(change)).to.equal(CHANGED);
    }
  });

  it('opens no private part in the place of another, not even for whoever has the data key', async () => {
    const secret = newSecret();
    const stored = await codecOf({ secret }).close(JSON.stringify(await plainRing()));
    const octets = randomBytes(32);
    const changes: readonly ((ring: Members, dataKey: Uint8Array) => unknown)[] = [
      ({ keys: [first, second] }) => Object.assign(first ?? {}, { sealed: second?.sealed }),
      (ring) => Object.assign(ring, { sealedSubjectKey: ring.keys[0]?.sealed }),
      async ({ keys: [first] }, key) =>
        Object.assign(first ?? {}, { sealed: await sealedAs({ kid: String(first?.kid) }, octets, key) }),
      async ({ keys: [first] }, key) => {
        const header = { kid: String(first?.kid), iss: ISSUER };
        Object.assign(first ?? {}, { sealed: await sealedAs(header, octets.subarray(1), key) });
      },
    ];
    for (const change of changes) {
      const text = await forged(stored, secret, change);
      const failure = await rejectionOf(codecOf({ secret }).open(text));
      expect(failure.message, String(change)).to.match(DAMAGED);
    }
    await codecOf({ secret }).open(await forged(stored, secret, () => {}));
  });

  it('is refused with one sentence that quotes nothing, for garbage in each of its members', async () => {
    const secret = newSecret();
    const ring = await plainRing();
    const stored = await codecOf({ secret }).close(JSON.stringify(ring));
    const canary = 'do-not-quote-me';
    const garbage: readonly unknown[] = [
      ...[null, true, 7, '', canary, 'a.b.c.d.e', [canary], { [canary]: canary }, 'x'.repeat(200_000)],
      `eyJhbGciOiJkaXIifQ..AAAAAAAAAAAAAAAA.${canary}.AAAAAAAAAAAAAAAAAAAAAA`,
    ];
    const paths: readonly (readonly (string | number)[])[] = [
      ...[['keys'], ['keys', 0], ['keys', 0, 'kid'], ['keys', 0, 'sealed'], ['keys', 0, 'd']],
      ...[['subjectKey'], ['sealedSubjectKey'], ['wrap'], ['wrap', 'by'], ['wrap', 'id'], ['wrap', canary]],
      ...[
        ['wrap', 'dataKey'],
        ['wrap', 'mac'],
      ],
    ];
    for (const path of paths) {
      for (const value of garbage) {
        const failure = await rejectionOf(codecOf({ secret }).open(withMember(stored, path, value)));
        const shown = `${path.join('.')} ${JSON.stringify(value).slice(0, 50)}: ${failure.message}`;
        expect(failure.name, shown).to.equal('UnfitKeyError');
        expect(failure.message, shown).to.match(/^[^\n]{10,500}$/);
        expect(printed(failure).slice(0, 20_000), shown).to.not.include(canary);
        for (const text of secretsIn(ring)) expect(printed(failure), shown).to.not.include(text);
      }
    }
  });
});

describe('the codec of the settings', () => {
  it('is that of rings in the clear without keys.wrap', () => {
    expect(ringCodec({ issuer: ISSUER, mayBePlain: true, randomBytes })).to.equal(plainCodec);
  });
});

function withMember(text: string, path: readonly (string | number)[], value: unknown): string {
  const ring: unknown = JSON.parse(text);
  let at = ring;
  for (const name of path.slice(0, -1)) at = Object(at)[name];
  Object(at)[path.at(-1) ?? ''] = value;
  return JSON.stringify(ring);
}

describe('a ring wrapped by what is away for a while', () => {
  const onClose = cleanupAfter(after);
  const NEVER = ['sh', '-c', 'exit 3'];

  /** Gives back what it is given, as soon as it is there. */
  async function program() {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-wrap-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const here = join(folder, 'here');
    return { argv: ['sh', '-c', 'test -f "$0" && cat', here], comes: () => writeFile(here, '') };
  }

  it('is opened, and stored, as soon as that is there again', async () => {
    const text = JSON.stringify(await plainRing());
    const { argv, comes } = await program();
    const codec = codecOf({ command: { wrap: argv, unwrap: argv } });
    const unopened = codecOf({ command: { wrap: argv, unwrap: argv } });
    const failed = /^keys\.wrap\.command\.wrap \(sh\) failed with exit code 1/;
    expect((await rejectionOf(codec.close(text))).message).to.match(failed);
    const stored = await codecOf({ command: { wrap: ['cat'], unwrap: ['cat'] } }).close(text);
    expect((await rejectionOf(unopened.open(stored))).message).to.include('exit code 1');
    await comes();
    expect(JSON.parse((await unopened.open(stored)).text)).to.deep.equal(JSON.parse(text));
    expect(JSON.parse((await codec.open(await codec.close(text))).text)).to.deep.equal(JSON.parse(text));
  });

  it('is not used in the clear, nor as it was wrapped before, while it cannot be wrapped as it should be', async () => {
    const text = JSON.stringify(await plainRing());
    const secret = newSecret();
    const command = { wrap: NEVER, unwrap: NEVER };
    const before = await codecOf({ secret }).close(text);
    for (const [stored, wrap] of [
      [text, { command }],
      [before, { command, previous: { secret } }],
    ] as const) {
      expect((await rejectionOf(codecOf(wrap).open(stored))).message).to.include('exit code 3');
    }
  });
});
