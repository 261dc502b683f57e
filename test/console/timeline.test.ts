import { expect } from 'chai';
import { timelineOf } from '../../src/console/timeline.ts';
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
});
