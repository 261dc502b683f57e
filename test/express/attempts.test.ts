import { expect } from 'chai';
import type { Matchstick } from '../../src/contract/matchstick.ts';
import { MatchstickError } from '../../src/errors.ts';
import { requireCapability } from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { type Purposes, withEachKind } from './open-matchstick.ts';
import { runApp, sendLines } from './run-app.ts';

describe('the attempt of a request', () => {
  withEachKind((matchstick) => {
    const onClose = cleanupAfter(after);
    let reached = 0;
    beforeEach(() => {
      reached = 0;
    });

    const serve = (redeem: Matchstick<Purposes>, attempt: 'drawn' | 'idempotency-key' = 'drawn') =>
      runApp(onClose, (routes) =>
        routes.get(
          '/',
          requireCapability({ redeem, purpose: 'password-reset', attempt }),
          (_request, response) => {
            reached++;
            response.send('done');
          },
        ),
      );
    const mint = async () => (await matchstick().mint('password-reset', { subject: 'user-42' })).token;
    const get = (url: string, token: string, key?: string) =>
      fetch(url, {
        headers: {
          Authorization: `Bearer ${token}`,
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
      });

    it('is taken up by the next request, when it ended without an answer', async () => {
      let lost = 1;
      const losing: Matchstick<Purposes> = {
        ...matchstick(),
        redeem: async (token, purpose, options) => {
          const attempt = options?.attempt ?? crypto.randomUUID();
          const redemption = await matchstick().redeem(token, purpose, { ...options, attempt });
          if (lost-- > 0)
            throw new MatchstickError('ledger_unavailable', 'The answer was lost.', { attempt });
          return redemption;
        },
      };
      const { url } = await serve(losing);
      const token = await mint();
      const response = await get(url, token);
      expect(await expectProblem(response, 'ledger_unavailable')).not.to.have.property('attempt');
      expect((await get(url, await mint())).status, 'of another token').to.equal(200);
      const answers = await Promise.all(Array.from({ length: 10 }, () => get(url, token)));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      expect(answers.filter(({ status }) => status === 410)).to.have.length(9);
      expect(reached).to.equal(2);
    });

    it('is kept for its holder while others are refused before the ledger is asked', async () => {
      const asked: (string | undefined)[] = [];
      const refusals = ['binding_mismatch', 'audience_mismatch', 'token_invalid', 'internal'] as const;
      const fates = ['lost', ...refusals, 'unforeseen'] as const;
      const struck: Matchstick<Purposes> = {
        ...matchstick(),
        redeem: async (token, purpose, options) => {
          const fate = fates[asked.length];
          const attempt = options?.attempt ?? crypto.randomUUID();
          asked.push(options?.attempt);
          if (fate === 'unforeseen') throw new RangeError('nobody foresaw it');
          if (fate !== undefined && fate !== 'lost') throw new MatchstickError(fate, 'It is refused.');
          const redemption = await matchstick().redeem(token, purpose, { ...options, attempt });
          if (fate === undefined) return redemption;
          throw new MatchstickError('ledger_unavailable', 'The answer was lost.', { attempt });
        },
      };
      const { url } = await serve(struck);
      const token = await mint();
      const statuses: number[] = [];
      for (let request = 0; request < 8; request++) statuses.push((await get(url, token)).status);
      expect(statuses).to.deep.equal([503, 403, 403, 400, 500, 500, 200, 410]);
      expect(asked[0]).to.equal(undefined);
      expect(new Set(asked.slice(1, 7)).size).to.equal(1);
      expect(asked[1]).to.be.a('string');
      expect(asked[7]).to.equal(undefined);
    });

    it('is named by the Idempotency-Key, for an app that says so: all who know it get through', async () => {
      const app = await serve(matchstick(), 'idempotency-key');
      const token = await mint();
      expect((await get(app.url, token, 'first-try')).status).to.equal(200);
      expect((await get(app.url, token, 'first-try')).status).to.equal(200);
      await expectProblem(await get(app.url, token, 'second-try'), 'token_burned');
      await expectProblem(await get(app.url, token), 'token_burned');
      expect(reached).to.equal(2);
    });

    it('has a name of its own when the Idempotency-Key could not be one, and two are refused', async () => {
      const app = await serve(matchstick(), 'idempotency-key');
      for (const key of ['', 'a b', 'x'.repeat(256)]) {
        const token = await mint();
        expect((await get(app.url, token, key)).status).to.equal(200);
        await expectProblem(await get(app.url, token, key), 'token_burned');
      }
      const lines = [`GET / HTTP/1.1`, `Authorization: Bearer ${await mint()}`];
      const { status } = await sendLines(app, [...lines, 'Idempotency-Key: a', 'Idempotency-Key: b']);
      expect(status).to.equal(400);
    });
  });
});
