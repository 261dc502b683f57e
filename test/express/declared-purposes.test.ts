import { expect } from 'chai';
import { requireCapability } from '../../src/express/index.ts';
import { createMatchstick, type InProcessMatchstick, type PurposeMap } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';

describe('a guard of a Matchstick in the same process', () => {
  const onClose = cleanupAfter(after);
  let matchstick: InProcessMatchstick<PurposeMap>;
  before(async () => {
    matchstick = await createMatchstick({
      issuer: 'https://app.example.com',
      purposes: {
        charge: { audience: 'app', lifetime: '5m' },
        call: { audience: ['billing', 'mailer'], lifetime: '1m' },
      },
    });
    onClose(() => matchstick.close());
  });

  const build = (purpose: string, audience?: string) => () =>
    requireCapability({ redeem: matchstick, purpose, ...(audience === undefined ? {} : { audience }) });

  for (const [what, purpose, audience, message] of [
    [
      'a purpose that is not there',
      'chrage',
      undefined,
      'purpose: there is no purpose "chrage" (did you mean charge?)',
    ],
    [
      'a purpose that every object has',
      'constructor',
      undefined,
      'purpose: there is no purpose "constructor"',
    ],
    [
      'an audience that the purpose has not',
      'call',
      'mailr',
      'audience: call is not for "mailr" (did you mean mailer?)',
    ],
  ] as const) {
    it(`is refused when it is built with ${what}`, () => {
      expect(build(purpose, audience)).to.throw(TypeError, `requireCapability: ${message}`);
    });
  }

  it('is built with what is there', () => {
    expect(build('charge')).not.to.throw();
    expect(build('charge', 'app')).not.to.throw();
    expect(build('call', 'mailer')).not.to.throw();
  });
});
