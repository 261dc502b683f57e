import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  contentDigest,
  isThumbprint,
  parseBoundTo,
  parseConfirmation,
  requestDigest,
  sessionDigest,
} from '../../src/token/binding.ts';
import { jtiOf, NOW_S } from '../support/forge.ts';

const JTI = jtiOf(NOW_S, NOW_S + 60);
const OTHER_JTI = jtiOf(NOW_S, NOW_S + 61);
const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

describe('what a token is bound to', () => {
  it('is written as 22 characters of a SHA-256, so anybody can check it who knows both', () => {
    const expected = createHash('sha256').update(`${JTI}\nsession\ns-1`).digest('base64url').slice(0, 22);
    expect(sessionDigest(JTI, 's-1')).to.equal(expected);
  });

  it('is written differently in every token: two of one session cannot be told to be', () => {
    expect(sessionDigest(JTI, 's-1')).to.not.equal(sessionDigest(OTHER_JTI, 's-1'));
    expect(requestDigest(JTI, 'GET', 'u')).to.not.equal(requestDigest(OTHER_JTI, 'GET', 'u'));
    expect(contentDigest(JTI, 't/t', 'd')).to.not.equal(contentDigest(OTHER_JTI, 't/t', 'd'));
  });

  it('differs whenever anything of it differs', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        expect(sessionDigest(JTI, a) === sessionDigest(JTI, b)).to.equal(a === b);
        expect(contentDigest(JTI, 't/t', a) === contentDigest(JTI, 't/t', b)).to.equal(a === b);
        expect(contentDigest(JTI, 't/a', 'd') === contentDigest(JTI, 't/b', 'd')).to.equal(false);
        const [method, url, otherMethod, otherUrl] = [a, `http:${b}`, c, `http:${d}`];
        if ([a, c].some((each) => each.includes('\n'))) return;
        const isSame = requestDigest(JTI, method, url) === requestDigest(JTI, otherMethod, otherUrl);
        expect(isSame).to.equal(a === c && b === d);
      }),
    );
  });

  it('is never the same for a session, a request and a body that read alike', () => {
    const digests = [sessionDigest(JTI, 'a\nb'), requestDigest(JTI, 'a', 'b'), contentDigest(JTI, 'a', 'b')];
    expect(new Set(digests).size).to.equal(3);
  });

  it('is read from a payload as it was written, and nothing else is', () => {
    const [session, request, content] = [
      sessionDigest(JTI, 's'),
      requestDigest(JTI, 'GET', 'u'),
      contentDigest(JTI, 't/t', 'd'),
    ];
    for (const bind of [{ session }, { request }, { content }, { session, request, content }]) {
      expect(parseBoundTo(bind)).to.deep.equal(bind);
    }
    for (const wrong of [
      undefined,
      null,
      {},
      [],
      session,
      { key: session },
      { session: 's' },
      { session, a: request },
    ]) {
      expect(parseBoundTo(wrong)).to.equal(undefined);
    }
    expect(parseConfirmation({ jkt: JKT })).to.deep.equal({ jkt: JKT });
    for (const wrong of [
      undefined,
      null,
      {},
      [],
      JKT,
      { kid: JKT },
      { jkt: JKT, kid: JKT },
      { jkt: 'short' },
    ]) {
      expect(parseConfirmation(wrong)).to.equal(undefined);
    }
  });
});

describe('an RFC 7638 thumbprint', () => {
  it('is 32 octets in their one base64url spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (octets) => {
        expect(isThumbprint(Buffer.from(octets).toString('base64url'))).to.equal(true);
      }),
    );
    const spare = JKT.replace(/I$/, 'J');
    for (const wrong of [
      '',
      JKT.slice(1),
      `${JKT}A`,
      `${JKT}=`,
      spare,
      JKT.replace('-', '+'),
      `${JKT.slice(1)}\n`,
      1,
      null,
    ]) {
      expect(isThumbprint(wrong), String(wrong)).to.equal(false);
    }
  });
});
