import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type AskedShards, askShards, type EpochEvent } from '../../src/redis/ask.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { parseReply, UnexpectedReplyError } from '../../src/redis/reply.ts';
import { composeScripts } from '../../src/redis/scripts.ts';
import { answeringScripts } from '../support/answering-scripts.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';

interface Sending {
  readonly script: 'open-epoch' | 'end-epoch' | 'another';
  readonly tag: string;
  readonly args: readonly string[];
}
/** The epoch that the reply names and its changes; or the reply itself; or that there is none. */
type Reply = readonly [epoch: string, changes: number, changed?: 0 | 1] | { readonly raw: unknown } | Error;

const OPENS = composeScripts()('open-epoch').sha1;
const ENDS = composeScripts()('end-epoch').sha1;

describe('a shard that is asked', () => {
  /** What the ledger asks of a server whose replies are made up, one after the other. */
  function open(replyTo: (sending: Sending, number: number) => Reply | Promise<Reply>) {
    const sent: Sending[] = [];
    const events: EpochEvent[] = [];
    const evalsha = async (sha1: string, _keys: number, _meta: string, tag: string, ...rest: string[]) => {
      const args = rest.slice(2);
      const script = sha1 === OPENS ? 'open-epoch' : sha1 === ENDS ? 'end-epoch' : 'another';
      const sending: Sending = { script, tag, args };
      sent.push(sending);
      const reply = await replyTo(sending, sent.length);
      if (reply instanceof Error) throw reply;
      if ('raw' in reply) return reply.raw;
      return [tag, 'living', reply[0], reply[1], 1, reply[2] ?? 0, '', 0, ''];
    };
    const redis = answeringScripts({}, evalsha);
    const connection: LedgerConnection = {
      redis,
      answer: async (ask) => ask(redis).catch(() => ask(redis)),
      askOnce: (ask) => ask(redis),
      close: async () => {},
    };
    const asked: AskedShards = askShards({
      ...{ ...TEST_LEDGER, connection, randomBytes, monotonicMs: () => performance.now() },
      onEpoch: (event) => events.push(event),
    });
    const openEpoch = () => asked.ask('open-epoch', 0, {}, (reply) => reply);
    return { openEpoch, sent, events, scripts: () => sent.map(({ script }) => script) };
  }

  it('draws a new tag for every sending, also of the same question', async () => {
    const { openEpoch, sent } = open((_, number) => (number === 1 ? new Error('lost') : ['E', 0]));
    await openEpoch();
    await openEpoch();
    expect(new Set(sent.map(({ tag }) => tag)).size).to.equal(3);
  });

  it('is not believed in the reply to another question', async () => {
    const tags: string[] = [];
    const { openEpoch } = open(({ tag }) => {
      tags.push(tag);
      return { raw: [tags.at(-2) ?? '', 'living', 'E', 0, 1, 0, '', 0, ''] };
    });
    const answer = await openEpoch().catch((error: unknown) => error);
    expect(answer).to.be.instanceOf(UnexpectedReplyError);
    expect(tags).to.have.length(2);
  });

  it('is believed in the one text of the usual burn only when that is whole and of this question', () => {
    const text = `tag ${'E'.repeat(16)} 12 1700000000000 ${'A'.repeat(22)}`;
    expect(parseReply(text, 'tag')).to.deep.equal({
      ...{ word: 'burned', epoch: 'E'.repeat(16), changes: 12, nowMs: 1_700_000_000_000 },
      ...{ changed: true, began: '', rest: ['A'.repeat(22), 1_700_000_000_000, 0, 0] },
    });
    const parts = text.split(' ');
    const wrong = [
      ...['', 'OK', 'tag', text.slice(4), `other ${text.slice(4)}`, `${text} more`, text.replace('12', 'x')],
      ...parts.map((_, index) => parts.toSpliced(index, 1).join(' ')),
      ...parts.map((_, index) => parts.with(index, '').join(' ')),
    ];
    for (const each of wrong) expect(() => parseReply(each, 'tag'), each).to.throw(UnexpectedReplyError);
  });

  it('has an epoch ended that went back, and is asked again', async () => {
    const replies: Reply[] = [
      ['E', 5],
      ['E', 4],
      ['F', 0],
      ['F', 0],
    ];
    const { openEpoch, sent, scripts, events } = open(
      (_, number) => replies[number - 1] ?? new Error('no reply'),
    );
    await openEpoch();
    expect((await openEpoch()).epoch).to.equal('F');
    expect(scripts()).to.deep.equal(['open-epoch', 'open-epoch', 'end-epoch', 'open-epoch']);
    expect(sent[2]?.args).to.deep.equal(['E', 'memory-went-back']);
    expect(events.map(({ what }) => what)).to.deep.equal(['memory-went-back', 'replaced']);
  });

  it('has each earlier memory ended that it leads to, and is asked until it leads to none', async () => {
    const epochs = ['C', 'D', 'E', 'C', 'E', 'D', 'E', 'E'];
    const { openEpoch, sent } = open((_, number) => [epochs[number - 1] ?? '', 0]);
    for (let asked = 0; asked < 3; asked++) await openEpoch();
    expect((await openEpoch()).epoch).to.equal('E');
    expect(sent.filter(({ script }) => script === 'end-epoch').map(({ args }) => args)).to.deep.equal([
      ['C', 'epoch-came-back'],
      ['D', 'epoch-came-back'],
    ]);
  });

  it('gives no answer when earlier memories come three times in a row', async () => {
    const { openEpoch, scripts } = open((_, number) => (number === 1 ? ['E', 5] : ['E', 4]));
    await openEpoch();
    const error = await openEpoch().catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'ledger_unavailable' });
    const pair = ['open-epoch', 'end-epoch'];
    expect(scripts().slice(1)).to.deep.equal([...pair, ...pair, ...pair]);
  });

  it('is judged by what was known when the question was sent', async () => {
    let answerLate = (_: Reply) => {};
    const { openEpoch, scripts } = open((_, number) => {
      if (number === 1) return ['E', 5];
      if (number === 2) return new Promise<Reply>((resolve) => (answerLate = resolve));
      return ['F', 1];
    });
    await openEpoch();
    const late = openEpoch();
    expect((await openEpoch()).epoch).to.equal('F');
    answerLate(['E', 6]);
    expect((await late).epoch).to.equal('E');
    expect(scripts()).to.not.include('end-epoch');
  });

  it('is judged by what was known when the question was sent for the last time', async () => {
    let loseLate = (_: Reply) => {};
    const { openEpoch, scripts } = open((_, number) => {
      if (number === 1) return new Promise<Reply>((resolve) => (loseLate = resolve));
      if (number === 2) return ['E', 5];
      return number === 3 ? ['E', 4] : ['F', 0];
    });
    const again = openEpoch();
    await openEpoch();
    loseLate(new Error('lost'));
    expect((await again).epoch).to.equal('F');
    expect(scripts()).to.include('end-epoch');
  });
});
