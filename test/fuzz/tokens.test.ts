import type { verifyDpop } from '../../src/token/dpop.ts';
import { parseStrictJson } from '../../src/token/strict-json.ts';
import { parseTemplate } from '../../src/token/template.ts';
import type { verifyToken } from '../../src/token/verify.ts';
import { dpopTarget } from './dpop.ts';
import { objectKeyTarget } from './object-key.ts';
import { strictJsonTarget } from './strict-json.ts';
import { fuzzes, type Mutant } from './suite.ts';
import { tokenTarget } from './token.ts';

type Verify = typeof verifyToken;

const NOBODY_MINTED = /a token that nobody minted is accepted/;

/** A verifier that lets a token pass that it should refuse for this reason. */
function forgiving(reason: string): Mutant<Verify> {
  return {
    of: (verify) => async (token, verifier, now) => {
      const verification = await verify(token, verifier, now);
      if (verification.valid || verification.reason !== reason) return verification;
      return { valid: true, token: JSON.parse('{}') };
    },
    found: NOBODY_MINTED,
  };
}

fuzzes(tokenTarget, {
  'a verifier that takes a token which is too long': {
    ...forgiving('it is too long'),
    found: /characters is accepted/,
  },
  'a verifier that takes any number of segments': forgiving('it is not three base64url segments'),
  'a verifier that takes another spelling': forgiving('it is not in its canonical spelling'),
  'a verifier that takes an unknown key': forgiving('its key is not known here'),
  'a verifier that takes another alg': forgiving("its header's alg is not the algorithm of its key"),
  'a verifier that takes its header in another form': forgiving('its header is not in canonical form'),
  'a verifier that takes more members in a header': forgiving(
    'its header has a member other than alg, kid and typ',
  ),
  'a verifier that takes any signature': forgiving('its signature does not verify'),
  'a verifier that takes another spelling of a payload': forgiving('its payload is not in canonical form'),
  'a verifier that takes unknown claims': forgiving('its payload has a claim that is not known here'),
  'a verifier that takes another issuer': forgiving('its issuer is another'),
  'a verifier that takes a jti of other times': forgiving('its jti does not fit its iat and exp'),
  'a verifier that trims': {
    of: (verify) => (token, verifier, now) => verify(token.trim(), verifier, now),
    found: NOBODY_MINTED,
  },
  'a verifier that quotes the token': {
    of: (verify) => async (token, verifier, now) => {
      const verification = await verify(token, verifier, now);
      return verification.valid
        ? verification
        : { valid: false, reason: `it begins with ${token.slice(0, 11)}` };
    },
    found: /it quotes its input/,
  },
  'a verifier that refuses honest tokens': {
    of: (verify) => async (token, verifier, now) => {
      const verification = await verify(token, verifier, now);
      return token.length % 7 === 0 ? { valid: false, reason: 'it is unlucky' } : verification;
    },
    found: /an honest token is refused/,
  },
  'a verifier that verifies twice': {
    of: (verify) => async (token, verifier, now) => {
      await verify(token, verifier, now);
      return verify(token, verifier, now);
    },
    found: /more work/,
  },
  'a verifier that throws': {
    of: (verify) => (token, verifier, now) => {
      decodeURIComponent(token);
      return verify(token, verifier, now);
    },
    found: /URIError/,
  },
});

fuzzes(strictJsonTarget, {
  'a parser that is JSON.parse': {
    of: () => (octets) => {
      try {
        return JSON.parse(Buffer.from(octets).toString());
      } catch {
        return parseStrictJson(octets);
      }
    },
    found: /can be read in two ways/,
  },
  'a parser that reads another value': {
    of: (parse) => (octets) => {
      const value = parse(octets);
      return typeof value === 'number' ? Math.fround(value) : value;
    },
    found: /another value/,
  },
  'a parser that mends octets which are not UTF-8': {
    of: (parse) => (octets) => parse(Buffer.from(Buffer.from(octets).toString())),
    found: /what is no JSON/,
  },
  'a parser that refuses what is plain': {
    of: (parse) => (octets) =>
      parse(octets.includes(0x7b) && octets.length > 40 ? Uint8Array.of(0x7b) : octets),
    found: /plain JSON is refused/,
  },
  'a parser that throws something else': {
    of: (parse) => (octets) => {
      if (octets[0] === 0x5b) throw new RangeError('too deep');
      return parse(octets);
    },
    found: /too deep/,
  },
});

