import { expect } from 'chai';
import { faultOf, type HttpAnswer } from './answers.ts';

/** The check of every answer can fail: these are answers that no service may give, each with what is found. */
describe('the check of every answer', () => {
  const settled = { redemptionId: 'a', state: 'burned', jti: 'b', redeemedAt: '2026-01-01T00:00:00Z' };
  const problem = {
    type: 'urn:matchstick:problem:token_burned',
    title: 'The token was already redeemed',
    status: 410,
    detail: 'The token was already redeemed.',
    code: 'token_burned',
  };
  const commit = (body: unknown, more: Partial<HttpAnswer> = {}): string | undefined =>
    faultOf({
      method: 'POST',
      path: '/v1/redemptions/a/commit',
      status: 200,
      mediaType: 'application/json',
      text: typeof body === 'string' ? body : JSON.stringify(body),
      ...more,
    });
  const refused = (members: object, more: Partial<HttpAnswer> = {}): string | undefined =>
    commit({ ...problem, ...members }, { status: 410, mediaType: 'application/problem+json', ...more });

  it('lets through what fits', () => {
    expect(commit(settled)).to.equal(undefined);
    expect(refused({})).to.equal(undefined);
    expect(refused({ redeemedAt: '2026-01-01T00:00:00Z' })).to.equal(undefined);
  });

  it('finds a member that is missing, of another type, or not in the schema', () => {
    expect(commit({ ...settled, jti: undefined })).to.include('jti');
    expect(commit({ ...settled, redeemedAt: 'yesterday' })).to.include('redeemedAt');
    expect(commit({ ...settled, token: 'x' })).to.include('token');
    expect(refused({ secret: 'x' })).to.include('secret');
    expect(refused({ detail: undefined })).to.include('detail');
  });

  it('finds a status, a media type or a code that the route does not have', () => {
    expect(commit(settled, { status: 201 })).to.be.a('string');
    expect(commit(settled, { mediaType: 'text/plain' })).to.be.a('string');
    expect(commit('<html>')).to.be.a('string');
    expect(refused({}, { status: 400 })).to.be.a('string');
    expect(refused({ type: 'urn:matchstick:problem:token_void' })).to.be.a('string');
    expect(refused({ code: 'tea_pot', type: 'urn:matchstick:problem:tea_pot' })).to.be.a('string');
    expect(refused({}, { path: '/v1/tokens' })).to.include('token_burned');
  });
});
