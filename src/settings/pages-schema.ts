import { z } from 'zod';
import { MAX_DESTINATION_CHARACTERS } from '../contract/limits.ts';
import type { PageTexts } from '../pages/texts.ts';
import { parseDestination } from '../token/destination.ts';
import { problemOfLogoUrl } from './logo.ts';

const LANGUAGE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;
const language = z
  .string()
  .regex(LANGUAGE, 'must be a language tag, such as en or pt-BR')
  .refine(isKnownTag, 'must be a language tag, such as en or pt-BR')
  .meta({ title: 'language' });

const sentence = (longest: number, where: string) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .describe(where);

const purposeTexts = {
  title: sentence(200, 'The heading of a link that works.'),
  text: sentence(1000, 'Says what the link is for. Line breaks are kept.'),
  button: sentence(80, 'On the button.'),
};

/** Every sentence of the pages: a language is there as a whole or not at all, but for sentences that others can stand for. */
const sentences = z.strictObject({
  ...purposeTexts,
  unasked: sentence(300, 'Under the button: what to do when the visitor did not ask for this.'),
  codeLabel: sentence(80, 'Names the field for the code.'),
  codeHint: sentence(300, 'Says where the code comes from.'),
  wrongCode: sentence(300, 'After a wrong code; {tries} becomes the number of tries left.').refine(
    (text) => text.includes('{tries}'),
    'must contain {tries}',
  ),
  foreignButton: sentence(300, 'When the button was not pressed on this page.'),
  tryAgain: sentence(300, 'When it did not work and nothing was used up.'),
  leadsTitle: sentence(
    200,
    'Heading while the visitor is taken to where the link leads. Default: doneTitle.',
  ).exactOptional(),
  leadsText: sentence(
    1000,
    'Text above a link to that place, for browsers that do not go on by themselves. Default: button.',
  ).exactOptional(),
  doneTitle: sentence(200, 'Heading when it is done and leads nowhere else.'),
  doneText: sentence(1000, 'Text when it is done.'),
  lockedTitle: sentence(
    200,
    'Heading after the last wrong code that a link allows. Default: deadTitle.',
  ).exactOptional(),
  lockedText: sentence(
    1000,
    'Text after it: where to ask for a new link. Default: deadText.',
  ).exactOptional(),
  deadTitle: sentence(200, 'Heading of a link that no longer works.'),
  deadText: sentence(1000, 'Text of a link that no longer works: where to ask for a new one.'),
  unavailableTitle: sentence(200, 'Heading while the service cannot tell.'),
  unavailableText: sentence(1000, 'Text while the service cannot tell.'),
  limitedTitle: sentence(200, 'Heading after too many requests or wrong codes.'),
  limitedText: sentence(1000, 'Text after too many requests or wrong codes.'),
} satisfies Record<keyof PageTexts, z.ZodType<string | undefined>>);

const pageTexts = sentences.transform(
  ({ doneTitle, button, deadTitle, deadText, ...texts }): PageTexts => ({
    ...{ leadsTitle: doneTitle, leadsText: button, lockedTitle: deadTitle, lockedText: deadText },
    ...{ doneTitle, button, deadTitle, deadText, ...texts },
  }),
);

const hexColor = z
  .string()
  .regex(/^#(?:[\da-fA-F]{3}|[\da-fA-F]{6})$/, 'must be a color in hex, such as "#b3261e"')
  .transform((hex) => (hex.length === 4 ? hex.replace(/[^#]/g, '$&$&') : hex).toLowerCase());

/** How the pages of links look, and what they say in further languages. */
export const pagesSchema = z
  .strictObject({
    name: sentence(100, 'Who the pages are from, in their title and above the heading.').optional(),
    logo: z
      .string()
      .min(1, 'must not be empty')
      .superRefine((logo, context) => {
        const message = problemOfLogoUrl(logo);
        if (message) context.addIssue({ code: 'custom', message });
      })
      .optional()
      .describe(
        'Shown instead of the name: an SVG, PNG, JPEG or WebP file of at most 64 KiB, or a data: URL.',
      ),
    color: hexColor
      .default('#1f5fd1')
      .describe('Of the button; the color of its text is chosen to be readable.'),
    language: language.default('en').describe('For visitors who ask for no language that is there.'),
    texts: z
      .record(language, pageTexts)
      .default({})
      .describe('Every sentence in further languages (en and de are there), by language tag.'),
  })
  .prefault({})
  .describe('What a person sees at a link.');

const partialTexts = z.strictObject({
  title: purposeTexts.title.exactOptional(),
  text: purposeTexts.text.exactOptional(),
  button: purposeTexts.button.exactOptional(),
});

/** How a person meets the tokens of a purpose. */
export const linkSchema = z
  .strictObject({
    then: z
      .union([z.string(), z.array(z.string()).min(1)], 'must be an http or https URL, or a list of them')
      .superRefine((then, context) => {
        for (const [index, text] of [then].flat().entries()) {
          const message = thenProblem(text, [then].flat().slice(0, index));
          if (message) context.addIssue({ code: 'custom', message, path: then === text ? [] : [index] });
        }
      })
      .optional()
      .describe(
        'Where the visitor goes after redeeming, with ?redemption=<id>; of several, a mint may name one, and the first is the default. With {subject} and {claims.<name>} from the token in its path or in values of its query.',
      ),
    code: z
      .boolean()
      .default(false)
      .describe('Whether a six-digit code that was sent another way must be typed.'),
    byDefault: z.boolean().default(true).describe('Whether a mint that does not say gets a link.'),
    text: z
      .record(language, partialTexts)
      .default({})
      .describe(
        'What the page says of this purpose, by language tag; what is missing is said in general words.',
      ),
  })
  .describe('Its tokens can be opened by a person, at a link. {} is enough.');

function isKnownTag(tag: string): boolean {
  try {
    return new Intl.Locale(tag).baseName !== '';
  } catch {
    return false;
  }
}

function thenProblem(text: string, before: readonly string[]): string | undefined {
  if (before.includes(text)) return 'is in the list already';
  if (text.length > MAX_DESTINATION_CHARACTERS) {
    return `must have at most ${MAX_DESTINATION_CHARACTERS} characters`;
  }
  const parsed = parseDestination(text);
  return parsed.ok ? undefined : parsed.problem;
}
