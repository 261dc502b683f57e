import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { clientOf, errorOf } from './example.ts';
import { answer, startScripted } from './scripted-service.ts';

const FACTS = { purpose: 'charge', may: ['mint'], audiences: ['billing'], lifetime: 60, uses: 1 };

describe('asking a service what one may do', () => {
  const onClose = cleanupAfter(afterEach);

  async function purposesFrom(body: unknown) {
    const service = await startScripted(answer(200, body));
    onClose(service.close);
    return clientOf(service, { retries: 0 }).purposes();
  }

  it('takes as many purposes as a configuration may have, with long schemas', async () => {
    const claims = { type: 'object', description: 'x'.repeat(10_000) };
    const purposes = Array.from({ length: 200 }, () => ({ ...FACTS, claims }));
    expect(await purposesFrom({ purposes })).to.have.length(200);
  });

  it('lets members of a later version through, at every depth', async () => {
    const later = {
      ...FACTS,
      bind: { key: 'required', device: 'optional' },
      link: { code: false, byDefault: true, color: 'red' },
      color: 'blue',
    };
    expect(await purposesFrom({ purposes: [later], next: 2 })).to.deep.equal([later]);
  });

  for (const [what, body] of [
    ['a list', [FACTS]],
    ['no list', { purposes: { charge: FACTS } }],
    ['a purpose without a name', { purposes: [{ ...FACTS, purpose: undefined }] }],
    ['a right that is none', { purposes: [{ ...FACTS, may: 'mint' }] }],
    ['a binding that is none', { purposes: [{ ...FACTS, bind: { key: true } }] }],
  ] as const) {
    it(`does not take ${what} for an answer`, async () => {
      expect((await errorOf(purposesFrom(body))).code).to.equal('ledger_unavailable');
    });
  }
});
