import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { freePort } from '../support/redis-server.ts';
import { call, type ServiceProcess } from '../support/service.ts';
import { requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const MARK = 'marked-9f2b';
/** The name, the message and the stack of a cause are cut to less than this in all. */
const MOST_CHARACTERS = 6000;

describe('a line of the log', () => {
  const onClose = cleanupAfter(after);
  /** Its ledger never answers, so that nearly every request is a failure to log. */
  let service: ServiceProcess;
  before(async () => {
    const redis = `redis://127.0.0.1:${await freePort()}`;
    service = await runService(onClose, { ledger: { redis, timeoutMs: 100 } });
  });

  const lines = () =>
    service.process
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));

  it('J3: has the template of the route, and nothing of the path, the query or the headers', async () => {
    const jti = `${MARK}${'A'.repeat(52)}`.slice(0, 52);
    const headers = { Referer: `https://app.example.test/${MARK}`, DPoP: MARK, Cookie: MARK };
    await call(service, 'POST', '/v1/tokens', {
      headers: { ...headers, 'X-Request-Id': 'mint-1' },
      body: { purpose: 'password-reset', subject: MARK },
    });
    await call(service, 'GET', `/v1/tokens/${jti}`, { headers });
    const reference = `${MARK}${'A'.repeat(22)}`.slice(0, 21).concat('Q');
    await call(service, 'GET', `/l/${reference}?${MARK}=1`, { as: null, headers });
    await service.process.printed(/"requestId":"mint-1"/);
    await service.process.printed(/"route":"\/l\/:ref"/);
    const routes = lines().flatMap((line) => JSON.parse(line).route ?? []);
    expect(routes).to.include.members(['/v1/tokens', '/l/:ref']);
    expect(service.process.output()).to.not.include(MARK);
  });

  it('J4: is one JSON object of bounded length, whatever is sent', async () => {
    const nasty = ['\r\n{"event":"forged"}\r\n', '\u001b[31mred\u001b[0m', '\0', '\u2028', '"}\n{"a":"'];
    for (const text of nasty) {
      const body = { purpose: 'password-reset', subject: `${text}${MARK}` };
      await call(service, 'POST', '/v1/tokens', { body });
      await call(service, 'POST', '/v1/tokens', { body: { ...body, purpose: text } });
      await call(service, 'GET', `/l/${encodeURIComponent(text)}`, { as: null });
      const headers = [
        `X-Request-Id: ${text.replaceAll(/[\r\n\0]/g, ' ')}`,
        `User-Agent: ${text.replaceAll(/[\r\n\0]/g, ' ')}\t`,
        `Referer: ${MARK}`,
      ];
      await sendRaw(service, requestOctets({ method: 'GET', path: '/l/x', headers }));
    }
    await call(service, 'POST', '/v1/tokens', {
      body: { purpose: 'password-reset', subject: 'u'.repeat(1_000_000) },
    });
    await call(service, 'POST', '/v1/tokens', {
      headers: { 'X-Request-Id': 'last-one' },
      body: { purpose: 'password-reset', subject: 'u' },
    });
    await service.process.printed(/"requestId":"last-one"/);
    const logged = lines();
    expect(logged.length).to.be.at.least(5);
    for (const line of logged) {
      expect(line.length).to.be.below(MOST_CHARACTERS);
      expect(line).to.match(/^[\x20-\x7e]+$/);
      expect(JSON.parse(line).event).to.be.a('string').that.does.not.equal('forged');
    }
    expect(service.process.output()).to.not.include(MARK).and.not.include('\u001b');
  });
});
