import { expect } from 'chai';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const CLAIMS = { type: 'object', properties: { email: { type: 'string' }, key: { type: 'string' } } };
const STORES = { files: { bucket: 'acme-files', region: 'eu-central-1' } };

const purpose = (members: object) => ({ purposes: { p: { audience: 'app', lifetime: '5m', ...members } } });
const opening = (more: object) => ({
  stores: STORES,
  ...purpose({ claims: CLAIMS, ...more, opens: { s3: { store: 'files', key: 'files/{claims.key}' } } }),
});

describe('bind and sealed in a configuration', () => {
  it('are taken as they are written', () => {
    const text = JSON.stringify(
      purpose({ bind: { session: 'optional', request: 'required' }, claims: CLAIMS, sealed: ['email'] }),
    );
    const policy = parseSettings(text, {}, 'x').purposes.get('p');
    expect(policy?.bind).to.deep.equal({ session: 'optional', request: 'required' });
    expect([...(policy?.sealed ?? [])]).to.deep.equal(['email']);
  });

  for (const [what, configuration, problems] of [
    [
      'a kind of binding that nobody knows',
      purpose({ bind: { sesion: 'required' } }),
      ['purposes.p.bind.sesion: is not known here (did you mean session?)'],
    ],
    [
      'a binding that is neither optional nor required',
      purpose({ bind: { key: true } }),
      ['purposes.p.bind.key: must be one of optional, required'],
    ],
    [
      'a link, while a binding is required that no visitor can prove',
      purpose({ link: {}, bind: { session: 'required', key: 'required', request: 'optional' } }),
      ['purposes.p.link: a visitor can show no proof, so no link works while bind requires session and key'],
    ],
    [
      'a link, also one that is not made by default',
      purpose({ link: { byDefault: false }, bind: { request: 'required' } }),
      ['purposes.p.link: a visitor can show no proof, so no link works while bind requires request'],
    ],
    ['a link with bindings that may be left out', purpose({ link: {}, bind: { session: 'optional' } }), []],
    [
      'a sealed claim that is not declared',
      purpose({ claims: CLAIMS, sealed: ['emal', 'phone'] }),
      [
        'purposes.p.sealed: no claim is named emal (did you mean email?)',
        'purposes.p.sealed: no claim is named phone',
      ],
    ],
    [
      'a sealed claim of a purpose that carries none',
      purpose({ sealed: ['email'] }),
      ['purposes.p.sealed: no claim is named email'],
    ],
    [
      'a sealed claim that would end up in a URL',
      opening({ sealed: ['email', 'key'] }),
      ['purposes.p.sealed: the claim key is used by opens, so it cannot be sealed'],
    ],
    ['a sealed claim beside those that are opened with', opening({ sealed: ['email'] }), []],
  ] as const) {
    it(`are judged: ${what}`, () => {
      expect(problemsOf(configuration)).to.deep.equal(problems);
    });
  }
});
