import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as z from 'zod/mini';
import { EVENT_TYPES, eventSchema, OUTCOMES } from '../../src/events/event.ts';
import { LIMIT_NAMES } from '../../src/limits/limit.ts';
import { EPOCH_REASONS } from '../../src/metrics/labels.ts';
import { eventsQuery } from '../../src/operations/events.ts';

const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

/** A section with everything below it. */
function section(title: string): string {
  const [, marks = ''] = new RegExp(`^(#+) ${title}$`, 'm').exec(text) ?? [];
  const [, after = ''] = text.split(`${marks} ${title}\n`);
  return after.split(new RegExp(`^#{1,${marks.length}} `, 'm'))[0] ?? '';
}

/** What stands between backticks in the first column of the tables of a section. */
const firstColumn = (of: string): readonly string[] =>
  [...of.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

/** Every field of a schema, with a dot where one is in another. */
function fieldsOf(schema: z.core.JSONSchema.BaseSchema, path = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) =>
    typeof each === 'object' && each.properties ? fieldsOf(each, `${path}${name}.`) : [`${path}${name}`],
  );
}

const FIELDS = fieldsOf(z.toJSONSchema(eventSchema));

describe('the documentation of events', () => {
  it('has a row for every type, and for no other', () => {
    expect([...firstColumn(section('Types'))].sort()).to.deep.equal([...EVENT_TYPES].sort());
  });

  it('has a row for every field, and for no other', () => {
    expect(FIELDS).to.include('token.jti').and.include('actor.kind');
    expect([...firstColumn(section('Fields'))].sort()).to.deep.equal([...FIELDS].sort());
  });

  it('names every outcome, every limit and every reason of an epoch', () => {
    for (const outcome of OUTCOMES) expect(section('Fields')).to.include(`\`${outcome}\``);
    for (const name of [...LIMIT_NAMES, ...EPOCH_REASONS]) expect(section('Types')).to.include(`\`${name}\``);
  });

  it('has a row for every parameter of a question', () => {
    const [parameters = ''] = section('Read events').split('Without `after`');
    expect([...firstColumn(parameters)].sort()).to.deep.equal(Object.keys(eventsQuery.shape).sort());
  });

  it('asks only what can be asked', () => {
    const questions = [...text.matchAll(/\?([a-z]\w*=[^\s`"]*(?:<[^>]*>[^\s`"]*)*)/gi)].map(
      ([, query = '']) => query,
    );
    const asked = questions.filter((query) => !query.endsWith('='));
    expect(asked).to.have.length.above(5);
    for (const query of asked) {
      const parsed = eventsQuery.safeParse(Object.fromEntries(new URLSearchParams(query)));
      expect(parsed.error?.message, query).to.equal(undefined);
    }
  });

  it('shows an event that is one, but for what is cut short', () => {
    const [, example = ''] = /```json\n(\{\n {2}"v"[\s\S]*?)\n```/.exec(text) ?? [];
    expect(eventSchema.safeParse(JSON.parse(example)).success).to.equal(true);
    expect(fieldsOf(z.toJSONSchema(eventSchema))).to.include.members(
      Object.keys(JSON.parse(example)).filter((name) => !['actor', 'token', 'client'].includes(name)),
    );
  });

  it('maps every type and every field to OCSF', () => {
    const mapped = firstColumn(section('OCSF'));
    expect([...mapped].sort()).to.deep.equal([...EVENT_TYPES, ...FIELDS].sort());
  });
});
