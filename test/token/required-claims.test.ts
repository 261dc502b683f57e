import { expect } from 'chai';
import {
  claimsOf,
  type Forger,
  forge,
  forgeText,
  jtiOf,
  makeForgers,
  NOW_S,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const STRINGS = ['iss', 'aud', 'sub', 'jti', 'purpose'];
const TIMES = ['iat', 'exp'];
const UNKNOWN_CLAIM = 'its payload has a claim that is not known here';

describe('the claims of a token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  const verdictsOn = async (payload: string): Promise<string> => {
    const verdicts = await Promise.all(
      keys.map((key) => verdictOf(forgeText(key, payload), verifierOf(keys))),
    );
    return [...new Set(verdicts)].join(' / ');
  };
  const verdictOn = (overrides: Readonly<Record<string, unknown>>) =>
    verdictsOn(JSON.stringify(claimsOf(overrides)));

  for (const name of STRINGS) {
    it(`B1: a token is refused whose ${name} is missing or anything but a non-empty string`, async () => {
      const own = claimsOf()[name];
      const wrong = [
        undefined,
        null,
        '',
        [],
        {},
        [own],
        [own, own],
        { [name]: own },
        0,
        1,
        -1,
        1.5,
        true,
        false,
      ];
      for (const value of wrong) {
        const reason = `its ${name} is missing or not a non-empty string`;
        expect(await verdictOn({ [name]: value }), JSON.stringify(value)).to.equal(reason);
      }
      expect(await verdictOn({ [name]: own })).to.equal('accepted');
    });
  }

  for (const name of TIMES) {
    it(`B1: a token is refused whose ${name} is missing or anything but a number`, async () => {
      const own = claimsOf()[name];
      const wrong = [undefined, null, '', [], {}, [own], { [name]: own }, String(own), '0', true, false];
      for (const value of wrong) {
        const reason = `its ${name} is not a whole number of seconds`;
        expect(await verdictOn({ [name]: value }), JSON.stringify(value)).to.equal(reason);
      }
    });
  }

  it('B1: a token is refused whose claims are there but no object', async () => {
    for (const claims of [null, '', 'text', [], [{}], 0, 1, true, false]) {
      const verdict = await verdictOn({ purpose: 'file-download', claims });
      expect(verdict, JSON.stringify(claims)).to.equal('its claims are not an object');
    }
    expect(await verdictOn({ purpose: 'file-download', claims: {} })).to.equal('accepted');
  });

  it('B1: an empty payload, and one that is no object, is refused', async () => {
    expect(await verdictsOn('{}')).to.equal('its iss is missing or not a non-empty string');
    for (const payload of ['[]', 'null', '1', '"text"', 'true', JSON.stringify([claimsOf()])]) {
      expect(await verdictsOn(payload), payload).to.equal('its payload is not an object');
    }
  });

  const THUMBPRINT = 'A'.repeat(43);
  const DIGEST = 'A'.repeat(22);

  it('B1, G7: a cnf is refused that is anything but one key thumbprint', async () => {
    const wrong = [null, '', THUMBPRINT, [], [{ jkt: THUMBPRINT }], {}, 1, true];
    const wrongMembers = [
      { jkt: null },
      { jkt: '' },
      { jkt: 'A'.repeat(42) },
      { jkt: 'A'.repeat(44) },
      { jkt: `${'A'.repeat(42)}B` },
      { jkt: `${'A'.repeat(42)}+` },
      { jkt: [THUMBPRINT] },
      { 'x5t#S256': THUMBPRINT },
      { jwk: { kty: 'OKP', crv: 'Ed25519', x: THUMBPRINT } },
      { kid: 'key' },
      { jkt: THUMBPRINT, 'x5t#S256': THUMBPRINT },
    ];
    for (const cnf of [...wrong, ...wrongMembers]) {
      expect(await verdictOn({ cnf }), JSON.stringify(cnf)).to.equal('its cnf is not one key thumbprint');
    }
    expect(await verdictOn({ cnf: { jkt: THUMBPRINT } })).to.equal('accepted');
  });

  it('B1: a bind is refused that is anything but one to three digests', async () => {
    const wrong = [null, '', DIGEST, [], [{ session: DIGEST }], {}, 1, true];
    const wrongMembers = [
      { key: DIGEST },
      { session: DIGEST, key: DIGEST },
      { Session: DIGEST },
      { session: null },
      { session: '' },
      { session: 'A'.repeat(21) },
      { session: 'A'.repeat(23) },
      { session: `${'A'.repeat(21)}=` },
      { request: [DIGEST] },
      { request: { method: 'POST', url: 'https://app.example.test/' } },
      { session: DIGEST, request: DIGEST, content: 0 },
    ];
    for (const bind of [...wrong, ...wrongMembers]) {
      const reason = 'its bind is not one that is written here';
      expect(await verdictOn({ bind }), JSON.stringify(bind)).to.equal(reason);
    }
    for (const bind of [
      { session: DIGEST },
      { request: DIGEST },
      { request: DIGEST, content: DIGEST },
      { session: DIGEST, request: DIGEST, content: DIGEST },
    ]) {
      expect(await verdictOn({ bind }), JSON.stringify(bind)).to.equal('accepted');
    }
    const otherOrder = { bind: { request: DIGEST, session: DIGEST } };
    expect(await verdictOn(otherOrder)).to.equal('its payload is not in canonical form');
  });

  it('B1: sealed claims are refused that are no string, or whose purpose carries none', async () => {
    for (const sealed of [null, [], {}, ['text'], 0, 1, true, false]) {
      const verdict = await verdictOn({ purpose: 'file-download', sealed });
      expect(verdict, JSON.stringify(sealed)).to.equal('its sealed claims are not a string');
    }
    expect(await verdictOn({ purpose: 'file-download', sealed: 'text' })).to.equal('accepted');
    for (const sealed of ['', 'text']) {
      expect(await verdictOn({ sealed })).to.equal('its purpose carries no claims');
    }
  });

  it('B1: a claim of nobody is refused, also one that other services read', async () => {
    const names = [
      'nbf',
      'kid',
      'opens',
      'act',
      'scope',
      'client_id',
      'azp',
      'email',
      'roles',
      'Iss',
      'iss ',
      '',
      'toString',
    ];
    for (const name of names) {
      expect(await verdictOn({ [name]: 'value' }), name).to.equal(UNKNOWN_CLAIM);
    }
  });

  for (const name of [...TIMES, 'nbf']) {
    it(`B2: a token is refused whose ${name} is no safe whole number`, async () => {
      const numerals = [
        '1e400',
        '-1e400',
        '1e20',
        '1e308',
        '9007199254740992',
        '9007199254740993',
        '1.5',
        '-1',
      ];
      const more = ['0.1', '1800000000.5', '-1800000000', '1e-7', '123456789012345678901234567890', '"123"'];
      for (const numeral of [...numerals, ...more]) {
        const payload = JSON.stringify(claimsOf({ [name]: 'PLACE' })).replace('"PLACE"', numeral);
        const reason = /e400/.test(numeral)
          ? 'its payload has a number that is out of range'
          : name === 'nbf'
            ? UNKNOWN_CLAIM
            : `its ${name} is not a whole number of seconds`;
        expect(await verdictsOn(payload), numeral).to.equal(reason);
      }
    });
  }

  it('B2: a numeral that JSON does not know is refused', async () => {
    for (const numeral of [
      'NaN',
      'Infinity',
      '-Infinity',
      '0x6b49d200',
      '01',
      '+1',
      '1.',
      '.5',
      '1_000',
      '1n',
    ]) {
      const payload = JSON.stringify(claimsOf({ exp: 'PLACE' })).replace('"PLACE"', numeral);
      expect(await verdictsOn(payload), numeral).to.equal('its payload is not JSON in UTF-8');
    }
  });

  it('B2: minus nought, and a whole number that is written in another way, is refused', async () => {
    for (const numeral of ['-0', '18e8', '1.8e9', '1800000000.0', '1800000000e0', '1800000000E+0']) {
      const payload = JSON.stringify(claimsOf({ iat: 'PLACE' })).replace('"PLACE"', numeral);
      expect(await verdictsOn(payload), numeral).to.equal('its payload is not in canonical form');
    }
  });

  it('B2: exp is after iat', async () => {
    for (const exp of [NOW_S, NOW_S - 1, NOW_S - 60, 0, 1]) {
      expect(await verdictOn({ exp }), String(exp)).to.equal('it expires before it was issued');
    }
    expect(await verdictOn({ exp: NOW_S + 1 })).to.equal('accepted');
  });

  it('B2: exp is no further from iat than the purpose allows', async () => {
    const purposes = { 'password-reset': 900, 'file-download': 300 };
    for (const [purpose, lifetimeSeconds] of Object.entries(purposes)) {
      for (const iat of [NOW_S, NOW_S - 1, NOW_S - lifetimeSeconds + 1]) {
        expect(await verdictOn({ purpose, iat, exp: iat + lifetimeSeconds })).to.equal('accepted');
        for (const more of [1, 60, 65_536, 1_000_000_000]) {
          const exp = iat + lifetimeSeconds + more;
          expect(await verdictOn({ purpose, iat, exp })).to.equal('it lives longer than its purpose allows');
        }
      }
    }
  });

  it('B2: exp is no further from now than the purpose allows', async () => {
    for (const ahead of [1, 60, 900, 1_000_000, Number.MAX_SAFE_INTEGER - NOW_S - 60]) {
      const iat = NOW_S + ahead;
      expect(await verdictOn({ iat, exp: iat + 60 }), String(ahead)).to.equal('it was issued in the future');
    }
  });

  it('B2: iat and exp are those that the jti was written for', async () => {
    for (const [iat, exp] of [
      [NOW_S, NOW_S + 61],
      [NOW_S - 1, NOW_S + 60],
      [NOW_S - 1, NOW_S + 59],
      [NOW_S - 65_536, NOW_S - 65_476],
    ] as const) {
      const verdict = await verdictOn({ jti: jtiOf(iat, exp) });
      expect(verdict, `${iat - NOW_S} ${exp - NOW_S}`).to.equal('its jti does not fit its iat and exp');
    }
  });

  it('B2: a token whose times are those of the year 1970 is valid and expired, not special', async () => {
    for (const key of keys) {
      const token = forge(key, { iat: 0, exp: 60 });
      expect(await verdictOf(token, verifierOf(keys))).to.equal('accepted');
    }
  });
});
