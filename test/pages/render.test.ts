import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { renderPages } from '../../src/pages/render.ts';
import { SHIPPED_TEXTS } from '../../src/pages/texts.ts';
import { ATTEMPT, LEADS, LOGO, lookWith, textsIn, VIEWS } from './example.ts';

const live = VIEWS['a link that works'];
const views = Object.entries(VIEWS);
const languages = [...SHIPPED_TEXTS.keys()];

function policyOf(headers: Readonly<Record<string, string>>): Map<string, string> {
  const directives = (headers['Content-Security-Policy'] ?? '').split('; ');
  return new Map(
    directives.map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('a page', () => {
  const render = renderPages(lookWith(), new Map([['password-reset', ['https://app.example.com']]]));

  for (const [what, view] of views) {
    for (const language of languages) {
      it(`says in its headers what it is: ${what}, ${language}`, () => {
        const { headers } = render(view, language);
        expect(headers).to.deep.include({
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Language': language,
          Vary: 'Accept-Language',
          'X-Robots-Tag': 'noindex, nofollow',
        });
        expect(Object.keys(headers)).to.have.lengthOf(5);
      });

      it(`allows its own style and nothing else: ${what}, ${language}`, () => {
        const { html, headers } = render(view, language);
        const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
        expect(styles).to.have.lengthOf(1);
        const hash = createHash('sha256').update(styles.join()).digest('base64');
        expect(Object.fromEntries(policyOf(headers))).to.deep.equal({
          'default-src': "'none'",
          'style-src': `'sha256-${hash}'`,
          'img-src': 'data:',
          'form-action': view.kind === 'live' ? "'self' https://app.example.com" : "'none'",
          'base-uri': "'none'",
          'frame-ancestors': "'none'",
        });
      });

      it(`runs nothing and loads nothing: ${what}, ${language}`, () => {
        const { html } = render(view, language);
        expect(html).to.match(/^<!doctype html>\n/);
        expect(html).to.not.match(/<script|<iframe|<object|<embed|\son\w+=|javascript:|http-equiv/i);
        expect(html).to.not.match(/https?:|\/\/|url\(|@import/);
        expect(html).to.include(`<html lang="${language}" dir="ltr">`);
        expect(html).to.include('<meta name="robots" content="noindex, nofollow">');
      });
    }
  }

  it('has a form only where there is something to press, and one button in it', () => {
    for (const [what, view] of views) {
      const { html } = render(view, 'en');
      const count = (pattern: RegExp) => [...html.matchAll(pattern)].length;
      const expected = view.kind === 'live' ? 1 : 0;
      expect(count(/<form method="post" autocomplete="off">/g), what).to.equal(expected);
      expect(count(/<form/g), what).to.equal(expected);
      expect(count(/<button type="submit">/g), what).to.equal(expected);
      expect(
        count(new RegExp(`<input type="hidden" name="attempt" value="${ATTEMPT}">`, 'g')),
        what,
      ).to.equal(expected);
      const asksCode = view.kind === 'live' && view.asksCode;
      expect(count(/name="code"/g), what).to.equal(asksCode ? 1 : 0);
    }
  });

  it('allows images of data: only, such as its logo', () => {
    const { html, headers } = renderPages(lookWith({ logo: LOGO }))({ kind: 'dead' }, 'en');
    expect(policyOf(headers).get('img-src')).to.equal('data:');
    expect(html).to.include(`<img src="${LOGO}" alt="Acme">`);
  });

  it('lets the form of a purpose lead to the origins of that purpose alone', () => {
    const targets = new Map([
      ['password-reset', ['https://app.example.com', 'https://s3.example.com:9000']],
      ['other', ['https://other.example']],
    ]);
    const formAction = (purpose: string) =>
      policyOf(renderPages(lookWith(), targets)({ ...live, purpose }, 'en').headers).get('form-action');
    expect(formAction('password-reset')).to.equal(
      "'self' https://app.example.com https://s3.example.com:9000",
    );
    expect(formAction('other')).to.equal("'self' https://other.example");
    expect(formAction('unheard-of')).to.equal("'self'");
  });

  it('cannot be given a form target that is more than an origin', () => {
    for (const target of [
      'https://app.example.com/',
      'https://app.example.com/reset',
      "https://app.example.com; script-src 'unsafe-inline'",
      'https://a.example https://b.example',
      'https://APP.example.com',
      'app.example.com',
      "'self'",
      '*',
      'https:',
      'javascript:alert(1)',
      'null',
      '',
    ]) {
      expect(() => renderPages(lookWith(), new Map([['p', [target]]])), target).to.throw(TypeError);
    }
  });

  it('keeps what the configuration says in its place', () => {
    const hostile = `</title></style><script>alert(1)</script>" onload='x'`;
    const look = lookWith({
      name: hostile,
      logo: `data:image/png;base64,"><script>`,
      purposes: new Map([
        ['password-reset', new Map([['en', { title: hostile, text: hostile, button: hostile }]])],
      ]),
    });
    for (const [what, view] of views) {
      const { html } = renderPages(look)(view, 'en');
      expect(html, what).to.not.match(/<script/i);
      expect([...html.matchAll(/<\/title>|<\/style>/g)], what).to.have.lengthOf(2);
    }
  });
});

describe('the page that takes a visitor on', () => {
  it('goes on by itself and has a link, to that address and nowhere else, and runs nothing', () => {
    const { html, headers } = renderPages(lookWith())(LEADS, 'en');
    const to = 'https://app.example.com/reset?lang=en&amp;redemption=abc';
    expect(html).to.include(`<meta http-equiv="refresh" content="0;url=${to}">`);
    expect(html).to.include(`<a class="button" href="${to}">Go on</a>`);
    expect(html.match(/https?:/g)).to.have.lengthOf(2);
    expect(html).to.not.match(/<script|<form|\son\w+=/i);
    expect(policyOf(headers).get('form-action')).to.equal("'none'");
    expect(policyOf(headers).get('default-src')).to.equal("'none'");
  });

  it('goes to no address but one of the web, in its normal form', () => {
    const render = renderPages(lookWith());
    for (const to of [
      'javascript:alert(1)',
      'data:text/html,x',
      'HTTPS://app.example.com/',
      'https://app.example.com/"',
      '/x',
      '',
    ]) {
      expect(() => render({ ...LEADS, to }, 'en'), to).to.throw(TypeError);
    }
    const hostile = "https://app.example.com/a'b;c&url=x?%22%3E&d='";
    const { html } = render({ ...LEADS, to: new URL(hostile).href }, 'en');
    expect(
      html.match(/<meta http-equiv="refresh" content="0;url=https:\/\/app\.example\.com[^"<>]*">/g),
    ).to.have.lengthOf(1);
  });
});

describe('the page of a dead link', () => {
  it('is the same octets for every link, and names no purpose', () => {
    const render = renderPages(lookWith(), new Map([['password-reset', ['https://app.example.com']]]));
    const first = render({ kind: 'dead' }, 'de');
    render(live, 'de');
    expect(render({ kind: 'dead' }, 'de')).to.deep.equal(first);
    expect(first.html).to.not.match(/password|passwort/i);
    expect(first.headers['Content-Security-Policy']).to.not.include('app.example.com');
  });

  it('says both ways in which a link ends, and where to get a new one', () => {
    const { html } = renderPages(lookWith())({ kind: 'dead' }, 'en');
    expect(html).to.include(
      'It has already been used or has expired. Please ask for a new one where you got',
    );
  });
});

describe('the sentences of a page', () => {
  it('are those of the purpose, and general ones where it has none', () => {
    const render = renderPages(lookWith());
    expect(render(live, 'en').html)
      .to.include('<h1>Reset your password</h1>\n<p>Then choose a new one.</p>')
      .and.to.include('<button type="submit">Go on</button>');
    expect(render(live, 'de').html)
      .to.include('<h1>Passwort zurücksetzen</h1>\n<p>Sie haben einen Link geöffnet')
      .and.to.include('<button type="submit">Fortfahren</button>');
    expect(render({ ...live, purpose: 'other' }, 'en').html).to.include('<h1>Please confirm</h1>');
  });

  it('are in a language of the purpose when it has texts, and in any other when it has none', () => {
    const texts = new Map([...SHIPPED_TEXTS, ['fr', textsIn('fr')]]);
    const purposes = new Map([['password-reset', new Map([['fr', { title: 'Bonjour' }]])]]);
    const render = renderPages(lookWith({ texts, purposes }));
    for (const language of ['fr', 'en', 'de', 'es', undefined]) {
      const { html, headers } = render(live, language);
      expect(headers['Content-Language']).to.equal('fr');
      expect(html).to.include('<h1>Bonjour</h1>\n<p>fr text');
    }
    expect(render({ ...live, purpose: 'other' }, 'de').headers['Content-Language']).to.equal('de');
    expect(render({ kind: 'dead' }, 'de').headers['Content-Language']).to.equal('de');
  });

  it('are in the default language of the deployment when the visitor asks for none that is there', () => {
    const render = renderPages(lookWith({ language: 'de' }));
    for (const header of ['fr', '*', undefined, '']) {
      expect(render(live, header).headers['Content-Language']).to.equal('de');
      expect(render({ kind: 'dead' }, header).headers['Content-Language']).to.equal('de');
    }
    expect(render(live, 'en').headers['Content-Language']).to.equal('en');
  });

  it('are written from right to left where the language is', () => {
    const texts = new Map([['ar', textsIn('ar')]]);
    const { html } = renderPages(lookWith({ texts, language: 'ar', purposes: new Map() }))(live, undefined);
    expect(html).to.include('<html lang="ar" dir="rtl">');
  });

  it('are all there in every language that is shipped, and each is seen on some page', () => {
    for (const [language, texts] of SHIPPED_TEXTS) {
      const render = renderPages(lookWith({ purposes: new Map() }));
      const seen = [...views.map(([, view]) => view), LEADS]
        .map((view) => render(view, language).html)
        .join();
      expect(Object.keys(texts)).to.have.members(Object.keys(textsIn('en')));
      for (const [key, sentence] of Object.entries(texts)) {
        expect(sentence.trim(), `${language} ${key}`).to.equal(sentence).and.to.have.length.above(3);
        expect(seen, `${language} ${key}`).to.include(sentence.replace('{tries}', '4'));
      }
      expect(texts.wrongCode).to.include('{tries}');
    }
  });

  it('address a German visitor formally', () => {
    for (const sentence of Object.values(SHIPPED_TEXTS.get('de') ?? {})) {
      expect(sentence).to.not.match(/\b(?:du|dir|dich|dein\w*|euch|euer\w*)\b/i);
    }
  });

  it('say what went wrong first, in the title of the tab too', () => {
    const render = renderPages(lookWith());
    const titleOf = (html: string) => /<title>(.*)<\/title>/.exec(html)?.[1];
    expect(titleOf(render(live, 'en').html)).to.equal('Reset your password – Acme');
    expect(titleOf(render(VIEWS['a wrong code'], 'en').html)).to.equal(
      'That code is not right. Tries left: 4. – Reset your password – Acme',
    );
  });

  it('leave the name out where the deployment has none', () => {
    const { name: _name, ...look } = lookWith();
    const { html } = renderPages(look)({ kind: 'dead' }, 'en');
    expect(html).to.include('<title>This link no longer works</title>').and.to.not.include('class="brand"');
  });

  it('must be there in some language', () => {
    expect(() => renderPages(lookWith({ texts: new Map() }))({ kind: 'dead' }, 'en')).to.throw(TypeError);
  });
});
