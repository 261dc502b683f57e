import { expect } from 'chai';
import { parseMintOrder } from '../../src/burn/mint-order.ts';
import { MatchstickError } from '../../src/errors.ts';
import { MAX_JSON_DEPTH } from '../../src/token/json-value.ts';
import { verifyToken } from '../../src/token/verify.ts';
import {
  type Bytes,
  claimsOf,
  type Forger,
  forge,
  forgeText,
  headerOf,
  makeForgers,
  NOW_S,
  PURPOSES,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const NOT_CANONICAL = 'its payload is not in canonical form';
const NOT_UTF8_JSON = 'its payload is not JSON in UTF-8';
const TOO_DEEP = `its payload is nested deeper than ${MAX_JSON_DEPTH}`;

describe('the JSON in a token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  /** What each key's token with this payload is told, which is the same for all keys. */
  async function verdictOnPayload(payload: Bytes): Promise<string> {
    const verdicts = await Promise.all(
      keys.map((key) => verdictOf(forgeText(key, payload), verifierOf(keys))),
    );
    return [...new Set(verdicts)].join(' / ');
  }

  it('A11: a header with a member twice is refused, in either order and however it is escaped', async () => {
    for (const key of keys) {
      const honest = JSON.stringify(headerOf(key));
      const twice = Object.entries({ alg: 'none', kid: 'other', typ: 'JWT' }).flatMap(([name, other]) => {
        const escaped = `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
        const own = JSON.parse(honest)[name];
        return [name, escaped].flatMap((spelling) => [
          honest.replace('{', `{"${spelling}":"${other}",`),
          honest.replace('{', `{"${spelling}":"${own}",`),
          honest.replace('}', `,"${spelling}":"${other}"}`),
          honest.replace('}', `,"${spelling}":"${own}"}`),
        ]);
      });
      for (const header of twice) {
        const token = forgeText(key, JSON.stringify(claimsOf()), header);
        expect(await verdictOf(token, verifierOf(keys)), header).to.match(/^its (header|key)/);
      }
    }
  });

  it('A11: a payload with a member twice is refused, in either order and however it is escaped', async () => {
    const honest = JSON.stringify(claimsOf());
    for (const [name, own] of Object.entries(claimsOf())) {
      const escaped = `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
      const last = `${name.slice(0, -1)}\\u00${name.charCodeAt(name.length - 1).toString(16)}`;
      for (const spelling of [name, escaped, last]) {
        for (const other of [JSON.stringify(own), '"other"', '1', 'null']) {
          const first = honest.replace('{', `{"${spelling}":${other},`);
          expect(await verdictOnPayload(first), first).to.equal(NOT_CANONICAL);
          const second = honest.replace('}', `,"${spelling}":${other}}`);
          expect(await verdictOnPayload(second), second).to.not.equal('accepted');
        }
      }
    }
  });

  it('A11: claims with a member twice are refused at any depth', async () => {
    const withClaims = (claims: string) =>
      JSON.stringify(claimsOf({ purpose: 'file-download' })).replace(/}$/, `,"claims":${claims}}`);
    expect(await verdictOnPayload(withClaims('{"a":1,"b":{"c":2}}'))).to.equal('accepted');
    const twice = ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":[{"b":1,"b":2}]}', '{"a":{"":1,"":2}}'];
    for (const claims of twice) {
      expect(await verdictOnPayload(withClaims(claims)), claims).to.equal(NOT_CANONICAL);
    }
    const both = withClaims('{}').replace(/}$/, ',"claims":{"a":1}}');
    expect(await verdictOnPayload(both)).to.equal(NOT_CANONICAL);
  });

  it('A11: of all JSON texts for the same claims one is accepted', async () => {
    const honest = JSON.stringify(claimsOf());
    const { iss, ...rest } = claimsOf();
    const others = [
      JSON.stringify(claimsOf(), null, 1),
      ` ${honest}`,
      `${honest}\n`,
      honest.replace(':', ': '),
      honest.replaceAll('/', '\\/'),
      honest.replace('user-42', 'user\\u002d42'),
      honest.replace('"sub"', '"su\\u0062"'),
      JSON.stringify({ ...rest, iss }),
      honest.replace(String(NOW_S), `${NOW_S}.0`),
      honest.replace(String(NOW_S), `${NOW_S}e0`),
      honest.replace(String(NOW_S), '18e8'),
    ];
    expect(await verdictOnPayload(honest)).to.equal('accepted');
    for (const text of others) expect(await verdictOnPayload(text), text).to.equal(NOT_CANONICAL);
  });

  it('A12: a payload that is not plain UTF-8 is refused', async () => {
    const honest = JSON.stringify(claimsOf());
    const octets = Buffer.from(honest);
    const at = octets.indexOf('user-42');
    const inserted = (...bytes: readonly number[]) =>
      Buffer.concat([octets.subarray(0, at), Buffer.from(bytes), octets.subarray(at)]);
    const wrong = [
      `\ufeff${honest}`,
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), octets]),
      `${honest}\ufeff`,
      Buffer.from(honest, 'utf16le'),
      Buffer.from(`\ufeff${honest}`, 'utf16le'),
      Buffer.from(`\ufeff${honest}`, 'utf16le').swap16(),
      Buffer.from(honest, 'utf16le').swap16(),
      inserted(0xff),
      inserted(0x80),
      inserted(0xc3),
      inserted(0xc0, 0x80),
      inserted(0xc1, 0xbf),
      inserted(0xe0, 0x80, 0xaf),
      inserted(0xed, 0xa0, 0x80),
      inserted(0xed, 0xb0, 0x80),
      inserted(0xed, 0xa0, 0xbd, 0xed, 0xb4, 0xa5),
      inserted(0xf0, 0x80, 0x80, 0xaf),
      inserted(0xf4, 0x90, 0x80, 0x80),
      inserted(0xf5, 0x80, 0x80, 0x80),
      inserted(0xf0, 0x9f, 0x94),
      inserted(0),
      octets.subarray(0, -1),
      Buffer.concat([octets, Buffer.from([0])]),
      Buffer.concat([octets, octets]),
    ];
    for (const payload of wrong) {
      expect(await verdictOnPayload(payload), Buffer.from(payload).toString('latin1')).to.equal(
        NOT_UTF8_JSON,
      );
    }
    expect(await verdictOnPayload(inserted(0xf0, 0x9f, 0x94, 0xa5))).to.equal('accepted');
  });

  it('A12: a header that is not plain UTF-8 is refused', async () => {
    for (const key of keys) {
      const honest = JSON.stringify(headerOf(key));
      const wrong = [
        `\ufeff${honest}`,
        Buffer.from(honest, 'utf16le'),
        Buffer.from(`\ufeff${honest}`, 'utf16le'),
        Buffer.from(honest.replace('cap+jwt', '\xff'), 'latin1'),
        Buffer.from(honest.replace('"kid":"', '"kid":"\xed\xa0\x80'), 'latin1'),
      ];
      for (const header of wrong) {
        const verdict = await verdictOf(forgeText(key, JSON.stringify(claimsOf()), header), verifierOf(keys));
        expect(verdict).to.equal('its header is not JSON in UTF-8');
      }
    }
  });

  it('A12: a lone surrogate in any claim, value or name, is refused', async () => {
    const surrogates = ['\\ud800', '\\udbff', '\\udc00', '\\udfff', '\\udc00\\ud800', 'x\\ud83dx', '\\uD800'];
    for (const surrogate of surrogates) {
      for (const name of ['iss', 'aud', 'sub', 'jti', 'purpose']) {
        const payload = JSON.stringify(claimsOf({ [name]: 'PLACE' })).replace('PLACE', surrogate);
        expect(await verdictOnPayload(payload)).to.equal('its payload has a lone surrogate');
      }
      const place = { purpose: 'file-download', claims: { a: [{ b: 'PLACE' }] } };
      const value = JSON.stringify(claimsOf(place)).replace('PLACE', surrogate);
      expect(await verdictOnPayload(value)).to.equal('its payload has a lone surrogate');
      const named = JSON.stringify(claimsOf({ ...place, claims: { PLACE: 1 } })).replace('PLACE', surrogate);
      expect(await verdictOnPayload(named)).to.equal('its payload has a lone surrogate in a name');
    }
    const escapedPair = JSON.stringify(claimsOf({ sub: 'PLACE' })).replace('PLACE', '\\ud83d\\udd25');
    expect(await verdictOnPayload(escapedPair)).to.equal(NOT_CANONICAL);
    for (const key of keys)
      expect(await verdictOf(forge(key, { sub: '🔥' }), verifierOf(keys))).to.equal('accepted');
  });

  it(`A13: a payload nested ${MAX_JSON_DEPTH} deep is accepted and one level more is refused`, async () => {
    for (const nested of [nestedObjects, nestedLists]) {
      const payload = (depth: number) =>
        JSON.stringify(claimsOf({ purpose: 'file-download', claims: { a: nested(depth - 2) } }));
      expect(await verdictOnPayload(payload(MAX_JSON_DEPTH))).to.equal('accepted');
      for (const depth of [MAX_JSON_DEPTH + 1, MAX_JSON_DEPTH + 2, 100]) {
        expect(await verdictOnPayload(payload(depth)), `${nested.name} ${depth}`).to.equal(TOO_DEEP);
      }
    }
  });

  it('A13: the deepest nesting that fits into a token or a header is refused without a crash', async () => {
    for (const key of keys) {
      const open = '['.repeat(600) + ']'.repeat(600);
      const payload = JSON.stringify(claimsOf()).replace('"user-42"', open);
      expect(await verdictOf(forgeText(key, payload), verifierOf(keys))).to.equal(TOO_DEEP);
      expect(await verdictOf(forgeText(key, open), verifierOf(keys))).to.equal(TOO_DEEP);
      const half = '['.repeat(150) + ']'.repeat(150);
      const header = JSON.stringify(headerOf(key)).replace(`"${key.kid}"`, half);
      const verdict = await verdictOf(forgeText(key, '{}', header), verifierOf(keys));
      expect(verdict).to.equal("its header's kid is missing or malformed");
    }
  });

  it('A13: claims are minted no deeper than they are accepted', async () => {
    for (let depth = 1; depth <= MAX_JSON_DEPTH + 2; depth++) {
      const claims = { a: nestedObjects(depth - 1) };
      const order = parseMintOrder({ purpose: 'file-download', subject: 'user-42', claims }, PURPOSES);
      const minted = !(order instanceof MatchstickError);
      const verdict = await verdictOnPayload(JSON.stringify(claimsOf({ purpose: 'file-download', claims })));
      expect(minted, `minted with claims nested ${depth} deep`).to.equal(verdict === 'accepted');
    }
  });

  it('A15: a __proto__ member is refused wherever it stands', async () => {
    const file = claimsOf({ purpose: 'file-download', claims: { a: 1 } });
    const honest = JSON.stringify(file);
    const evil = '"__proto__":{"purpose":"password-reset","admin":true}';
    const payloads = [
      honest.replace('{', `{${evil},`),
      honest.replace(/}}$/, `},${evil}}`),
      honest.replace('"a":1', evil),
      honest.replace('"a":1', `"a":{${evil}}`),
      honest.replace('"a":1', `"a":[{${evil}}]`),
      honest.replace('"a":1', '"__proto__":null'),
      honest.replace('"a":1', '"\\u005f_proto__":1'),
      honest.replace('"jti"', '"__proto__":{"jti":"x"},"jti"'),
    ];
    expect(await verdictOnPayload(honest)).to.equal('accepted');
    for (const payload of payloads) {
      expect(await verdictOnPayload(payload), payload).to.equal('its payload has a member named __proto__');
    }
  });

  it('A15: a __proto__ member stands in for no claim that is missing', async () => {
    for (const name of Object.keys(claimsOf())) {
      const { [name]: value, ...rest } = claimsOf();
      const payload = JSON.stringify(rest).replace('{', `{"__proto__":${JSON.stringify({ [name]: value })},`);
      expect(await verdictOnPayload(payload)).to.equal('its payload has a member named __proto__');
    }
  });

  it('A15: accepted claims inherit nothing, and copying them changes nothing else', async () => {
    const claims = { constructor: 'c', toString: 't', hasOwnProperty: 1, nested: [{ valueOf: null }] };
    for (const key of keys) {
      const token = forge(key, { purpose: 'file-download', claims });
      const verification = await verifyToken(token, verifierOf(keys), NOW_S * 1000);
      if (!verification.valid) throw new Error(verification.reason);
      const accepted = verification.token.claims;
      expect(Object.getPrototypeOf(accepted)).to.equal(null);
      expect(JSON.stringify(accepted)).to.equal(JSON.stringify(claims));
      const copies = [Object.assign({}, accepted), { ...accepted }, structuredClone(accepted)];
      for (const copy of copies) expect(JSON.stringify(copy)).to.equal(JSON.stringify(claims));
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
    }
  });
});

function nestedObjects(levels: number): unknown {
  return levels <= 0 ? 1 : { a: nestedObjects(levels - 1) };
}

function nestedLists(levels: number): unknown {
  return levels <= 0 ? 1 : [nestedLists(levels - 1)];
}
