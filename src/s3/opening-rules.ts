import type { StoreOperation } from '../burn/opening.ts';
import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { parseTemplate, placeholdersOf, type Template } from '../token/template.ts';
import { keyTemplateProblem } from './key-template.ts';
import { defaultExpiresIn, type StorePolicy } from './store-policy.ts';
import { presenceProblem, TERMS, type Term, valueProblem } from './terms.ts';

/** What the tokens of a purpose open: one request to one object of a store. */
export interface OpeningRules {
  readonly store: string;
  readonly operation: StoreOperation;
  /** The template of the whole key, with the store's prefix. */
  readonly key: Template;
  readonly terms: { readonly [T in Term]?: Template };
  readonly expiresInSeconds: number;
}

/** The same as a deployment writes it. */
export interface OpensSettings extends Readonly<Partial<Record<Term, string | number | undefined>>> {
  readonly operation: StoreOperation;
  readonly key: string;
  /** Seconds. */
  readonly for?: number | undefined;
}

/**
 * The rules, or everything that is wrong with them, by setting. `wrongClaim` says what is wrong with putting a
 * claim of the purpose into text.
 */
export function parseOpeningRules(
  { operation, for: expiresIn, ...settings }: OpensSettings,
  store: StorePolicy,
  wrongClaim: (name: string) => string | undefined,
): Parsed<OpeningRules> {
  const problems: InputProblem[] = [];
  const template = (path: string, text: string): Template | undefined => {
    const parsed = parseTemplate(text, wrongClaim);
    if (parsed.ok) return parsed.template;
    problems.push({ path, message: parsed.problem });
    return undefined;
  };
  const note = (path: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };

  const given = template('key', settings.key);
  const key = given && withPrefix(given, store.prefix);
  if (key) note('key', keyTemplateProblem(key));
  const terms: { [T in Term]?: Template } = {};
  for (const term of TERMS) {
    const setting = settings[term];
    const unfit = presenceProblem(term, setting !== undefined, operation);
    note(term, unfit);
    if (setting === undefined || unfit !== undefined) continue;
    const parsed = template(term, String(setting));
    if (!parsed) continue;
    terms[term] = parsed;
    if (placeholdersOf(parsed).length === 0) note(term, valueProblem(term, String(setting)));
  }
  const most = store.maxExpiresInSeconds;
  const expiresInSeconds = expiresIn ?? defaultExpiresIn(store);
  if (expiresInSeconds < 1 || expiresInSeconds > most) {
    note('for', `must be 1s to ${most}s, the most that the store ${store.name} allows`);
  }
  if (!key || problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { store: store.name, operation, key, terms, expiresInSeconds } };
}

/**
 * Whether the prefix is there is judged by what the template says, never by what a token puts into it: a
 * subject that is called like the prefix would otherwise get at the objects of others.
 */
function withPrefix({ parts }: Template, prefix: string): Template {
  const [head] = parts;
  const isThere = typeof head === 'string' && head.startsWith(prefix);
  return { parts: isThere || prefix === '' ? parts : [prefix, ...parts] };
}
