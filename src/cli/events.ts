import { isObject } from '../client/is-answer.ts';
import { hashedSubject } from '../contract/status-replies.ts';
import { openedService } from './ask-service.ts';
import { Unreachable } from './failure.ts';
import { followEvents } from './follow-events.ts';
import { oneLine } from './plain-text.ts';
import { serviceCommand } from './printed-command.ts';
import { findSecret } from './secrets.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { type CommonOptions, examples, type Verb } from './verb.ts';

interface EventFlags {
  readonly type?: string;
  readonly purpose?: string;
  readonly outcome?: string;
  readonly jti?: string;
  readonly subjectHash?: string;
  readonly requestId?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit?: string;
  readonly follow?: true;
}

const FILTERS = [
  'type',
  'purpose',
  'outcome',
  'jti',
  'subjectHash',
  'requestId',
  'after',
  'before',
  'limit',
] as const;
const LATEST = 'now';

/** `matchstick events`. */
export const eventsVerb: Verb = (program, hang) => {
  const events = program
    .command('events')
    .description('show what happened, oldest first, one JSON object a line')
    .option('--type <types>', 'of these types, separated by commas')
    .option('--purpose <name>', 'for this purpose')
    .option('--outcome <outcome>', 'with this outcome')
    .option('--jti <jti>', 'about this token')
    .option('--subject-hash <hash>', 'about this subject, as `events hash` prints it')
    .option('--request-id <id>', 'of this request')
    .option('--after <id>', 'only those after this event')
    .option('--before <id>', 'the last ones before this event; default: the newest')
    .option('--limit <count>', 'how many at most, 1 to 1000')
    .option('--follow', 'those that happen from now on, until Ctrl-C; one object a line, even with --json')
    .addHelpText(
      'after',
      examples(
        'matchstick events --type token.refused --limit 20',
        'matchstick events --follow --purpose password-reset',
        'printf user-42 | matchstick events hash -',
      ),
    );
  hang<EventFlags>(events, async (options, surroundings) => {
    const service = await openedService(options, surroundings);
    if (options.follow) return followEvents(service, queryOf(options), surroundings);
    const asked = options.after === undefined ? { ...options, before: options.before ?? LATEST } : options;
    const found = await service.get(`/v1/events${queryOf(asked)}`);
    const { events: list, ...facts } = found;
    const lines = (Array.isArray(list) ? list : []).map((event) => `${JSON.stringify(event)}\n`);
    const since =
      facts.keptSince === undefined ? '' : `Everything since ${oneLine(String(facts.keptSince))} is kept.\n`;
    return { data: found, text: lines.join(''), words: since };
  });
  const hash = events
    .command('hash')
    .description('show the hash by which events name a subject')
    .argument('[subject]', '- to read it from standard input')
    .option('--subject-file <file>', 'read it from this file; default: MATCHSTICK_SUBJECT, or a prompt')
    .addHelpText('after', examples('printf user-42 | matchstick events hash -'));
  hang<{ readonly subjectFile?: string }>(hash, hashSubject);
};

async function hashSubject(
  options: CommonOptions & { readonly subjectFile?: string },
  surroundings: CommandSurroundings,
  [argument]: readonly string[],
) {
  const named = { variable: 'MATCHSTICK_SUBJECT', option: '--subject-file', file: options.subjectFile };
  const subject = await findSecret({ what: 'The subject', argument, ...named }, surroundings);
  const { ask } = await openedService(options, surroundings);
  const body = { subject };
  const answer = await ask({
    method: 'POST',
    path: '/v1/events/hash',
    body,
    status: 200,
    isAnswer: isObject,
  });
  const { success, data } = hashedSubject.safeParse(answer);
  if (!success) throw new Unreachable('The service answers in a way that this version does not know.');
  const next = serviceCommand(surroundings, options, ['events', '--subject-hash', data.hash]);
  return { data, text: `${data.hash}\n`, words: `Next: ${next}\n` };
}

function queryOf(options: EventFlags): string {
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? '' : `?${query}`;
}
