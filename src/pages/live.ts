import type { Content } from './document.ts';
import { html, type Markup } from './html.ts';
import type { PageTexts } from './texts.ts';
import type { Trouble, View } from './view.ts';

type LiveView = Extract<View, { kind: 'live' }>;

/**
 * The page of a link that works. The form has no action, so it posts to the page's own URL wherever the
 * service is mounted.
 */
export function liveContent({ attempt, asksCode, trouble }: LiveView, texts: PageTexts): Content {
  const said = trouble && sentenceOf(trouble, texts);
  const isAboutCode = asksCode && trouble?.kind === 'wrong-code';
  return {
    // A page that came back with trouble says so in its title, which is what is read aloud first.
    tabTitle: said ? `${said} – ${texts.title}` : texts.title,
    body: html`<h1>${texts.title}</h1>
<p>${texts.text}</p>
${said && !isAboutCode ? alert(said) : undefined}
<form method="post" autocomplete="off">
<input type="hidden" name="attempt" value="${attempt}">
${asksCode ? codeField(texts, isAboutCode ? said : undefined) : undefined}
<button type="submit">${texts.button}</button>
</form>
<p class="unasked">${texts.unasked}</p>`,
  };
}

function sentenceOf(trouble: Trouble, texts: PageTexts): string {
  switch (trouble.kind) {
    case 'wrong-code':
      return texts.wrongCode.replaceAll('{tries}', String(trouble.triesLeft));
    case 'foreign-button':
      return texts.foreignButton;
    case 'try-again':
      return texts.tryAgain;
  }
}

function alert(said: string): Markup {
  return html`<p class="trouble" id="trouble" role="alert">${said}</p>`;
}

/**
 * At first the field does not take the focus: it would hide from a screen reader, and on a phone behind
 * the keyboard, what the link is for. After a wrong code that is known, and the field is what to go to.
 */
function codeField({ codeLabel, codeHint }: PageTexts, wrong: string | undefined): Markup {
  // Six digits of any script, whatever stands between them: what is typed or pasted is not cut.
  const field = wrong
    ? html`<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="${SIX_DIGITS}" maxlength="64" required dir="ltr" title="${codeLabel}" aria-invalid="true" aria-describedby="trouble hint" autofocus>`
    : html`<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="${SIX_DIGITS}" maxlength="64" required dir="ltr" title="${codeLabel}" aria-describedby="hint">`;
  return html`<label for="code">${codeLabel}</label>
<p class="hint" id="hint">${codeHint}</p>
${wrong ? alert(wrong) : undefined}
${field}`;
}

const SIX_DIGITS = String.raw`\P{Nd}*(?:\p{Nd}\P{Nd}*){6}`;
