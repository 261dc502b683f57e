import { expect } from 'chai';
import { linesOf, timelineOf } from '../../src/console/timeline.ts';
import { newEvent } from '../support/events.ts';

const NOW_MS = Date.parse('2026-11-27T12:30:00.000Z');
const at = (place: string) => `/console/${place}`;

describe('a timeline of the console', () => {
  const token = { jti: 'a'.repeat(52) };
  const events = [
    newEvent(token, 'token.refused', { outcome: 'refused', code: 'purpose_mismatch' }),
    newEvent(token, 'token.redeemed'),
    newEvent(token, 'link.refused', { outcome: 'refused', code: 'token_burned' }),
  ];

  const linesIn = (isNewestFirst: boolean) =>
    timelineOf(events, NOW_MS, at, { isNewestFirst })
      .toString()
      .replaceAll(/<details>.*?<\/details>/gs, '')
      .split('<li ')
      .slice(1);

  it('folds what was refused before a success into its line, and nothing that came after it, in either order', () => {
    const [success = '', refusal = '', ...more] = linesIn(false);
    expect(more).to.deep.equal([]);
    expect(success).to.include('after one refused try');
    expect(refusal).to.include('token_burned').and.not.include('refused try');
    const [last, first] = linesIn(true);
    expect(last?.split('</li>')[0]).to.equal(refusal.split('</li>')[0]);
    expect(first?.split('</li>')[0]).to.equal(success.split('</li>')[0]);
  });

  it('folds no second use, no refusal of another token, and what the console did only where it is told', () => {
    const told = [
      newEvent(token, 'token.refused', { outcome: 'refused', code: 'token_burned', secondUse: true }),
      newEvent(token, 'token.redeemed'),
      newEvent({ jti: 'b'.repeat(52) }, 'token.refused', { outcome: 'refused', code: 'token_expired' }),
      newEvent(token, 'token.held'),
      newEvent(token, 'console.viewed'),
    ];
    const typesIn = (hasConsole: boolean) =>
      linesOf(told, hasConsole).map(({ event, before }) => [event.type, before.length]);
    const lines = told.map(({ type }) => [type, 0]);
    expect(typesIn(true)).to.deep.equal(lines);
    expect(typesIn(false)).to.deep.equal(lines.slice(0, -1));
  });
});
