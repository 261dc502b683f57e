import type { RequestTerms, StoreOperation } from '../burn/opening.ts';
import type { InputProblem } from '../errors.ts';

export type Term = keyof RequestTerms;

/** Terms as they are written into headers, URLs and policies. */
export type Terms = { readonly [T in Term]?: string };

const CONTROL_CHARACTER = /\p{Cc}/u;
const MAX_CHARACTERS = 255;
const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
/** RFC 9110 section 8.3.1; without blanks in quoted values, since signing folds them. */
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?: ?; ?${TOKEN}=(?:${TOKEN}|"[\\x21\\x23-\\x5b\\x5d-\\x7e]*"))*$`,
);

interface TermRule {
  readonly fits: readonly StoreOperation[];
  /** What is wrong with a value; undefined when nothing is. */
  readonly problem: (value: string) => string | undefined;
}

const TERM_RULES: Readonly<Record<Term, TermRule>> = {
  filename: { fits: ['get'], problem: filenameProblem },
  contentType: { fits: ['get', 'put', 'post'], problem: mediaTypeProblem },
  contentLength: { fits: ['put'], problem: (value) => octetsProblem(value, 0) },
  maxLength: { fits: ['post'], problem: (value) => octetsProblem(value, 1) },
  checksumSha256: { fits: ['put'], problem: (value) => base64Problem(value, 'SHA-256', 32) },
  contentMd5: { fits: ['put'], problem: (value) => base64Problem(value, 'MD5', 16) },
};

export const TERMS: readonly Term[] = [
  'filename',
  'contentType',
  'contentLength',
  'maxLength',
  'checksumSha256',
  'contentMd5',
];

/** What is wrong with there being such a term, or none, in an operation; undefined when nothing is. */
export function presenceProblem(term: Term, isGiven: boolean, operation: StoreOperation): string | undefined {
  const { fits } = TERM_RULES[term];
  if (isGiven && !fits.includes(operation)) return `is only for the operation ${fits.join(', ')}`;
  if (!isGiven && term === 'maxLength' && operation === 'post') return 'is required for the operation post';
  return undefined;
}

export function valueProblem(term: Term, value: string): string | undefined {
  return TERM_RULES[term].problem(value);
}

/** Everything that is wrong with the terms of an operation, by term. */
export function termProblems(operation: StoreOperation, terms: Terms): readonly InputProblem[] {
  return TERMS.flatMap((term) => {
    const value = terms[term];
    const message =
      presenceProblem(term, value !== undefined, operation) ??
      (value === undefined ? undefined : valueProblem(term, value));
    return message === undefined ? [] : [{ path: term, message }];
  });
}

function filenameProblem(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (name.length > MAX_CHARACTERS) return `must be at most ${MAX_CHARACTERS} characters`;
  if (!name.isWellFormed()) return 'must not have lone surrogates';
  if (CONTROL_CHARACTER.test(name)) return 'must not have control characters';
  if (/[/\\]/.test(name)) return 'must be a name, without / and \\';
  return undefined;
}

function mediaTypeProblem(type: string): string | undefined {
  if (/^[^;]*\*/.test(type)) return 'must be one media type, not a range: it is what the object would have';
  return type.length <= MAX_CHARACTERS && MEDIA_TYPE.test(type)
    ? undefined
    : `must be a media type of at most ${MAX_CHARACTERS} characters, such as application/pdf`;
}

function octetsProblem(value: string, least: number): string | undefined {
  const octets = Number(value);
  return WHOLE_NUMBER.test(value) && Number.isSafeInteger(octets) && octets >= least
    ? undefined
    : `must be a whole number of octets, at least ${least}`;
}

/** One spelling only: what a header carries is compared as text. */
function base64Problem(value: string, digest: string, octets: number): string | undefined {
  const decoded = Buffer.from(value, 'base64');
  return decoded.length === octets && decoded.toString('base64') === value
    ? undefined
    : `must be ${octets} octets of ${digest} in base64`;
}
