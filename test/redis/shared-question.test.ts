import { expect } from 'chai';
import { sharedQuestion } from '../../src/redis/shared-question.ts';

describe('a shared question', () => {
  /** Questions that are answered by hand, with their turn. */
  function byHand() {
    const asked: { readonly answer: () => void; readonly fail: () => void }[] = [];
    const ask = sharedQuestion(
      (_subject: string) =>
        new Promise<number>((resolve, reject) => {
          const turn = asked.length;
          asked.push({ answer: () => resolve(turn), fail: () => reject(new Error(`no answer ${turn}`)) });
        }),
    );
    return { asked, ask };
  }

  it('is never answered by one that was asked before it', async () => {
    const { asked, ask } = byHand();
    const first = ask('a');
    const [second, third] = [ask('a'), ask('a')];
    asked[0]?.answer();
    expect(await first).to.equal(0);
    await new Promise(setImmediate);
    expect(asked).to.have.length(2);
    asked[1]?.answer();
    expect(await Promise.all([second, third])).to.deep.equal([1, 1]);
  });

  it('waits for none about another subject', async () => {
    const { asked, ask } = byHand();
    const answers = [ask('a'), ask('b')];
    for (const { answer } of asked) answer();
    expect(await Promise.all(answers)).to.deep.equal([0, 1]);
  });

  it('fails with the one it waited behind, and is asked anew afterwards', async () => {
    const { asked, ask } = byHand();
    const failures = [ask('a'), ask('a')].map((asking) => asking.catch((error: Error) => error.message));
    asked[0]?.fail();
    expect(await Promise.all(failures)).to.deep.equal(['no answer 0', 'no answer 0']);
    const again = ask('a');
    asked[1]?.answer();
    expect(await again).to.equal(1);
  });
});
