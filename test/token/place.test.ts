import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import { mint } from '../../src/burn/mint.ts';
import { parseMintOrder } from '../../src/burn/mint-order.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { MatchstickError } from '../../src/errors.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import type { Purposes } from '../../src/token/purpose.ts';
import {
  APP,
  type Forger,
  forge,
  ISSUER,
  makeForger,
  makeForgers,
  PURPOSES,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';
import { watchedDeployment } from './watched-deployment.ts';

const ISSUERS = [ISSUER, 'https://cap.staging.example.test', 'https://tenant-b.example.test'];
const ANOTHER_ISSUER = 'its issuer is another';
const UNKNOWN_PURPOSE = 'its purpose is not known here';
const WRONG_AUDIENCE = 'its audience is not one of its purpose';

describe('the place of a token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  const cells = [...PURPOSES.values()].flatMap(({ name, audiences }) =>
    audiences.map((audience) => ({ purpose: name, audience })),
  );

  const terms = ({ purpose, audience }: (typeof cells)[number]) => ({
    purpose,
    audiences: new Set([audience]),
  });

  it('B5: of all issuers, purposes and audiences a token is accepted where all three are its own', async () => {
    const audiences = [...new Set(cells.map(({ audience }) => audience)), 'nobody'];
    const names = [...PURPOSES.keys(), 'unknown'];
    let accepted = 0;
    for (const key of keys) {
      for (const iss of ISSUERS) {
        for (const purpose of names) {
          for (const aud of audiences) {
            const token = forge(key, { iss, purpose, aud });
            for (const issuer of ISSUERS) {
              const own = PURPOSES.get(purpose);
              const expected =
                iss !== issuer
                  ? ANOTHER_ISSUER
                  : !own
                    ? UNKNOWN_PURPOSE
                    : own.audiences.includes(aud)
                      ? 'accepted'
                      : WRONG_AUDIENCE;
              const verdict = await verdictOf(token, verifierOf(keys, { issuer }));
              expect(verdict, `${iss} ${purpose} ${aud} at ${issuer}`).to.equal(expected);
              if (verdict === 'accepted') accepted++;
            }
          }
        }
      }
    }
    expect(accepted).to.equal(keys.length * ISSUERS.length * cells.length);
  });

  it('B5: a token is refused in every other cell unburned, and is then redeemed in its own', async () => {
    for (const key of keys) {
      for (const own of cells) {
        const { deployment, asked } = watchedDeployment(key);
        const order = { ...own, subject: 'user-42', lifetimeSeconds: 60, uses: 1 };
        const {
          minted: { token },
        } = await mint(order, deployment);
        const strangers = ISSUERS.slice(1).map((issuer) => ({ ...deployment, issuer }));
        asked.splice(0);
        for (const cell of cells) {
          if (cell.purpose === own.purpose && cell.audience === own.audience) continue;
          const answer = await redeem(
            { token, ...terms(cell) },
            unnamedAttempt('main', randomBytes),
            deployment,
          );
          const code = cell.purpose === own.purpose ? 'audience_mismatch' : 'purpose_mismatch';
          expect(answer).to.include({ code });
        }
        for (const stranger of strangers) {
          const answer = await redeem(
            { token, ...terms(own) },
            unnamedAttempt('main', randomBytes),
            stranger,
          );
          expect(answer).to.include({ code: 'token_invalid' });
        }
        expect(asked).to.deep.equal([]);
        const answer = await redeem(
          { token, ...terms(own) },
          unnamedAttempt('main', randomBytes),
          deployment,
        );
        expect(answer).to.include({ state: 'burned' });
        expect(asked).to.deep.equal(['burn']);
      }
    }
  });

  it('B6: a staging token is refused in production, with equal kids, equal issuers or an equal key', async () => {
    for (const production of keys) {
      const staging = await makeForger(production.algorithm, production.kid);
      const verifier = verifierOf([production]);
      const iss = 'https://cap.staging.example.test';
      expect(await verdictOf(forge(staging, { iss }), verifier)).to.equal('its signature does not verify');
      expect(await verdictOf(forge(staging), verifier)).to.equal('its signature does not verify');
      expect(await verdictOf(forge(production, { iss }), verifier)).to.equal(ANOTHER_ISSUER);
      expect(await verdictOf(forge(production), verifier)).to.equal('accepted');
    }
  });

  it('B7: no look-alike of an issuer, a purpose or an audience is accepted in a token', async () => {
    const own = { iss: ISSUER, purpose: 'password-reset', aud: APP };
    const reasons = { iss: ANOTHER_ISSUER, purpose: UNKNOWN_PURPOSE, aud: WRONG_AUDIENCE };
    for (const key of keys) {
      for (const name of ['iss', 'purpose', 'aud'] as const) {
        for (const value of lookAlikesOf(own[name])) {
          const verdict = await verdictOf(forge(key, { [name]: value }), verifierOf(keys));
          expect(verdict, `${name} ${visible(value)}`).to.equal(reasons[name]);
        }
      }
    }
  });

  it('B7: two Unicode normal forms of one name are two names', async () => {
    const forms = ['café', 'ﬁle', 'Å', '한'].flatMap((text) => [
      ...new Set(['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => text.normalize(form))),
    ]);
    expect(forms.length).to.be.greaterThan(7);
    for (const key of keys) {
      for (const form of forms) {
        const purposes: Purposes = new Map([
          [form, { name: form, audiences: [form], lifetimeSeconds: 60, uses: 1 }],
        ]);
        const verifier = verifierOf(keys, { issuer: form, purposes });
        for (const other of forms) {
          const same = other === form;
          const tokens = {
            [ANOTHER_ISSUER]: forge(key, { iss: other, purpose: form, aud: form }),
            [UNKNOWN_PURPOSE]: forge(key, { iss: form, purpose: other, aud: form }),
            [WRONG_AUDIENCE]: forge(key, { iss: form, purpose: form, aud: other }),
          };
          for (const [reason, token] of Object.entries(tokens)) {
            expect(await verdictOf(token, verifier)).to.equal(same ? 'accepted' : reason);
          }
        }
      }
    }
  });

  it('B7: no look-alike of a purpose or an audience is minted', () => {
    const order = { purpose: 'service-call', subject: 'user-42', audience: 'billing' };
    expect(parseMintOrder(order, PURPOSES)).to.include({ purpose: 'service-call', audience: 'billing' });
    for (const purpose of lookAlikesOf(order.purpose)) {
      expect(pathsOf({ ...order, purpose }), visible(purpose)).to.deep.equal(['purpose']);
    }
    for (const audience of lookAlikesOf(order.audience)) {
      expect(pathsOf({ ...order, audience }), visible(audience)).to.deep.equal(['audience']);
    }
  });

  it('B7: no purpose or audience outside of ASCII can be configured', () => {
    const settingsWith = (name: string, audience: string) =>
      JSON.stringify({ purposes: { [name]: { audience, lifetime: '5m' } } });
    expect(parseSettings(settingsWith('password-reset', APP), {}, 'test').purposes).to.have.key(
      'password-reset',
    );
    for (const name of lookAlikesOf('password-reset').filter((text) => /[^a-z-]/.test(text))) {
      expect(() => parseSettings(settingsWith(name, APP), {}, 'test'), visible(name)).to.throw(/purposes/);
    }
    for (const audience of lookAlikesOf(APP).filter((text) => /[^\x21-\x7e]/.test(text))) {
      const text = settingsWith('password-reset', audience);
      expect(() => parseSettings(text, {}, 'test'), visible(audience)).to.throw(/audience/);
    }
  });

  it("B10: each issuer's tokens verify with its own keys only", async () => {
    const deployments = await Promise.all(
      ISSUERS.map(async (issuer, index) => {
        const ring = await Promise.all([
          makeForger('ES256', `es-${index}`),
          makeForger('Ed25519', `ed-${index}`),
        ]);
        return { issuer, ring, verifier: verifierOf(ring, { issuer }) };
      }),
    );
    for (const signer of deployments) {
      for (const reader of deployments) {
        for (const key of signer.ring) {
          for (const { issuer } of deployments) {
            const verdict = await verdictOf(forge(key, { iss: issuer }), reader.verifier);
            if (signer !== reader) expect(verdict).to.equal('its key is not known here');
            else expect(verdict).to.equal(issuer === reader.issuer ? 'accepted' : ANOTHER_ISSUER);
          }
        }
      }
    }
  });
});

function pathsOf(request: Parameters<typeof parseMintOrder>[0]): readonly string[] {
  const order = parseMintOrder(request, PURPOSES);
  return order instanceof MatchstickError ? (order.extras.errors ?? []).map(({ path }) => path) : [];
}

function visible(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const HOMOGLYPHS = { a: 'а', e: 'е', i: 'і', l: 'ӏ', s: 'ѕ', p: 'р', c: 'с', o: 'о', '-': '‐', '/': '⁄' };
const INVISIBLE = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\u00ad',
  '\ufeff',
  '\u202e',
  '\u0301',
  '\ufe0f',
  '\0',
];
const SPACES = [' ', '\t', '\n', '\r\n', '\u00a0', '\u2003', '\u3000'];

/** Texts that a person or a normalising comparison could take for this one. */
function lookAlikesOf(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  const homoglyphs = Object.entries(HOMOGLYPHS).map(([own, other]) => text.replace(own, other));
  const fullWidth = [...text].map((character) =>
    character > ' ' && character <= '~' ? String.fromCodePoint(character.charCodeAt(0) + 0xfee0) : character,
  );
  const alikes = [
    ...homoglyphs,
    fullWidth.join(''),
    [fullWidth[0], text.slice(1)].join(''),
    ...INVISIBLE.flatMap((mark) => [
      mark + text,
      text + mark,
      text.slice(0, middle) + mark + text.slice(middle),
    ]),
    ...SPACES.flatMap((space) => [space + text, text + space]),
    text.toUpperCase(),
    text[0]?.toUpperCase() + text.slice(1),
    text.replace('s', 'ſ'),
    text.replace('-', '\u2011'),
    text.replace('-', '_'),
    encodeURIComponent(`${text} `).trim(),
    `${text}/`,
    `${text}.`,
    text.slice(0, -1),
  ];
  return [...new Set(alikes)].filter((alike) => alike !== text);
}
