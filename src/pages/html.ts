/** Markup in which every value was escaped. Nothing outside this file can make one from a string. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Markup };

/** What may be put into markup: a string is escaped, markup stays, `undefined` is nothing. */
export type Value = string | number | Markup | readonly Markup[] | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Attributes whose value is run or followed: escaping does not make a value safe in them. */
const ACTIVE_ATTRIBUTE = /^(?:on.*|style|href|action|formaction|srcdoc|xlink:href)$/i;

/**
 * Markup with values. A value may stand in text and in an attribute between double quotes; anywhere else
 * (a name, an attribute without quotes, a script, a style, an attribute that is run or followed) it throws
 * a TypeError, as does markup in an attribute.
 */
export function html(literals: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = literals[0] ?? '';
  for (const [index, value] of values.entries()) {
    const place = placeAfter(literals.slice(0, index + 1).join(''));
    if (place === 'attribute' && typeof value === 'object') throw new TypeError('Markup in an attribute.');
    text += written(value) + (literals[index + 1] ?? '');
  }
  return new Markup(text);
}

/**
 * A style element: its text is not escaped by HTML's rules, so it must not be able to end the element.
 * Throws a TypeError for a text with `<`.
 */
export function styleElement(css: string): Markup {
  if (css.includes('<')) throw new TypeError('A style must not contain "<".');
  return new Markup(`<style>${css}</style>`);
}

/** A link that looks like the button of a page. Throws a TypeError for anything but an http or https URL. */
export function linkElement(url: string, text: string): Markup {
  return new Markup(`<a class="button" href="${escapeText(requireWebUrl(url))}">${escapeText(text)}</a>`);
}

/** Goes on by itself, without a script (HTML, "shared declarative refresh steps"). Throws like `linkElement`. */
export function refreshElement(url: string): Markup {
  return new Markup(`<meta http-equiv="refresh" content="0;url=${escapeText(requireWebUrl(url))}">`);
}

/** A link to a path of the service. Throws a TypeError for anything but an absolute path. */
export function pathLink(path: string, text: string, className = ''): Markup {
  return new Markup(
    `<a class="${escapeText(className)}" href="${requirePath(path)}">${escapeText(text)}</a>`,
  );
}

/** The same for where the reader is already. */
export function hereLink(path: string, text: string): Markup {
  return new Markup(`<a aria-current="page" href="${requirePath(path)}">${escapeText(text)}</a>`);
}

/** A form that is sent to a path of the service. Throws like `pathLink`. */
export function postForm(path: string, body: Markup): Markup {
  return new Markup(`<form method="post" action="${requirePath(path)}" autocomplete="off">${body}</form>`);
}

/** A form whose fields become the query of a path of the service. Throws like `pathLink`. */
export function queryForm(path: string, body: Markup): Markup {
  return new Markup(`<form method="get" action="${requirePath(path)}" autocomplete="off">${body}</form>`);
}

/** The files of a page: its style, and modules. Throws like `pathLink`. */
export function pageFiles(style: string, modules: readonly string[]): Markup {
  const scripts = modules.map((path) => `<script type="module" src="${requirePath(path)}"></script>`);
  return new Markup(`<link rel="stylesheet" href="${requirePath(style)}">${scripts.join('')}`);
}

function requirePath(path: string): string {
  if (!/^\/(?!\/)[\w./~-]*(?:\?[\w.=~%-]*(?:&[\w.=~%-]+)*)?$/.test(path))
    throw new TypeError('No path of this service.');
  return escapeText(path);
}

function requireWebUrl(url: string): string {
  const { protocol, href } = new URL(url);
  if (!/^https?:$/.test(protocol) || href !== url)
    throw new TypeError('No http or https URL in its normal form.');
  return url;
}

function written(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  const parts = value instanceof Markup ? [value] : value;
  if (!Array.isArray(parts) || !parts.every((part) => part instanceof Markup)) {
    throw new TypeError('A value that is neither text nor markup.');
  }
  return parts.join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Where a value stands that follows this markup, of which the values before it have been left out. */
function placeAfter(markup: string): 'text' | 'attribute' {
  if (/<(script|style)\b(?![\s\S]*<\/\1)/i.test(markup)) throw new TypeError('A value in a script or style.');
  const tag = markup.slice(markup.lastIndexOf('<'));
  if (!tag.startsWith('<') || tag.includes('>')) return 'text';
  const attribute = /\s([^\s"'=]+)="[^"]*$/.exec(tag)?.[1];
  const isQuoted = tag.split('"').length % 2 === 0;
  if (!attribute || !isQuoted) throw new TypeError('A value in a tag, not between double quotes.');
  if (ACTIVE_ATTRIBUTE.test(attribute)) throw new TypeError(`A value in the attribute ${attribute}.`);
  return 'attribute';
}
