import type { OpeningToken } from '../burn/opening.ts';
import type { Parsed } from '../contract/parsed.ts';
import { filledTemplate, placeholdersOf, type Template, tokenText } from '../token/template.ts';
import { keyProblem } from './object-key.ts';

/**
 * What is wrong with a template for keys; undefined when two tokens get the same key only by having the same
 * values. So a subject can name no other's objects: each placeholder is closed in by slashes that no value can
 * have, but for the last one, which may end the key with slashes of its own.
 */
export function keyTemplateProblem({ parts }: Template): string | undefined {
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string') continue;
    const rest = parts.slice(index + 1);
    const next = rest.findIndex((later) => typeof later !== 'string');
    const between = next === -1 ? undefined : rest.slice(0, next).join('');
    if (between !== undefined && !between.includes('/')) {
      return 'must have a / between two placeholders: otherwise two subjects could name one object';
    }
  }
  const sample = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  return keyProblem(sample);
}

/** The key for a token, or what keeps it from having one, by claim. */
export function filledKey(template: Template, token: OpeningToken): Parsed<string> {
  const placeholders = placeholdersOf(template);
  const problems = placeholders.flatMap((placeholder) => {
    const message = partProblem(tokenText(placeholder, token), placeholder === template.parts.at(-1));
    return message === undefined ? [] : [{ path: placeholder.path, message }];
  });
  const key = filledTemplate(template, token);
  if (problems.length > 0 || key === undefined) return { ok: false, problems };
  const wrong = keyProblem(key);
  if (wrong === undefined) return { ok: true, value: key };
  const path = placeholders.at(-1)?.path ?? 'claims';
  return { ok: false, problems: [{ path, message: `the key of the object ${wrong}` }] };
}

function partProblem(value: string | undefined, endsKey: boolean): string | undefined {
  if (value === undefined) return 'is needed for the key of the object, as a text or a number';
  const wrong =
    value.includes('/') && !endsKey ? 'must not have / in the middle of a key' : keyProblem(value);
  return wrong === undefined ? undefined : `is a part of the key of an object: ${wrong}`;
}
