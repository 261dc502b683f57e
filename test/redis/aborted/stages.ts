import type { Tampering } from '../../support/tampered-scripts.ts';
import { startClock } from './clock.ts';
import type { Memory } from './memory.ts';
import type { Stage } from './play.ts';
import * as ask from './questions.ts';
import { makeTemplate, type Template } from './template.ts';

const ELSEWHERE = { identity: { replid: 'a'.repeat(40), runId: 'b'.repeat(40) } };
const RESTARTED = { identity: { runId: 'b'.repeat(40) } };
const PROMOTED = { identity: { replid: 'a'.repeat(40) } };

/** Databases of the server that the stages are in; later ones are free. */
export const DATABASES = 2;

/** An open ledger and a frozen one, each where it was and at another server. `always` befalls every script. */
export async function makeStages(
  openDatabase: (database: number) => Promise<Memory>,
  always: Tampering = {},
): Promise<readonly Stage[]> {
  const open = await makeTemplate(await openDatabase(0), always);
  const frozen = await freezeCopy(open, await openDatabase(1), always);
  const stage = (name: string, template: Template, more: Tampering, isVoid: boolean): Stage => ({
    ...{ name, template, isVoid, isQuiet: template !== open || isVoid },
    always: { ...always, ...more },
    judged: new Set(),
  });
  return [
    stage('an open', open, {}, false),
    stage('a frozen', frozen, {}, false),
    stage("another process's", open, RESTARTED, true),
    stage("another replication's", open, PROMOTED, true),
    stage("another server's frozen", frozen, ELSEWHERE, false),
  ];
}

async function freezeCopy(template: Template, memory: Memory, always: Tampering): Promise<Template> {
  await memory.become(template.memory);
  const clockSeconds = startClock()(0);
  const { outcome } = await ask.freeze()(
    memory.instance(() => ({ ...always, clockSeconds })),
    template.world,
  );
  if (outcome !== 'frozen') throw new Error(outcome);
  return { ...template, memory, fingerprint: await memory.fingerprint(), booked: await memory.booked() };
}
