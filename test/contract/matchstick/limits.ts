import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { MatchstickError } from '../../../src/errors.ts';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { expectRefusal } from './expect-refusal.ts';

/** What a purpose that limits mints promises. */
export function limitsContract(opened: () => OpenMatchstick): void {
  describe('minting too often', () => {
    function expectLimited({ extras }: MatchstickError): void {
      expect(extras.limit).to.equal('mint-per-subject');
      expect(extras.retryAfterSeconds).to.be.within(1, 3600);
    }

    it('is refused, with the name of the limit and when to try again', async () => {
      const { matchstick } = opened();
      const subject = randomUUID();
      for (let minted = 0; minted < 3; minted++) await matchstick.mint('rationed', { subject });
      expectLimited(await expectRefusal('rate_limited', matchstick.mint('rationed', { subject })));
      await matchstick.mint('rationed', { subject: randomUUID() });
      await matchstick.mint('ticket', { subject });
    });

    it('takes nothing from anybody where a batch is refused', async () => {
      const { matchstick } = opened();
      const crowd = Array.from({ length: 60 }, () => ({ subject: randomUUID() }));
      const [first = { subject: '' }] = crowd;
      const tooMany = [...crowd, ...crowd, ...crowd, first];
      for (let tries = 0; tries < 2; tries++) {
        expectLimited(await expectRefusal('rate_limited', matchstick.mintMany('rationed', tooMany)));
      }
      expect(await matchstick.mintMany('rationed', [...crowd, ...crowd, ...crowd])).to.have.length(180);
      expectLimited(await expectRefusal('rate_limited', matchstick.mintMany('rationed', crowd)));
    });
  });
}
