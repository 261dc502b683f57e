import { expect } from 'chai';
import fc from 'fast-check';
import { html, pathLink, postForm, styleElement } from '../../src/pages/html.ts';
import { startBrowser, type Visitors } from '../support/browser.ts';

/** Text with what markup is made of, more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('<', '>', '"', "'", '&', '&quot;', '&#39;', '&lt;', '</p>', '<!--', '-->', '</title>'),
      fc.constantFrom('<script>alert(1)</script>', '" onload="x', "' x='", '`', '=', '/', '</style>', ']]>'),
      fc.constantFrom('<img src=x onerror=alert(1)>', '&amp;lt;', '&NewLine;', '\u2028', ' ', '\n', '\t'),
    ),
    { maxLength: 6 },
  )
  // HTML cannot say U+0000 and U+000D as they are.
  .map((parts) => parts.join('').replace(/[\0\r]/g, ''));

describe('a value in markup', () => {
  let browser: Visitors;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  it('is written without any character that could end its place', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const written = html`<p title="${value}">${value}</p>`.toString();
        const [, attribute = '<', text = '<'] = /^<p title="([^"]*)">([\s\S]*)<\/p>$/.exec(written) ?? [];
        expect(attribute).to.equal(text);
        expect(text).to.not.match(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });

  it('is read by a browser as what it was, and as nothing else', async () => {
    const values = fc.sample(hostile, 2000).map((value) => value.toWellFormed());
    const documents = values.map((value) =>
      html`<!doctype html><title>${value}</title><p title="${value}">${value}</p>`.toString(),
    );
    const page = await browser.open('about:blank');
    const read = await page.locator('html').evaluate(
      ({ ownerDocument: { defaultView } }, texts) =>
        texts.map((text) => {
          const parsed = new defaultView.DOMParser().parseFromString(text, 'text/html');
          const p = parsed.querySelector('p');
          return {
            elements: parsed.querySelectorAll('*').length,
            attributes: p.getAttributeNames(),
            title: parsed.querySelector('title').textContent,
            attribute: p.getAttribute('title'),
            text: p.textContent,
          };
        }),
      documents,
    );
    for (const [index, value] of values.entries()) {
      expect(read[index]).to.deep.equal({
        elements: 5,
        attributes: ['title'],
        title: value,
        attribute: value,
        text: value,
      });
    }
  });

  it('stays as it is when it is markup, is joined when it is a list, and is nothing when there is none', () => {
    const items = ['a<b', 'c&d'].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}</ul>${undefined}${7}`.toString()).to.equal(
      '<ul><li>a&lt;b</li><li>c&amp;d</li></ul>7',
    );
  });

  it('is refused where escaping would not keep it in its place', () => {
    const value = 'x';
    const wrong = {
      'without quotes': () => html`<p title=${value}>`,
      'in single quotes': () => html`<p title='${value}'>`,
      'as a name': () => html`<p ${value}>`,
      'as the name of an element': () => html`<${value}>`,
      'as the name of an attribute': () => html`<p ${value}="x">`,
      'after an attribute': () => html`<p title="x" ${value}>`,
      'in a comment': () => html`<!-- ${value} -->`,
      'in a script': () => html`<script>${value}</script>`,
      'in a style': () => html`<style>${value}</style>`,
      'in an attribute that is run': () => html`<p onclick="${value}">`,
      'in a style attribute': () => html`<p style="${value}">`,
      'in an address': () => html`<a href="${value}">`,
      'in the address of a form': () => html`<form action="${value}">`,
      'in the document of a frame': () => html`<iframe srcdoc="${value}">`,
      'after other attributes': () => html`<a title="${value}" href="${value}">`,
    };
    for (const [where, write] of Object.entries(wrong)) expect(write, where).to.throw(TypeError);
    expect(() => html`<p title="${html`<b class="x">`}">`, 'markup in an attribute').to.throw(TypeError);
  });

  it('is let through after a style and a script that have ended', () => {
    expect(html`<style>p{}</style><p>${'<'}</p>`.toString()).to.equal('<style>p{}</style><p>&lt;</p>');
  });

  it('cannot be made by anything that only looks like markup', () => {
    const forged: unknown = { toString: () => '<script>', text: '<script>' };
    // @ts-expect-error An object that is not markup is refused when it is compiled.
    expect(() => html`<p>${forged}</p>`).to.throw(TypeError);
  });
});

describe('a style', () => {
  it('is written as it is, and refused when it could end its element', () => {
    expect(styleElement('a>b{color:red}').toString()).to.equal('<style>a>b{color:red}</style>');
    expect(() => styleElement('a{}</style><script>')).to.throw(TypeError);
  });
});

describe('a path in a link or a form', () => {
  it('is one of the service, and no address of another host', () => {
    expect(String(pathLink('/console/tokens?jti=a-b&limit=2', 'here'))).to.include('href="/console/tokens?');
    for (const path of [
      '//evil.test',
      '//evil.test/x',
      'https://evil.test',
      '/\\evil.test',
      'x',
      '',
      '/x"y',
      '/x y',
    ]) {
      expect(() => pathLink(path, 'here'), path).to.throw(TypeError);
      expect(() => postForm(path, html``), path).to.throw(TypeError);
    }
  });
});
