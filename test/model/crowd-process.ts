import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { openRedisLedger } from '../support/open-ledger.ts';
import { crowd, type Log, type Workload } from './crowd.ts';

/**
 * A crowd in a process of its own, to be killed. Prints `connected`, waits for the workload's file, and
 * then writes every question to its log before it is asked and again when it is answered, as JSON lines.
 */
const [redisUrl = '', workloadPath = '', logPath = '', number = ''] = process.argv.slice(2);
const logFile = openSync(logPath, 'a');
const ledger = openRedisLedger(redisUrl);
await ledger.check();
process.stdout.write('connected\n');
while (!existsSync(workloadPath)) await new Promise((resolve) => setTimeout(resolve, 10));
const workload: Workload = JSON.parse(readFileSync(workloadPath, 'utf8'));

let questions = 0;
const log: Log = (asked) => {
  const question = questions++;
  write({ question, asked });
  return (endedAtMs, outcome) => write({ question, endedAtMs, outcome });
};
await crowd(ledger, workload, Number(number), log);
await ledger.close();

/** What a file was given survives the process; what waits in a stream does not. */
function write(line: unknown): void {
  writeSync(logFile, `${JSON.stringify(line)}\n`);
}
