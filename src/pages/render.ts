import type { Branding, FormTargets } from './branding.ts';
import { type Content, pageDocument } from './document.ts';
import { negotiateLanguage } from './language.ts';
import { leadsContent } from './leads.ts';
import { liveContent } from './live.ts';
import { requireOrigin, securityPolicy } from './security-policy.ts';
import { statement } from './statement.ts';
import { stylesheet } from './stylesheet.ts';
import type { PageTexts, PurposeTexts } from './texts.ts';
import type { RenderPage, View } from './view.ts';

/**
 * Writes the pages of a deployment. A page about a purpose that has texts of its own is written in one of
 * their languages, every other page in any that the look has. Throws a TypeError for a form target that is
 * no origin, and for a look without texts.
 */
export function renderPages(look: Branding, formTargets: FormTargets = new Map()): RenderPage {
  for (const origin of [...formTargets.values()].flat()) requireOrigin(origin);
  const style = stylesheet(look.color);
  return (view, acceptLanguage) => {
    const language = negotiateLanguage(acceptLanguage, languagesOf(view, look));
    const html = pageDocument(look, language, style, contentOf(view, textsOf(view, look, language)));
    const policy = securityPolicy({
      style,
      ...(view.kind === 'live' ? { formTargets: formTargets.get(view.purpose) ?? [] } : {}),
    });
    return {
      html,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Language': language,
        'Content-Security-Policy': policy,
        Vary: 'Accept-Language',
        'X-Robots-Tag': 'noindex, nofollow',
      },
    };
  };
}

function languagesOf(view: View, look: Branding): readonly [string, ...string[]] {
  const spoken = new Set((ownTexts(view, look) ?? look.texts).keys());
  const [first, ...others] = spoken.has(look.language) ? new Set([look.language, ...spoken]) : spoken;
  if (first === undefined) throw new TypeError('There is no language to write a page in.');
  return [first, ...others];
}

function textsOf(view: View, look: Branding, language: string): PageTexts {
  const texts = look.texts.get(language);
  if (!texts) throw new TypeError(`There are no sentences in ${language}.`);
  return { ...texts, ...ownTexts(view, look)?.get(language) };
}

function ownTexts(view: View, look: Branding): ReadonlyMap<string, PurposeTexts> | undefined {
  const own = 'purpose' in view ? look.purposes.get(view.purpose) : undefined;
  return own && own.size > 0 ? own : undefined;
}

function contentOf(view: View, texts: PageTexts): Content {
  switch (view.kind) {
    case 'live':
      return liveContent(view, texts);
    case 'leads':
      return leadsContent(view.to, texts);
    case 'done':
      return statement('done', texts.doneTitle, texts.doneText);
    case 'locked':
      return statement('dead', texts.lockedTitle, texts.lockedText);
    case 'dead':
      return statement('dead', texts.deadTitle, texts.deadText);
    case 'unavailable':
      return statement('wait', texts.unavailableTitle, texts.unavailableText);
    case 'undone':
      return statement('wait', texts.unavailableTitle, texts.tryAgain);
    case 'limited':
      return statement('wait', texts.limitedTitle, texts.limitedText);
  }
}
