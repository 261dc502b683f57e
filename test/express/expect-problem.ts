import { expect } from 'chai';
import { type ErrorCode, MatchstickError } from '../../src/errors.ts';

/** Holds an answer to being this problem, as the service answers it too, and gives its members. */
export async function expectProblem(response: Response, code: ErrorCode): Promise<Record<string, unknown>> {
  const text = await response.text();
  const body = JSON.parse(text === '' ? '{}' : text);
  const { status, title } = new MatchstickError(code, '');
  expect(body.code, text).to.equal(code);
  expect(response.status, text).to.equal(status);
  expect(response.headers.get('content-type')).to.equal('application/problem+json');
  expect(response.headers.get('cache-control')).to.equal('no-store');
  expect(response.headers.get('x-content-type-options')).to.equal('nosniff');
  expect(body).to.include({ type: `urn:matchstick:problem:${code}`, title, status });
  expect(body.detail).to.match(/^[A-Z][^\n]*\.$/);
  return body;
}
