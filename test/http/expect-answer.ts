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
  { detail: about = /\.$/, ...members }: ProblemMembers = {},
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
    ...members,
  });
  expect(detail).to.be.a('string').that.matches(/\.$/).and.matches(about);
  expect(answer.status).to.equal(status);
  expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  expectCommonHeaders(answer);
}

/** Holds a refusal of bad input to the paths that its `errors` name, in any order. */
export function expectBadInput(answer: Answered, paths: readonly string[]): void {
  expectProblem(answer, 'request_invalid', { errors: answer.json?.errors });
  const errors: readonly { path: string; message: string }[] = answer.json.errors;
  expect(errors.map(({ path }) => path).sort(), answer.text).to.deep.equal([...paths].sort());
  for (const error of errors) {
    expect(error).to.have.all.keys('path', 'message');
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
