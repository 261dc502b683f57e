import { expect } from 'chai';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const eventsOf = (text: string) => parseSettings(text, {}, 'x').events;

describe('the settings of events', () => {
  it('have defaults', () => {
    const defaults = { keep: 100_000, client: 'truncated', log: true, required: false };
    expect(eventsOf('')).to.deep.equal(defaults);
    expect(eventsOf('events: {}')).to.deep.equal(defaults);
    expect(eventsOf('events: { keep: 0, client: none, log: false }')).to.deep.equal({
      ...{ keep: 0, client: 'none', log: false, required: false },
    });
  });

  it('are refused where they contradict each other: what is required must be kept', () => {
    expect(eventsOf('events: { keep: 1, required: true }')).to.include({ required: true });
    const problems = problemsOf('events: { keep: 0, required: true }');
    expect(problems).to.have.length(1);
    expect(problems.join()).to.include('events.required').and.include('keep: 0');
  });

  it('are refused out of bounds, with other words and under other names', () => {
    for (const [text, about] of [
      ['events: { keep: -1 }', 'events.keep'],
      ['events: { keep: 10000001 }', 'events.keep'],
      ['events: { keep: many }', 'events.keep'],
      ['events: { client: hashed }', 'events.client'],
      ['events: { keeps: 5 }', 'did you mean keep?'],
    ] as const) {
      expect(problemsOf(text).join(), text).to.include(about);
    }
  });
});
