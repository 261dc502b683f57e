import type { Branding } from '../../src/pages/branding.ts';
import { type PageTexts, SHIPPED_TEXTS } from '../../src/pages/texts.ts';
import type { View } from '../../src/pages/view.ts';

export const ATTEMPT = 'AbCdEfGhIjKlMnOpQrSt';

const live = { kind: 'live', purpose: 'password-reset', attempt: ATTEMPT, asksCode: false } as const;

/** Every view there is, with every trouble. */
export const VIEWS = {
  'a link that works': live,
  'a link that asks for a code': { ...live, asksCode: true },
  'a wrong code': { ...live, asksCode: true, trouble: { kind: 'wrong-code', triesLeft: 4 } },
  'a button that was pressed elsewhere': { ...live, trouble: { kind: 'foreign-button' } },
  'a button that was pressed elsewhere, with a code': {
    ...live,
    asksCode: true,
    trouble: { kind: 'foreign-button' },
  },
  'a try that failed': { ...live, trouble: { kind: 'try-again' } },
  'a link that is done': { kind: 'done', purpose: 'password-reset' },
  'a link that got too many wrong codes': { kind: 'locked', purpose: 'password-reset' },
  'a dead link': { kind: 'dead' },
  'a request that was refused': { kind: 'undone' },
  'a ledger that does not answer': { kind: 'unavailable' },
  'too many requests': { kind: 'limited' },
} as const satisfies Record<string, View>;

/** The page that takes a visitor on: by itself it stays nowhere, so it is not among the others. */
export const LEADS = {
  kind: 'leads',
  purpose: 'password-reset',
  to: 'https://app.example.com/reset?lang=en&redemption=abc',
} as const satisfies View;

export const LOGO = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40"/></svg>',
).toString('base64')}`;

export function lookWith(members: Partial<Branding> = {}): Branding {
  return {
    name: 'Acme',
    color: '#b3261e',
    language: 'en',
    texts: SHIPPED_TEXTS,
    purposes: new Map([
      [
        'password-reset',
        new Map([
          ['en', { title: 'Reset your password', text: 'Then choose a new one.', button: 'Go on' }],
          ['de', { title: 'Passwort zurücksetzen' }],
        ]),
      ],
    ]),
    ...members,
  };
}

/** Sentences in another language, each of them telling which it is. */
export function textsIn(language: string): PageTexts {
  const [, english] = [...SHIPPED_TEXTS][0] ?? [];
  if (!english) throw new Error('No language is shipped.');
  const told = Object.keys(english).map((key) => [key, `${language} ${key} {tries}`]);
  return { ...english, ...Object.fromEntries(told) };
}
