import { expect } from 'chai';
import { type Asked, retriedAttempts } from '../../src/contract/retried-attempts.ts';

type Ended = Asked['ended'];

describe('attempts that were left without an answer', () => {
  const unanswered = (left: string) => async () => ({ ended: 'unanswered' as const, left });

  /** Asks, and tells under which attempts. */
  async function ask(
    attempts: ReturnType<typeof retriedAttempts>,
    key: string,
    ends: readonly Ended[],
  ): Promise<readonly (string | undefined)[]> {
    const asked: (string | undefined)[] = [];
    await attempts.resume(key, async (attempt) => {
      asked.push(attempt);
      return { ended: ends[asked.length - 1] ?? 'done', left: attempt };
    });
    return asked;
  }

  it('are resumed by the next request, once it is served nobody resumes them again', async () => {
    const attempts = retriedAttempts();
    await attempts.resume('token', unanswered('first'));
    expect(await ask(attempts, 'other', ['done'])).to.deep.equal([undefined]);
    expect(await ask(attempts, 'token', ['unanswered'])).to.deep.equal(['first']);
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal(['first']);
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal([undefined]);
  });

  it('stay where a request was refused without asking', async () => {
    const attempts = retriedAttempts();
    await attempts.resume('token', unanswered('owner'));
    for (let thief = 0; thief < 3; thief++) {
      expect(await ask(attempts, 'token', ['untried'])).to.deep.equal(['owner']);
    }
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal(['owner']);
  });

  it('are all kept: nobody pushes out what another request left', async () => {
    const attempts = retriedAttempts();
    await Promise.all([
      attempts.resume('token', unanswered('owner')),
      attempts.resume('token', unanswered('thief')),
    ]);
    expect(await ask(attempts, 'token', ['spent', 'unanswered'])).to.deep.equal(['owner', 'thief']);
    expect(await ask(attempts, 'token', ['spent'])).to.deep.equal(['thief']);
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal([undefined]);
  });

  it('are resumed by one request at a time, and waited for by the others', async () => {
    const attempts = retriedAttempts();
    await attempts.resume('token', unanswered('owner'));
    let refuse: () => void = () => {};
    const thief = attempts.resume('token', async () => {
      await new Promise<void>((resolve) => {
        refuse = resolve;
      });
      return { ended: 'untried' as const };
    });
    const owner = ask(attempts, 'token', ['done']);
    const third = ask(attempts, 'token', ['done']);
    refuse();
    await thief;
    expect(await owner).to.deep.equal(['owner']);
    expect(await third).to.deep.equal([undefined]);
  });

  it('are asked for once, when there is no answer, for all that wait meanwhile', async () => {
    const attempts = retriedAttempts();
    await attempts.resume('token', unanswered('owner'));
    const away = new RangeError('away');
    let asked = 0;
    const resume = () =>
      attempts
        .resume('token', async (left) => {
          asked++;
          await new Promise((resolve) => setImmediate(resolve));
          return { ended: 'unanswered' as const, left, failure: away };
        })
        .catch((error: unknown) => error);
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, resume));
    expect(asked).to.equal(1);
    expect(first).to.deep.equal({ ended: 'unanswered', left: 'owner', failure: away });
    for (const other of others) expect(other).to.equal(away);
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal(['owner']);
  });

  it('stay when asking fails in a way that nobody foresaw, and hold nobody up', async () => {
    const attempts = retriedAttempts();
    await attempts.resume('token', unanswered('owner'));
    const failed: unknown = await attempts
      .resume('token', async () => {
        throw new RangeError('unforeseen');
      })
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(RangeError);
    expect(await ask(attempts, 'token', ['done'])).to.deep.equal(['owner']);
  });

  it('fall out beyond so many keys, and so many of one key', async () => {
    const attempts = retriedAttempts(2);
    for (const key of ['a', 'b', 'c']) await attempts.resume(key, unanswered(key));
    expect(await ask(attempts, 'a', ['done'])).to.deep.equal([undefined]);
    expect(await ask(attempts, 'c', ['done'])).to.deep.equal(['c']);
    const many = retriedAttempts();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => many.resume('one', unanswered(String(index)))),
    );
    // The oldest are most likely to have burned it.
    expect(await ask(many, 'one', Array<Ended>(10).fill('spent'))).to.deep.equal(['0', '1', '2', '3']);
  });
});
