import { fileURLToPath } from 'node:url';
import { makeDeployment } from '../../test/support/deployment.ts';
import { openConnection } from '../connection.ts';
import type { Options } from '../options.ts';
import { note } from '../problems.ts';
import { cpuBetween, cpuSeconds, residentMebibytes, startMeasured } from '../process.ts';
import type { Measured, Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { takeTurns } from '../rounds.ts';
import { buildService } from '../side.ts';

const SERVICE = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+)/;
/** The least that Node can start and answer with. */
const BARE = `
const server = require('node:http').createServer((_, response) => {
  response.writeHead(200, { 'Content-Length': 2 });
  response.end('{}');
});
server.listen(0, '127.0.0.1', () => console.log('listens on http://127.0.0.1:' + server.address().port));
`;
const TIME = 'ms to the first answer';
const CPU_TIME = 'ms of CPU until then';
const MEMORY = 'MiB then';

/** From the start of the process to its first answer, with the ledger in memory. */
export function startup(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    buildService();
    const deployment = await open(makeDeployment({ ledger: { memory: true } }));
    const env = { HOST: '', PORT: '0', MATCHSTICK_CONFIG: deployment.configPath };
    const starting = (args: readonly string[], path: string) => async (): Promise<Measured> => {
      const startMs = performance.now();
      const started = await startMeasured(args, LISTENS, { cwd: deployment.folder, env });
      try {
        const connection = await openConnection(Number(started.match[1]));
        const { status } = await connection.exchange(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        const tookMs = performance.now() - startMs;
        connection.close();
        if (status !== 200) note(`the first answer was ${status}`);
        const { all } = cpuBetween(new Map(), cpuSeconds(started.pid));
        return { [TIME]: tookMs, [CPU_TIME]: all * 1000, [MEMORY]: residentMebibytes(started.pid) };
      } finally {
        await started.close();
      }
    };
    return takeTurns(
      [
        { name: 'bare node:http', turn: starting(['-e', BARE], '/') },
        { name: 'service', to: 'bare node:http', turn: starting([SERVICE], '/readyz') },
      ],
      options,
      [TIME, CPU_TIME, MEMORY],
    );
  });
}
