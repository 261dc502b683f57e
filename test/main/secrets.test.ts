import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { requestOctets, sendRaw } from '../http/raw-http.ts';
import { runService, sleep } from '../http/run-service.ts';
import { everythingPrinted } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES, TEST_CALLERS } from '../support/deployment.ts';
import { freePort } from '../support/redis-server.ts';
import { type Answered, type CallOptions, call, mintToken, type ServiceProcess } from '../support/service.ts';

const PURPOSES = {
  ...CLAIMING_PURPOSES,
  labelled: {
    audience: 'billing',
    lifetime: '60s',
    claims: {
      type: 'object',
      properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
    },
  },
};

describe('no secret gets out', () => {
  const onClose = cleanupAfter(after);
  const secrets = new Set<string>();
  /** Every answer but the mints and redemptions that succeeded. */
  const answers: Answered[] = [];
  /** One with a ledger, and one whose ledger never answers, so that it has failures to log. */
  let services: readonly ServiceProcess[];
  let token: string;

  before(async () => {
    const main = { ...TEST_CALLERS.main, mint: Object.keys(PURPOSES) };
    const callers = { ...TEST_CALLERS, main };
    const redis = `redis://:the-password-of-redis@127.0.0.1:${await freePort()}`;
    const listen = { drainDelay: '0s' };
    services = await Promise.all([
      runService(onClose, { purposes: PURPOSES, listen }, callers),
      runService(onClose, { purposes: PURPOSES, listen, ledger: { redis, timeoutMs: 100 } }, callers),
    ]);
    secrets.add('the-password-of-redis');
    for (const { deployment } of services) {
      for (const key of Object.values(deployment.callerKeys)) secrets.add(key.slice(-43));
      const ring = JSON.parse(await readFile(join(deployment.folder, 'keys.json'), 'utf8'));
      for (const { d } of ring.keys) secrets.add(d);
    }
    const [service] = services;
    if (!service) throw new Error('no service');
    token = await mintToken(service);
    learn(token);
  });

  /** No part of a token may show but its header, which is the same for all. */
  function learn(newToken: string): void {
    const [, payload = '', signature = ''] = newToken.split('.');
    for (const part of `${payload}${signature}`.match(/.{24}/g) ?? []) secrets.add(part);
  }

  async function ask(method: string, path: string, options: CallOptions = {}): Promise<void> {
    for (const service of services) {
      const answer = await call(service, method, path, options);
      if (answer.status === 201) learn(answer.json.token ?? answer.json.tokens[0].token);
      else answers.push(answer);
    }
  }

  it('by a token where none belongs: paths, queries, headers, field names, unknown fields, broken JSON', async () => {
    const redemption = { token, purpose: 'password-reset' };
    const order = { purpose: 'password-reset', subject: 'u' };
    await ask('GET', `/v1/tokens/${token}`);
    await ask('GET', `/${token}`);
    await ask('GET', `/healthz?token=${token}`);
    await ask('DELETE', `/v1/tokens/${token}`);
    await ask('POST', `/v1/redemptions?token=${token}`, { body: redemption });
    await ask('POST', `/v1/redemptions/${token}%zz`, { body: redemption });
    for (const body of [
      `{"token":"${token}`,
      `{"token":${token}}`,
      `${token}`,
      `{"${token}":`,
      `{"${token}":1,"${token}":1}`,
      `{"token":"${token}","token":"${token}"}`,
      `{"token":"${token}\\ud800"}`,
      `${'['.repeat(9)}"${token}"${']'.repeat(9)}`,
      `\ufeff{"token":"${token}"}`,
      { [token]: 1 },
      { [token.slice(0, 64)]: token },
      { token, purpose: token },
      { token: [token], purpose: 'password-reset' },
      { token: { [token]: token }, purpose: 'password-reset' },
      { ...redemption, audience: token.slice(0, 200) },
      { ...redemption, proof: token },
      { token: `${token}.${token}`, purpose: 'password-reset' },
      { token: token.slice(0, -1), purpose: 'password-reset' },
      { token: ` ${token}`, purpose: 'password-reset' },
    ]) {
      await ask('POST', '/v1/redemptions', { body });
      await ask('POST', '/v1/tokens/inspect', { body });
    }
    for (const headers of [
      { 'Idempotency-Key': token },
      { 'Idempotency-Key': `${token} ${token}` },
      { 'X-Request-Id': token },
      { 'Content-Type': `application/json; charset=${token}` },
      { 'Content-Encoding': token },
      { Cookie: `token=${token}` },
      { Referer: `https://app.example.test/?token=${token}` },
    ]) {
      await ask('POST', '/v1/redemptions', { headers, body: { ...redemption, purpose: 'file-download' } });
    }
    for (const body of [
      { ...order, purpose: token },
      { ...order, purpose: token.slice(0, 60) },
      { ...order, subject: token },
      { ...order, audience: token.slice(0, 200) },
      { ...order, expiresIn: token },
      { ...order, claims: { [token]: token } },
      { ...order, purpose: 'file-download', claims: { key: [token], [token]: 1, tags: [[token]] } },
      { tokens: [{ ...order, [token]: token }] },
    ]) {
      await ask('POST', 'tokens' in body ? '/v1/tokens/batch' : '/v1/tokens', { body });
    }
    await ask('POST', '/v1/redemptions', {
      as: null,
      headers: { Authorization: `Bearer ${token}` },
      body: {},
    });
    await ask('POST', '/v1/redemptions', { as: null, headers: { Authorization: token }, body: {} });
  });

  it('by what was asked for and refused, or failed', async () => {
    const order = { purpose: 'password-reset', subject: 'u' };
    await ask('POST', '/v1/tokens', { body: order });
    await ask('POST', '/v1/tokens/batch', { body: { tokens: [order] } });
    await ask('POST', '/v1/tokens/inspect', { body: { token } });
    for (const as of ['auditor', 'reader', null]) {
      await ask('POST', '/v1/redemptions', { as, body: { token, purpose: 'password-reset' } });
    }
    for (const headers of [{}, { 'Idempotency-Key': 'one' }, {}]) {
      const [service] = services;
      if (!service) throw new Error('no service');
      const body = { token, purpose: 'password-reset' };
      const answer = await call(service, 'POST', '/v1/redemptions', { headers, body });
      if (answer.status !== 200) answers.push(answer);
    }
  });

  it('by octets that are no HTTP', async () => {
    for (const service of services) {
      const authorization = `Authorization: Bearer ${service.deployment.callerKeys.main}`;
      const body = JSON.stringify({ token, purpose: 'password-reset' });
      for (const octets of [
        `${token}\r\n\r\n`,
        `GET /${token}\xff HTTP/1.1\r\n\r\n`,
        `GET /healthz HTTP/1.1\r\nHost: a\r\n${authorization}\r\n ${token}\r\n\r\n`,
        `GET /healthz HTTP/1.1\r\nHost: a\r\n${token}: ${token}\0\r\n\r\n`,
        requestOctets({ headers: [authorization], body: `${body}`, contentLength: '-1' }),
        requestOctets({ headers: [authorization, `X-A: ${token.repeat(40)}`], body }),
      ]) {
        answers.push(await sendRaw(service, octets));
      }
    }
  });

  it('in a refusal', () => {
    expect(answers.length).to.be.greaterThan(100);
    const all = answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n');
    for (const secret of secrets) expect(all.includes(secret), secret.slice(0, 12)).to.equal(false);
  });

  it('in a refusal that names the path of a claim', async () => {
    const body = { purpose: 'labelled', subject: 'u', claims: { labels: { [token]: 5 } } };
    const [service] = services;
    if (!service) throw new Error('no service');
    const answer = await call(service, 'POST', '/v1/tokens', { body });
    expect(answer.json.code).to.equal('request_invalid');
    expect(answer.text.includes(token), 'the refusal has the token').to.equal(false);
  });

  it('in anything that a process has printed', async () => {
    for (const { process } of services) process.kill('SIGTERM');
    await Promise.all(services.map(({ process }) => process.exited()));
    await sleep(50);
    const printed = everythingPrinted.join('');
    expect(printed).to.include('request.failed');
    expect(secrets.size).to.be.greaterThan(40);
    for (const secret of secrets) expect(printed.includes(secret), secret.slice(0, 12)).to.equal(false);
    const mine = services.map(({ process }) => process.output()).join('');
    expect(mine).to.not.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+|ms_[a-z0-9-]+_[\w-]{43}/);
  });
});
