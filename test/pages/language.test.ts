import { expect } from 'chai';
import fc from 'fast-check';
import { directionOf, negotiateLanguage } from '../../src/pages/language.ts';

const AVAILABLE = ['en', 'de', 'pt-BR'] as const;

describe('the language of a page', () => {
  for (const [header, language] of [
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['fr,de;q=0.5', 'de'],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', 'en'],
    ['de;q=0.3,en;q=0.8', 'en'],
    ['pt', 'pt-BR'],
    ['pt-BR', 'pt-BR'],
    ['*', 'en'],
    ['en;q=0, *', 'de'],
    ['fr, it', 'en'],
    ['en;q=0', 'en'],
    ['*;q=0', 'en'],
    ['', 'en'],
    [undefined, 'en'],
    [';;;,,,q=', 'en'],
    ['de;q=abc', 'en'],
    ['\u0000\u00ff', 'en'],
    ['constructor', 'en'],
  ] as const) {
    it(`is ${language} for ${header === undefined ? 'no header' : JSON.stringify(header)}`, () => {
      expect(negotiateLanguage(header, AVAILABLE)).to.equal(language);
    });
  }

  const CHINESE = ['en', 'zh-Hant', 'zh-Hans'] as const;
  for (const [header, language, available] of [
    ['zh-Hant-TW', 'zh-Hant', CHINESE],
    ['zh-TW', 'zh-Hant', CHINESE],
    ['zh-HK,zh;q=0.9', 'zh-Hant', CHINESE],
    ['zh-CN,zh;q=0.9', 'zh-Hans', CHINESE],
    ['zh', 'zh-Hans', CHINESE],
    ['zh-Hans-HK', 'zh-Hans', CHINESE],
    ['cmn-TW', 'zh-Hant', CHINESE],
    ['zh-Hant-TW', 'zh-TW', ['en', 'zh-CN', 'zh-TW']],
    ['zh-Hant-HK', 'zh-TW', ['en', 'zh', 'zh-TW']],
    ['zh-TW', 'en', ['en', 'zh']],
    ['zh-TW,zh;q=0.9', 'zh', ['en', 'zh']],
    ['sr-Latn-RS', 'sr-Latn', ['en', 'sr', 'sr-Latn']],
    ['sr', 'sr', ['en', 'sr-Latn', 'sr']],
    ['sr-ME', 'sr-Latn', ['en', 'sr', 'sr-Latn']],
    ['pt-BR', 'pt-BR', ['en', 'pt', 'pt-BR']],
    ['pt', 'pt', ['en', 'pt-BR', 'pt']],
    ['pt', 'pt-BR', ['en', 'pt-PT', 'pt-BR']],
    ['pt-PT', 'pt-BR', ['en', 'pt-BR']],
    ['pt-BR', 'pt', ['en', 'pt']],
    ['en-GB', 'en', ['de', 'en', 'en-US']],
    ['en-GB', 'en-GB', ['de', 'en', 'en-GB']],
    ['en-GB, de', 'en-US', ['de', 'en-US']],
    ['iw', 'he', ['en', 'he']],
    ['*, de;q=0.5', 'en', AVAILABLE],
    ['*;q=0.1, de;q=0.5', 'de', AVAILABLE],
    ['fr, *;q=0.5, en;q=0', 'de', AVAILABLE],
    ['zh-Hant;q=0, zh', 'zh-Hans', CHINESE],
    ['en;q=0, de', 'de', AVAILABLE],
    ['zh-TW, *;q=0', 'zh-Hant', CHINESE],
  ] as const) {
    it(`is ${language} of ${available.join(', ')} for ${JSON.stringify(header)}`, () => {
      expect(negotiateLanguage(header, available)).to.equal(language);
    });
  }

  it('is one of those that are there, whatever the header', () => {
    const piece = fc.constantFrom(
      'de',
      'en',
      '*',
      '-',
      ',',
      ';',
      'q',
      '=',
      '0',
      '1',
      '.',
      ' ',
      '"',
      '\\',
      'é',
    );
    const header = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(header, (text) => AVAILABLE.some((known) => known === negotiateLanguage(text, AVAILABLE))),
      { numRuns: 5000 },
    );
  });

  it('is looked for in the beginning of a long header only', () => {
    expect(negotiateLanguage(`de,${'x,'.repeat(8000)}`, AVAILABLE)).to.equal('de');
    expect(negotiateLanguage(`${'x,'.repeat(8000)}de`, AVAILABLE)).to.equal('en');
  });
});

describe('the direction of a page', () => {
  it('is that of the script in which the language is written', () => {
    for (const language of ['ar', 'he', 'fa-IR', 'ur', 'yi', 'ckb', 'az-Arab', 'dv', 'ug']) {
      expect(directionOf(language), language).to.equal('rtl');
    }
    for (const language of ['en', 'de', 'fr', 'tr', 'ru', 'zh-Hant', 'ja', 'hi', 'ar-Latn', 'az']) {
      expect(directionOf(language), language).to.equal('ltr');
    }
  });
});
