import type { JsonObject } from './json-value.ts';

/** What of a token can be put into a text. */
export interface FillingToken {
  readonly subject: string;
  readonly claims: JsonObject;
}

/** A place in a template that a token fills. */
export interface Placeholder {
  /** As problems name it: `subject` or `claims.<name>`. */
  readonly path: string;
  /** Absent: the subject. */
  readonly claim?: string;
}

/** Literals and placeholders in turn. */
export interface Template {
  readonly parts: readonly (string | Placeholder)[];
}

const PLACEHOLDER = /\{([^{}]*)\}/;
const CLAIM = /^claims\.(.+)$/;

/** A problem is a part of a sentence. */
export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problem: string };

/**
 * The template in a text such as `tenants/{subject}/{claims.key}`. `wrongClaim` says what is wrong with
 * putting a claim into text.
 */
export function parseTemplate(
  text: string,
  wrongClaim: (name: string) => string | undefined,
): ParsedTemplate {
  const parts: (string | Placeholder)[] = [];
  // Splitting by a pattern with a group: what is between the matches, and the groups, in turn.
  for (const [index, piece] of text.split(PLACEHOLDER).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(piece)) return { ok: false, problem: 'has a brace without its partner' };
      if (piece !== '') parts.push(piece);
      continue;
    }
    if (piece === 'subject') {
      parts.push({ path: 'subject' });
      continue;
    }
    const [, claim] = CLAIM.exec(piece) ?? [];
    if (claim === undefined) {
      const problem = `has {${piece}}, which is not known here: use {subject} or {claims.<name>}`;
      return { ok: false, problem };
    }
    const wrong = wrongClaim(claim);
    if (wrong !== undefined) return { ok: false, problem: `has {claims.${claim}}, but ${wrong}` };
    parts.push({ path: `claims.${claim}`, claim });
  }
  return { ok: true, template: { parts } };
}

export function placeholdersOf({ parts }: Template): readonly Placeholder[] {
  return parts.filter((part) => typeof part !== 'string');
}

/** What a token has for a placeholder; undefined when it has nothing that can be put into text. */
export function tokenText({ claim }: Placeholder, { subject, claims }: FillingToken): string | undefined {
  if (claim === undefined) return subject;
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The text; undefined when the token has nothing for one of the placeholders. */
export function filledTemplate({ parts }: Template, token: FillingToken): string | undefined {
  const filled = parts.map((part) => (typeof part === 'string' ? part : tokenText(part, token)));
  return filled.includes(undefined) ? undefined : filled.join('');
}
