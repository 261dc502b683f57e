import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { cleanupAfter } from '../../support/cleanup.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { findPythonProgram } from '../../support/pypi.ts';
import { call, type ServiceProcess } from '../../support/service.ts';
import { SOAKS } from '../../support/soak.ts';
import { runService } from '../run-service.ts';
import { CALLERS, PURPOSES } from './deployment.ts';
import { fuzzApi, SCHEMATHESIS } from './schemathesis.ts';

/** For each call of the API. `npm run fuzz:api` sends some 10,000 in all. Else those of an earlier run are enough. */
const EXAMPLES = Number(process.env.API_EXAMPLES ?? (SOAKS ? 1 : 0));
const SEED = Number(process.env.SEED ?? randomInt(1_000_000));

const RECORDED = new URL('./recorded.jsonl', import.meta.url);

describe(`requests that Schemathesis makes of the description (SEED=${SEED})`, function () {
  this.timeout(Math.max(PATIENCE_MS, EXAMPLES * 10_000));
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
  });

  if (EXAMPLES > 0)
    it('are never answered with a failure, an undocumented status, or a body that does not fit', async function () {
      const found = await findPythonProgram(SCHEMATHESIS);
      if (found.path === undefined) {
        console.error(
          `Schemathesis cannot be had, so its requests of an earlier run are sent alone: ${found.reason}`,
        );
        this.skip();
      }
      const key = service.deployment.callerKeys.main ?? '';
      const { exitCode, output } = await fuzzApi({
        ...found,
        url: service.url,
        key,
        examples: EXAMPLES,
        seed: SEED,
      });
      expect(exitCode, output.slice(-20_000)).to.equal(0);
      expect(output).to.match(/\d{3,} generated, \d+ passed|Test cases:\n +\d{3,} generated/);
      expect((await call(service, 'GET', '/healthz')).status).to.equal(200);
    });

  it('are answered as described, those of an earlier run too', async () => {
    const { json: api } = await call(service, 'GET', '/openapi.json', { as: null });
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: api.components });
    const checks = new Map<string, ValidateFunction>();
    const statuses = new Set<number>();
    for (const line of readFileSync(RECORDED, 'utf8').trim().split('\n')) {
      const recorded: Recorded = JSON.parse(line);
      const { status, mediaType, body, allow } = await send(recorded);
      statuses.add(status);
      const [template, item] = itemOf(api.paths, recorded.path);
      const what = `${line} was answered ${status} ${body.slice(0, 300)}`;
      const operation = item[recorded.method.toLowerCase()];
      if (!operation) {
        expect(status, what).to.be.oneOf(recorded.method === 'OPTIONS' ? [204] : [405]);
        expect(allow, what).to.match(/^(?:GET, HEAD|POST)(?:, (?:GET, HEAD|POST))?$/);
        continue;
      }
      const answer = operation.responses[status];
      expect(answer, `${template}: ${what}`).to.be.an('object');
      const content = answer.content?.[mediaType.split(';')[0] ?? ''];
      expect(content, `${template} ${mediaType}: ${what}`).to.be.an('object');
      if (!mediaType.includes('json')) continue;
      const schema = JSON.stringify({ ...content.schema, $ref: `api${content.schema.$ref}` });
      const fits = checks.get(schema) ?? ajv.compile(JSON.parse(schema));
      checks.set(schema, fits);
      expect(fits(JSON.parse(body)), `${what}\n${ajv.errorsText(fits.errors)}`).to.equal(true);
    }
    expect([...statuses]).to.include.members([200, 201, 204, 400, 401, 404, 405, 410, 415]);
  });

  /** By node:http: fetch has methods that it does not send. */
  async function send({ method, path, as, auth, headers = {}, body }: Recorded) {
    const authorization = auth ?? (as === null ? undefined : `Bearer ${service.deployment.callerKeys.main}`);
    return new Promise<{ status: number; mediaType: string; allow: string; body: string }>(
      (resolve, reject) => {
        const sent = request(
          `${service.url}${path}`,
          {
            method,
            headers: {
              ...headers,
              ...(authorization ? { Authorization: authorization } : {}),
              // Node says it only for methods that usually have a body.
              'Content-Length': Buffer.byteLength(body ?? ''),
            },
          },
          (answer) => {
            const { 'content-type': mediaType = '', allow = '' } = answer.headers;
            readText(answer).then(
              (content) => resolve({ status: answer.statusCode ?? 0, mediaType, allow, body: content }),
              reject,
            );
          },
        );
        sent.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
        sent.end(body);
      },
    );
  }
});

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly as?: null;
  readonly auth?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The path of a description to which a path belongs. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
function itemOf(paths: Readonly<Record<string, any>>, path: string): readonly [string, any] {
  const [bare = ''] = path.split('?');
  const found = Object.entries(paths)
    .filter(([template]) =>
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare),
    )
    .toSorted(([one], [other]) => Number(one.includes('{')) - Number(other.includes('{')))[0];
  if (!found) throw new Error(`no path fits ${path}`);
  return found;
}
