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

  it('is one for all who want it in the same turn of the event loop', async () => {
    const { asked, ask } = byHand();
    const answers = [ask('a'), ask('a')];
    await Promise.resolve();
    answers.push(ask('a'));
    expect(asked).to.have.length(0);
    await turn();
    expect(asked).to.have.length(1);
    asked[0]?.answer();
    expect(await Promise.all(answers)).to.deep.equal([0, 0, 0]);
  });

  it('is never answered by one that was asked before it', async () => {
    const { asked, ask } = byHand();
    const first = ask('a');
    await turn();
    const [second, third] = [ask('a'), ask('a')];
    asked[0]?.answer();
    expect(await first).to.equal(0);
    await turn();
    expect(asked).to.have.length(2);
    asked[1]?.answer();
    expect(await Promise.all([second, third])).to.deep.equal([1, 1]);
  });

  it('is never under way together with another, at whatever moment somebody comes', async () => {
    for (let moments = 0; moments < 12; moments++) {
      const { asked, ask } = byHand();
      const answers = [ask('a')];
      await turn();
      answers.push(ask('a'));
      asked[0]?.answer();
      for (let moment = 0; moment < moments; moment++) await Promise.resolve();
      answers.push(ask('a'));
      await turn();
      await turn();
      expect(asked, `after ${moments} moments`).to.have.length(2);
      asked[1]?.answer();
      await turn();
      await turn();
      asked[2]?.answer();
      await Promise.all(answers);
    }
  });

  it('waits for none about another subject', async () => {
    const { asked, ask } = byHand();
    const answers = [ask('a'), ask('b')];
    await turn();
    for (const { answer } of asked) answer();
    expect(await Promise.all(answers)).to.deep.equal([0, 1]);
  });

  it('fails with the one it waited behind, and is asked anew afterwards', async () => {
    const { asked, ask } = byHand();
    const failing = () => ask('a').catch((error: Error) => error.message);
    const failures = [failing()];
    await turn();
    failures.push(failing());
    asked[0]?.fail();
    expect(await Promise.all(failures)).to.deep.equal(['no answer 0', 'no answer 0']);
    const again = ask('a');
    await turn();
    asked[1]?.answer();
    expect(await again).to.equal(1);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
