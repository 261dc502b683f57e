import { type ServiceStatus, serviceStatus } from '../contract/status-replies.ts';
import { openedService } from './ask-service.ts';
import { Unreachable } from './failure.ts';
import { factsText, tableText } from './table.ts';
import { examples, type Verb } from './verb.ts';

const HEADINGS = ['shard', 'epoch', 'beganAt', 'reason', 'frozenUntil'];

/** `matchstick status`. */
export const statusVerb: Verb = (program, hang) => {
  const command = program
    .command('status')
    .description('show the state of a running service: ledger, epochs, freeze and keys')
    .addHelpText('after', examples('matchstick status', 'matchstick status --json'));
  hang(command, async (options, surroundings) => {
    const { get } = await openedService(options, surroundings);
    const { success, data } = serviceStatus.safeParse(await get('/v1/status'));
    if (!success) throw new Unreachable('The service answers with a status that this version does not know.');
    return { data, text: statusText(data, surroundings.colours.stdout) };
  });
};

function statusText(
  { version, instance, startedAt, ledger, keys, events }: ServiceStatus,
  hasColours: boolean,
) {
  const { kind, where = 'the memory of its process', shards } = ledger;
  const facts = factsText({
    ...{ version, instance, startedAt },
    ledger: `${kind}: ${where}, which ${stateOf(ledger)}`,
    signing: keys.signing && `${keys.signing.kid} since ${keys.signing.since} (${keys.signing.ageSeconds}s)`,
    next: keys.next?.kid,
    rotatesAt: keys.rotatesAt,
    trouble: keys.trouble,
    events: `about ${events.keep} are kept${events.keptSince ? `, all since ${events.keptSince}` : ''}`,
  });
  const rows = shards.map(({ shard, epoch, beganAt, reason: why, frozenUntil }) => [
    shard,
    epoch,
    beganAt,
    why,
    frozenUntil,
  ]);
  return shards.length === 0 ? facts : `${facts}\n${tableText(HEADINGS, rows, hasColours)}`;
}

function stateOf({ answers, reason, unfit }: ServiceStatus['ledger']): string {
  if (!answers) return `cannot be asked: ${reason}`;
  return unfit === undefined ? 'answers' : `cannot hold the ledger now: ${unfit}`;
}
