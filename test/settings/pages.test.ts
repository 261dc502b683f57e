import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { SHIPPED_TEXTS } from '../../src/pages/texts.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { textsIn } from '../pages/example.ts';
import { problemsOf } from './problems-of.ts';

const PURPOSE = { audience: 'app', lifetime: '5m' };
const LANGUAGE = 'must be a language tag, such as en or pt-BR';
const LOGO_URL = 'must be a file, or a data: URL of image/svg+xml, image/png, image/jpeg or image/webp';

const settingsOf = (configuration: object) => parseSettings(JSON.stringify(configuration), {}, 'x');
const pagesOf = (pages: object) => settingsOf({ pages }).pages;
const linkOf = (link: unknown) =>
  settingsOf({ purposes: { p: { ...PURPOSE, link } } }).purposes.get('p')?.link;
const withLink = (link: unknown) => ({ purposes: { p: { ...PURPOSE, link } } });
const { unasked: _unasked, ...incomplete } = textsIn('fr');

describe('the pages in a configuration', () => {
  it('speak English and German in a plain look when nothing is said', () => {
    const settings = parseSettings('', {}, 'x');
    expect(settings.pages).to.deep.equal({
      color: '#1f5fd1',
      language: 'en',
      texts: SHIPPED_TEXTS,
      purposes: new Map(),
    });
    expect(settings).to.not.have.property('logoFile');
  });

  it('have the name, the color and the default language that are said', () => {
    expect(pagesOf({ name: ' Acme ', color: '#B3261E', language: 'de' })).to.include({
      name: 'Acme',
      color: '#b3261e',
      language: 'de',
    });
    expect(pagesOf({ color: '#fA0' }).color).to.equal('#ffaa00');
  });

  it('have a logo at once from a data: URL, and its path from a file', () => {
    const url = 'data:image/png;base64,AAAA';
    expect(pagesOf({ name: 'Acme', logo: url }).logo).to.equal(url);
    const settings = settingsOf({ pages: { name: 'Acme', logo: './logo.svg' } });
    expect(settings.pages).to.not.have.property('logo');
    expect(settings.logoFile).to.equal(resolve('logo.svg'));
  });

  it('speak every language that is added, and say in their own words what is shipped', () => {
    const { texts, language } = pagesOf({
      language: 'pt-BR',
      texts: { 'pt-BR': textsIn('pt-BR'), en: textsIn('en') },
    });
    expect([...texts.keys()]).to.deep.equal(['en', 'de', 'pt-BR']);
    expect(texts.get('pt-BR')).to.deep.equal(textsIn('pt-BR'));
    expect(texts.get('en')).to.deep.equal(textsIn('en'));
    expect(language).to.equal('pt-BR');
  });

  it('have another sentence of the same language for four that it may lack', () => {
    const { leadsTitle: _1, leadsText: _2, lockedTitle: _3, lockedText: _4, ...fewer } = textsIn('fr');
    const { doneTitle, button, deadTitle, deadText } = fewer;
    expect(pagesOf({ texts: { fr: fewer } }).texts.get('fr')).to.deep.equal({
      ...fewer,
      ...{ leadsTitle: doneTitle, leadsText: button, lockedTitle: deadTitle, lockedText: deadText },
    });
  });

  it('speak the language that the documentation shows, just as it stands there', () => {
    const docs = readFileSync(new URL('../../docs/links.md', import.meta.url), 'utf8');
    const example = /```yaml\n(pages:\n {2}texts:\n {4}fr:[\s\S]*?)```/.exec(docs)?.[1] ?? '';
    const { texts } = parseSettings(example, {}, 'docs/links.md').pages;
    expect(texts.get('fr')).to.deep.equal(parse(example).pages.texts.fr);
    expect(texts.get('fr')).to.have.all.keys(Object.keys(textsIn('fr')));
  });

  for (const [what, pages, problems] of [
    ['a color by name', { color: 'red' }, ['pages.color: must be a color in hex, such as "#b3261e"']],
    [
      'a color that ends too soon',
      { color: '#b3261' },
      ['pages.color: must be a color in hex, such as "#b3261e"'],
    ],
    [
      'a color with more behind it',
      { color: '#b3261e;}' },
      ['pages.color: must be a color in hex, such as "#b3261e"'],
    ],
    ['an empty name', { name: ' ' }, ['pages.name: must not be empty']],
    ['a name that is too long', { name: 'n'.repeat(101) }, ['pages.name: must have at most 100 characters']],
    [
      'a logo without a name',
      { logo: './logo.svg' },
      ['pages.name: is required with a logo: it is read aloud in its place'],
    ],
    ['a logo of another type', { name: 'a', logo: 'data:text/html,x' }, [`pages.logo: ${LOGO_URL}`]],
    ['a logo that is a GIF', { name: 'a', logo: 'data:image/gif;base64,R0lG' }, [`pages.logo: ${LOGO_URL}`]],
    [
      'a logo with a blank in it',
      { name: 'a', logo: 'data:image/png;base64,A A' },
      [`pages.logo: ${LOGO_URL}`],
    ],
    [
      'a logo that is too large',
      { name: 'a', logo: `data:image/png;base64,${'A'.repeat(90_000)}` },
      ['pages.logo: must be at most 64 KiB'],
    ],
    [
      'a default language that is not there',
      { language: 'fr' },
      ['pages.language: the pages do not speak fr: add pages.texts.fr'],
    ],
    ['a language that is none', { language: 'klingon!' }, [`pages.language: ${LANGUAGE}`]],
    ['a language that no standard allows', { language: 'en-a1' }, [`pages.language: ${LANGUAGE}`]],
    [
      'sentences in a language that is none',
      { texts: { 'f r': textsIn('fr') } },
      [`pages.texts.f r: ${LANGUAGE}`],
    ],
    [
      'a language with a sentence missing',
      { texts: { fr: incomplete } },
      ['pages.texts.fr.unasked: is required'],
    ],
    [
      'a language with a sentence too many, and one that is empty',
      { texts: { fr: { ...textsIn('fr'), deadTitel: 'x', title: '' } } },
      [
        'pages.texts.fr.title: must not be empty',
        'pages.texts.fr.deadTitel: is not known here (did you mean deadTitle?)',
      ],
    ],
    [
      'a language that does not say how many tries are left',
      { texts: { fr: { ...textsIn('fr'), wrongCode: 'Non.' } } },
      ['pages.texts.fr.wrongCode: must contain {tries}'],
    ],
    ['a slip of the pen', { colour: '#fff' }, ['pages.colour: is not known here (did you mean color?)']],
  ] as const) {
    it(`are told of ${what}`, () => {
      expect(problemsOf({ pages })).to.deep.equal(problems);
    });
  }
});