type Prove = typeof verifyDpop;

/** A verifier that lets a proof pass that it should refuse for this reason. */
function lenient(...reasons: readonly string[]): Mutant<Prove> {
  return {
    of: (verify) => async (proof, call) => {
      const verification = await verify(proof, call);
      if (verification.valid || !reasons.includes(verification.reason)) return verification;
      return { valid: true, name: 'A'.repeat(22) };
    },
    found: /a wrong proof is accepted/,
  };
}

fuzzes(dpopTarget, {
  'a verifier that takes what is no JWS': lenient('it is not a compact JWS'),
  'a verifier that takes any JSON': lenient('its header or payload is not a JSON object'),
  'a verifier that takes another typ': lenient('its typ is not dpop+jwt'),
  'a verifier that takes any key': lenient('its key is not the one that the token names'),
  'a verifier that takes a private key': lenient('its jwk is not a public key alone'),
  'a verifier that takes a weak key': lenient('its key is too weak'),
  'a verifier that takes any signature': lenient('its signature does not verify'),
  'a verifier that takes another method': lenient('its htm is another method'),
  'a verifier that takes another URL': lenient('its htu is another URL'),
  'a verifier that takes any time': lenient('its iat is not within 60 seconds of now'),
  'a verifier that takes another token': lenient('its ath is not the hash of this token'),
  'a verifier that takes critical parameters': lenient('it has critical header parameters'),
  'a verifier that names a proof by its text': {
    of: (verify) => async (proof, call) => {
      const verification = await verify(proof, call);
      return verification.valid ? { valid: true, name: proof.slice(-22) } : verification;
    },
    found: /another name/,
  },
  'a verifier that refuses right proofs': {
    of: () => async () => ({ valid: false, reason: 'it is Monday' }),
    found: /a right proof is refused/,
  },
});

fuzzes(objectKeyTarget, {
  'keys that leave the prefix': {
    of: (naming) => ({
      ...naming,
      parseOrder: (request, policy) => naming.parseOrder(request, { ...policy, prefix: '' }),
    }),
    found: /is not under|is refused|is accepted/,
  },
  'keys with dot segments': {
    of: (naming) => ({
      ...naming,
      parseOrder: (request, policy) => {
        const order = naming.parseOrder(request, policy);
        if (order.ok || !request.key.includes('..')) return order;
        return {
          ok: true,
          value: { method: 'GET', key: policy.prefix + request.key, query: {}, headers: {} },
        };
      },
    }),
    found: /is accepted/,
  },
  'keys that are tidied up': {
    of: (naming) => ({
      ...naming,
      parseOrder: (request, policy) => naming.parseOrder({ ...request, key: request.key.trim() }, policy),
    }),
    found: /is signed as|is accepted/,
  },
  'templates in which two subjects have one object': {
    of: (naming) => ({
      ...naming,
      parseOpeningRules: (settings, policy, wrongClaim) => {
        const rules = naming.parseOpeningRules(settings, policy, wrongClaim);
        const parsed = parseTemplate(settings.key, wrongClaim);
        if (rules.ok || !parsed.ok || policy.prefix !== '') return rules;
        const { operation } = settings;
        return {
          ok: true,
          value: { store: 's', operation, key: parsed.template, terms: {}, expiresInSeconds: 60 },
        };
      },
    }),
    found: /to two tokens/,
  },
  'a prefix that is judged by what a token says': {
    of: (naming) => ({
      ...naming,
      filledKey: (template, token) => {
        const [prefix, ...parts] = template.parts;
        const bare = naming.filledKey({ parts }, token);
        const isThere = typeof prefix === 'string' && bare.ok && bare.value.startsWith(prefix);
        return isThere ? bare : naming.filledKey(template, token);
      },
    }),
    found: /the template .* gives/,
  },
  'a prefix that leads out': {
    of: (naming) => ({ ...naming, prefixProblem: () => undefined }),
    found: /the prefix .* is accepted/s,
  },
});
