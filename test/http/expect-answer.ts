import { expect } from 'chai';
import type { ErrorCode } from '../../src/errors.ts';
import type { Answered } from '../support/service.ts';
import { PROBLEMS } from './problems.ts';

export type ProblemCode = ErrorCode;

export const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
export const JTI = /^[\w-]{52}$/;

/** The members of a problem besides `type`, `title`, `status` and `code`; `detail` as what it must be about. */
export type ProblemMembers = Readonly<Record<string, unknown>> & { readonly detail?: RegExp };

/** Holds a refusal to its whole body, its media type and the headers of every answer. */
export function expectProblem(
  answer: Answered,
  code: ProblemCode,
  { detail: about = /\.$/, errors: listed, ...members }: ProblemMembers = {},
): void {
  const [status, title] = PROBLEMS[code];
  expect(answer.json, `${answer.status}: ${answer.text}`).to.be.an('object');
  const { detail } = answer.json;
  expect(answer.json).to.deep.equal({
    type: `urn:matchstick:problem:${code}`,
    title,
    status,
    detail,
    code,
    ...(code === 'request_invalid' ? { errors: answer.json.errors } : {}),
    ...members,
  });
  if (code === 'request_invalid') expectListed(answer, listed);
  expect(detail).to.be.a('string').that.matches(/\.$/).and.matches(about);
  expect(answer.status).to.equal(status);
  expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  expectCommonHeaders(answer);
}

/** Every refusal of a request lists what is wrong; `expected` is the list without pointers, or with them. */
function expectListed({ json, text }: Answered, expected: unknown): void {
  const errors: readonly Readonly<Record<string, string>>[] = json.errors;
  expect(errors, text).to.be.an('array').that.is.not.empty;
  for (const { path = '', pointer = '' } of errors) {
    const names = pointer.split('/').slice(1).map(decodeURIComponent);
    expect(names.join('.'), pointer).to.equal(path);
    expect(pointer.startsWith('#'), pointer).to.equal(true);
  }
  if (!Array.isArray(expected)) return;
  const withoutPointers = (list: readonly object[]) => list.map((each) => ({ ...each, pointer: undefined }));
  expect(withoutPointers(errors)).to.deep.equal(withoutPointers(expected));
}

/** Holds a refusal of bad input to the paths that its `errors` name, in any order. */
export function expectBadInput(answer: Answered, paths: readonly string[]): void {
  expectProblem(answer, 'request_invalid', { errors: answer.json?.errors });
  const errors: readonly { path: string; message: string }[] = answer.json.errors;
  expect(errors.map(({ path }) => path).sort(), answer.text).to.deep.equal([...paths].sort());
  for (const error of errors) {
    expect(error.message).to.be.a('string').that.is.not.empty;
  }
}

/** The headers that no answer lacks, whatever it is. */
export function expectCommonHeaders({ headers }: Pick<Answered, 'headers'>, cacheControl = 'no-store'): void {
  expect(headers.get('cache-control')).to.equal(cacheControl);
  expect(headers.get('content-security-policy')).to.equal("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get('referrer-policy')).to.equal('no-referrer');
  expect(headers.get('x-content-type-options')).to.equal('nosniff');
  expect(headers.get('x-request-id'))
    .to.be.a('string')
    .that.matches(/^[\w.:-]{1,128}$/);
  for (const name of ['x-powered-by', 'etag', 'server', 'access-control-allow-origin', 'set-cookie']) {
    expect(headers.get(name), name).to.equal(null);
  }
}

/** Holds a JSON success to its status, media type and common headers, and gives its body. */
export function expectSuccess(answer: Answered, status: number): Record<string, unknown> {
  expect(answer.status, answer.text).to.equal(status);
  expect(answer.headers.get('content-type')).to.equal('application/json');
  expectCommonHeaders(answer);
  return answer.json;
}