const ELSEWHERE =
  'has a placeholder outside its path: they are allowed in the path and in the values of the query, never in the scheme, the host or the name of a parameter';

describe('the link of a purpose', () => {
  it('leads to no address with a claim that is sealed, misspelled or no text', () => {
    const claims = {
      type: 'object',
      properties: { tenant: { type: 'string' }, email: { type: 'string' }, tags: { type: 'array' } },
    };
    const then = ['email', 'tenat', 'tags', 'tenant'].map((claim) => `https://a.example/{claims.${claim}}`);
    expect(
      problemsOf({ purposes: { p: { ...PURPOSE, claims, sealed: ['email'], link: { then } } } }),
    ).to.deep.equal([
      'purposes.p.link.then.0: has {claims.email}, but that claim is sealed, and everybody on the way can read a URL',
      'purposes.p.link.then.1: has {claims.tenat}, but the purpose declares no such claim (did you mean tenant?)',
      'purposes.p.link.then.2: has {claims.tags}, but that claim is not a string or number',
    ]);
  });

  it('is not there when nothing is said, and needs no more than to be named', () => {
    expect(settingsOf({ purposes: { p: PURPOSE } }).purposes.get('p')).to.not.have.property('link');
    expect(linkOf({})).to.deep.equal({ asksCode: false, byDefault: true });
  });

  it('has what is said of it', () => {
    const text = 'https://app.example.com/reset?a=b';
    expect(linkOf({ then: text, code: true, byDefault: false })).to.deep.equal({
      then: [{ text, parts: [text] }],
      asksCode: true,
      byDefault: false,
    });
    const several = ['https://app.example.com/{subject}/reset', text];
    expect(linkOf({ then: several })?.then?.map((each) => each.text)).to.deep.equal(several);
  });

  it('leads nowhere when the variable that may say where is not set', () => {
    const text = `purposes: { p: { audience: a, lifetime: 5m, link: { then: "\${APP_URL:-}" } } }`;
    expect(parseSettings(text, {}, 'x').purposes.get('p')?.link).to.deep.equal({
      asksCode: false,
      byDefault: true,
    });
    const env = { APP_URL: 'https://app.example.com' };
    expect(parseSettings(text, env, 'x').purposes.get('p')?.link?.then?.[0].text).to.equal(env.APP_URL);
  });

  it('says of itself on the pages what is said of it', () => {
    const text = { en: { title: 'Reset', text: 'Now.', button: 'Go' }, de: { button: 'Los' } };
    const { pages } = settingsOf({
      purposes: { p: { ...PURPOSE, link: { text } }, q: { ...PURPOSE, link: {} } },
    });
    expect(pages.purposes).to.deep.equal(new Map([['p', new Map(Object.entries(text))]]));
  });

  for (const [what, link, problems] of [
    ['nothing behind its name', null, ['purposes.p.link: has no value: write its settings, or {}']],
    ['an address that is none', { then: '/reset' }, ['purposes.p.link.then: must be an http or https URL']],
    [
      'an address of another scheme',
      { then: 'javascript:alert(1)' },
      ['purposes.p.link.then: must be an http or https URL'],
    ],
    [
      'an address with a fragment',
      { then: 'https://a.example/#x' },
      ['purposes.p.link.then: must have no fragment'],
    ],
    [
      'an address with a user in it',
      { then: 'https://app.example.com@evil.example/' },
      ['purposes.p.link.then: must have no user name and no password'],
    ],
    [
      'an address that is neither a text nor a list',
      { then: 7 },
      ['purposes.p.link.then: must be an http or https URL, or a list of them'],
    ],
    ['an empty list of addresses', { then: [] }, ['purposes.p.link.then: must have at least 1 item']],
    [
      'a list with addresses that cannot be',
      { then: ['https://a.example/', '/reset', 'https://a.example/', 'https://{subject}.example/'] },
      [
        'purposes.p.link.then.1: must be an http or https URL',
        'purposes.p.link.then.2: is in the list already',
        `purposes.p.link.then.3: ${ELSEWHERE}`,
      ],
    ],
    [
      'an address with a claim that is not there',
      { then: 'https://a.example/{claims.tenant}' },
      ['purposes.p.link.then: has {claims.tenant}, but the purpose declares no such claim'],
    ],
    [
      'an address with a placeholder that is none',
      { then: ['https://a.example/{tenant}'] },
      ['purposes.p.link.then.0: has {tenant}, which is not known here: use {subject} or {claims.<name>}'],
    ],
    ['a code in words', { code: 'yes' }, ['purposes.p.link.code: must be true or false, not a string']],
    [
      'texts in a language that the pages do not speak',
      { text: { ed: { title: 'x' } } },
      ['purposes.p.link.text.ed: the pages do not speak ed (did you mean en?): add pages.texts.ed'],
    ],
    [
      'a sentence that is not its own',
      { text: { en: { deadTitle: 'x' } } },
      [
        'purposes.p.link.text.en.deadTitle: is not known here (did you mean pages.texts.<language>.deadTitle?)',
      ],
    ],
    ['an empty title', { text: { en: { title: '' } } }, ['purposes.p.link.text.en.title: must not be empty']],
    ['a slip of the pen', { cod: true }, ['purposes.p.link.cod: is not known here (did you mean code?)']],
  ] as const) {
    it(`is told of ${what}`, () => {
      expect(problemsOf(withLink(link))).to.deep.equal(problems);
    });
  }

  it('and the pages are told of together with everything else', () => {
    expect(
      problemsOf({
        pages: { logo: './logo.svg', language: 'fr' },
        callers: { c: { keySha256: ['a'.repeat(64)], mint: ['q'] } },
        ...withLink({ text: { nl: {} } }),
      }),
    ).to.have.lengthOf(4);
  });
});
