import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import type { Branding } from '../pages/branding.ts';
import { SHIPPED_TEXTS } from '../pages/texts.ts';
import type { PurposeLink } from '../token/purpose.ts';
import { isUrl } from './logo.ts';
import type { SettingsFile } from './schema.ts';

type LinkSettings = NonNullable<SettingsFile['purposes'][string]['link']>;

/** How the pages look, except for a logo that is in a file; or everything that does not fit together. */
export function parseBranding({ pages, purposes }: SettingsFile): Parsed<Branding> {
  const problems: InputProblem[] = [];
  const { name, logo, color, language, texts: further } = pages;
  const texts = new Map([...SHIPPED_TEXTS, ...Object.entries(further)]);
  const spoken = [...texts.keys()];
  const requireSpoken = (path: string, tag: string) => {
    if (texts.has(tag)) return;
    problems.push({
      path,
      message: `the pages do not speak ${tag}${didYouMean(tag, spoken)}: add pages.texts.${tag}`,
    });
  };
  requireSpoken('pages.language', language);
  if (logo && !name) {
    problems.push({ path: 'pages.name', message: 'is required with a logo: it is read aloud in its place' });
  }
  const ownTexts = Object.entries(purposes).map(([purpose, { link }]) => {
    const byLanguage = Object.entries(link?.text ?? {});
    for (const [tag] of byLanguage) requireSpoken(`purposes.${purpose}.link.text.${tag}`, tag);
    return [purpose, new Map(byLanguage)] as const;
  });
  if (problems.length > 0) return { ok: false, problems };
  const value = {
    ...(name ? { name } : {}),
    ...(logo && isUrl(logo) ? { logo } : {}),
    color,
    language,
    texts,
    purposes: new Map(ownTexts.filter(([, byLanguage]) => byLanguage.size > 0)),
  };
  return { ok: true, value };
}

/** The logo's path, when it is not a `data:` URL. */
export function logoFileOf({ pages: { logo } }: SettingsFile): { readonly logoFile?: string } {
  return logo && !isUrl(logo) ? { logoFile: logo } : {};
}

export function asPurposeLink(
  { code, byDefault }: Pick<LinkSettings, 'code' | 'byDefault'>,
  then: PurposeLink['then'],
): PurposeLink {
  return { ...(then === undefined ? {} : { then }), asksCode: code, byDefault };
}
