import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Inspected, Matchstick } from '../../src/contract/matchstick.ts';
import type { MatchstickError } from '../../src/errors.ts';
import { capabilityOf, linkOf, releaseCapability, requireCapability } from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { type Purposes, withEachKind } from './open-matchstick.ts';
import { type RunningApp, runApp } from './run-app.ts';

type Handle = (request: Request, response: Response) => unknown;

describe('a route that holds', () => {
  withEachKind((matchstick) => {
    const onClose = cleanupAfter(after);
    let app: RunningApp;
    let handle: Handle = () => {};
    let answerError: ErrorRequestHandler = (_error, _request, response, _next) => response.status(500).end();

    before(async () => {
      const required = requireCapability({ redeem: matchstick(), purpose: 'ticket', mode: 'hold' });
      app = await runApp(onClose, (routes) => {
        routes.post('/', required, (request, response) => handle(request, response));
        const onError: ErrorRequestHandler = (error, request, response, next) =>
          answerError(error, request, response, next);
        routes.use(onError);
      });
    });

    const mint = async () => (await matchstick().mint('ticket', { subject: 'user-42', uses: 1 })).token;
    const post = (token: string, init: RequestInit = {}) =>
      fetch(app.url, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, ...init });

    it('holds the token while its handler runs', async () => {
      const token = await mint();
      const seen: unknown[] = [];
      handle = async (request, response) => {
        const { state, heldUntil } = capabilityOf(request);
        seen.push(state, typeof heldUntil, (await matchstick().inspect(token)).state);
        await expectProblem(await post(token), 'token_held');
        response.send('done');
      };
      expect((await post(token)).status).to.equal(200);
      expect(seen).to.deep.equal(['held', 'string', 'held']);
    });

    for (const status of [200, 204, 303, 400, 404, 422, 499]) {
      it(`burns the token after an answer ${status}`, async () => {
        const token = await mint();
        handle = (_request, response) => response.status(status).end();
        expect((await post(token, { redirect: 'manual' })).status).to.equal(status);
        await untilState(matchstick(), token, 'burned');
      });
    }

    it('gives the token back after an answer from 500 on, and after a handler that threw or rejected', async () => {
      const failures: Handle[] = [
        (_request, response) => response.status(500).end(),
        (_request, response) => response.status(503).send('later'),
        () => {
          throw new Error('the handler failed');
        },
        async () => {
          throw new Error('the handler failed');
        },
      ];
      const token = await mint();
      for (const fail of failures) {
        handle = fail;
        expect((await post(token)).status).to.be.at.least(500);
        await untilState(matchstick(), token, 'live');
      }
      handle = (_request, response) => response.send('done');
      expect((await post(token)).status).to.equal(200);
      await untilState(matchstick(), token, 'burned');
    });

    it('gives the token back when the app says so, whatever it answers', async () => {
      const token = await mint();
      handle = async (request, response) => {
        await releaseCapability(request);
        response.status(422).send('choose a longer password');
      };
      expect((await post(token)).status).to.equal(422);
      expect((await matchstick().inspect(token)).state).to.equal('live');

      handle = () => {
        throw new Error('too short');
      };
      answerError = async (_error, request, response, _next) => {
        await releaseCapability(request);
        response.status(422).end();
      };
      expect((await post(token)).status).to.equal(422);
      expect((await matchstick().inspect(token)).state).to.equal('live');
    });

    it('goes by the status that was sent, not by one that is set later', async () => {
      answerError = (_error, _request, response, _next) => response.status(500).end();
      const late: Handle[] = [
        (_request, response) => {
          response.send('done');
          throw new Error('too late for an answer');
        },
        (_request, response) => {
          response.write('do');
          throw new Error('too late for a status');
        },
      ];
      for (const throwLate of late) {
        const token = await mint();
        handle = throwLate;
        expect((await post(token)).status).to.equal(200);
        await untilState(matchstick(), token, 'burned');
      }
    });

    it('does not give the token back to whoever hangs up while the handler works', async () => {
      const token = await mint();
      let works: (response: Response) => void = () => {};
      const working = new Promise<Response>((resolve) => {
        works = resolve;
      });
      handle = (_request, response) => works(response);
      const { destroy } = sendAndHold(app, token);
      const response = await working;
      destroy();
      await once(response, 'close');
      expect((await matchstick().inspect(token)).state).to.equal('held');
      await expectProblem(await post(token), 'token_held');
    });

    it('burns the token when the app had answered before the connection closed', async () => {
      const token = await mint();
      let answered: (response: Response) => void = () => {};
      const answering = new Promise<Response>((resolve) => {
        answered = resolve;
      });
      handle = (_request, response) => {
        // More than a connection takes without being read.
        response.end(Buffer.alloc(64 * 1024 * 1024));
        answered(response);
      };
      const { destroy } = sendAndHold(app, token);
      const response = await answering;
      expect(response.writableFinished).to.equal(false);
      destroy();
      await untilState(matchstick(), token, 'burned');
    });

    it('gives the token back when nobody waits any more before the handler starts', async () => {
      const token = await mint();
      let proceed: () => void = () => {};
      const proceeding = new Promise<void>((resolve) => {
        proceed = resolve;
      });
      let asked: () => void = () => {};
      const asking = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const slow: Matchstick<Purposes> = {
        ...matchstick(),
        redeem: async (...args) => {
          const redemption = await matchstick().redeem(...args);
          asked();
          await proceeding;
          return redemption;
        },
      };
      const reached: string[] = [];
      let gone: () => void = () => {};
      const going = new Promise<void>((resolve) => {
        gone = resolve;
      });
      const slowApp = await runApp(onClose, (routes) => {
        routes.use((_request, response, next) => {
          response.once('close', gone);
          next();
        });
        routes.post('/', requireCapability({ redeem: slow, purpose: 'ticket', mode: 'hold' }), () =>
          reached.push('handler'),
        );
      });
      const { destroy } = sendAndHold(slowApp, token);
      await asking;
      destroy();
      await going;
      proceed();
      await untilState(matchstick(), token, 'live');
      expect(reached).to.deep.equal([]);
    });

    describe('with a guard for each of two tokens', () => {
      let two: RunningApp;
      before(async () => {
        two = await runApp(onClose, (routes) => {
          const first = requireCapability({ redeem: matchstick(), purpose: 'ticket', mode: 'hold' });
          const second = (mode: 'hold' | 'redeem') =>
            requireCapability({
              ...{ redeem: matchstick(), purpose: 'password-reset', mode },
              from: (request: Request) => request.get('x-second'),
            });
          const answer = (request: Request, response: Response) => handle(request, response);
          const opened = requireCapability({ redeem: matchstick(), purpose: 'password-reset', from: 'link' });
          const found = requireCapability({
            ...{ redeem: matchstick(), purpose: 'ticket' as const },
            from: (request: Request) => request.get('x-second'),
          });
          routes.get('/link', found, opened, (request, response) =>
            response.send(`${capabilityOf(request, found).purpose} ${linkOf(request)?.purpose}`),
          );
          routes.post('/hold', first, second('hold'), answer);
          routes.post('/redeem', first, second('redeem'), answer);
        });
      });
      const mintSecond = async () =>
        (await matchstick().mint('password-reset', { subject: 'user-42' })).token;
      const postBoth = (path: string, token: string, second: string) =>
        fetch(two.url + path, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}`, 'X-Second': second },
        });

      it('gives all back that are held when the app says so', async () => {
        handle = async (request, response) => {
          await releaseCapability(request);
          response.status(422).end();
        };
        const tokens = [await mint(), await mintSecond()] as const;
        expect((await postBoth('/hold', ...tokens)).status).to.equal(422);
        for (const token of tokens) expect((await matchstick().inspect(token)).state).to.equal('live');

        expect((await postBoth('/redeem', ...tokens)).status).to.equal(422);
        expect((await matchstick().inspect(tokens[0])).state).to.equal('live');
        expect((await matchstick().inspect(tokens[1])).state).to.equal('burned');
      });

      it('knows what the first redeemed when the second only opens a link', async () => {
        const headers = { 'X-Second': await mint() };
        const answered = await fetch(`${two.url}/link?token=${await mintSecond()}`, { headers });
        expect(await answered.text()).to.equal('ticket password-reset');
      });

      for (const [how, done] of [
        ['answered', (response: Response, next: NextFunction) => response.send('done') && next()],
        ['waited for something', (_response: Response, next: NextFunction) => setImmediate(next)],
      ] as const) {
        it(`burns the first when the second is refused after a handler in between has ${how}`, async () => {
          const app = await runApp(onClose, (routes) => {
            const guard = (purpose: 'ticket' | 'password-reset') =>
              requireCapability({ redeem: matchstick(), purpose, mode: 'hold' });
            const between = (_request: Request, response: Response, next: NextFunction) =>
              void done(response, next);
            routes.post('/', guard('ticket'), between, guard('password-reset'), () => {});
          });
          const token = await mint();
          await fetch(app.url, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
          await untilState(matchstick(), token, 'burned');
        });
      }

      it('burns none when the second is refused', async () => {
        const token = await mint();
        handle = (_request, response) => response.send('done');
        await expectProblem(await postBoth('/hold', token, await mint()), 'purpose_mismatch');
        await untilState(matchstick(), token, 'live');
        expect((await postBoth('/hold', token, await mintSecond())).status).to.equal(200);
        await untilState(matchstick(), token, 'burned');
      });
    });

    it('gives the token back when the app has answered before the handler starts', async () => {
      const token = await mint();
      const reached: string[] = [];
      let answerNow: () => void = () => {};
      let held: () => void = () => {};
      const holding = new Promise<void>((resolve) => {
        held = resolve;
      });
      const slow: Matchstick<Purposes> = {
        ...matchstick(),
        redeem: async (...args) => {
          const redemption = await matchstick().redeem(...args);
          answerNow();
          held();
          return redemption;
        },
      };
      const impatient = await runApp(onClose, (routes) => {
        routes.use((_request, response, next) => {
          // It waits no longer, and its answer is more than a connection takes without being read.
          answerNow = () => response.status(408).end(Buffer.alloc(64 * 1024 * 1024));
          next();
        });
        routes.post('/', requireCapability({ redeem: slow, purpose: 'ticket', mode: 'hold' }), () =>
          reached.push('handler'),
        );
      });
      const { destroy } = sendAndHold(impatient, token);
      await holding;
      await untilState(matchstick(), token, 'live');
      destroy();
      expect(reached).to.deep.equal([]);
    });

    it('reports a hold that could not be ended, and the answer stands', async () => {
      const token = await mint();
      const reported: MatchstickError[] = [];
      const unending: Matchstick<Purposes> = {
        ...matchstick(),
        commit: async () => {
          throw new Error('no answer');
        },
      };
      const failing = await runApp(onClose, (routes) =>
        routes.post(
          '/',
          requireCapability({
            redeem: unending,
            purpose: 'ticket',
            mode: 'hold',
            hold: 1,
            onFailure: (error) => reported.push(error),
          }),
          (_request, response) => response.send('done'),
        ),
      );
      const headers = { Authorization: `Bearer ${token}` };
      expect((await fetch(failing.url, { method: 'POST', headers })).status).to.equal(200);
      await untilState(matchstick(), token, 'burned');
      expect(reached(reported)).to.deep.equal([['internal', 'A hold was not ended by a commit.']]);
    });
  });
});

function reached(errors: readonly MatchstickError[]) {
  return errors.map(({ code, message }) => [code, message]);
}

/** A request whose answer is not read until it is destroyed. */
function sendAndHold({ port }: RunningApp, token: string) {
  const headers = { Authorization: `Bearer ${token}` };
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/', headers });
  request.on('error', () => {});
  request.on('response', (response) => response.on('error', () => {}).pause());
  request.end();
  return { destroy: () => request.destroy() };
}

async function untilState(
  matchstick: Matchstick<Purposes>,
  token: string,
  state: Inspected['state'],
): Promise<void> {
  while ((await matchstick.inspect(token)).state !== state) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
