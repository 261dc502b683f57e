import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER, TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { call, type ServiceProcess } from '../support/service.ts';
import {
  attemptIn,
  leadIn,
  type MintedLink,
  mintLink,
  NEW_ATTEMPT,
  pressButton,
  visit,
} from './link-page.ts';
import { jsonHeaders, requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const THEN = 'https://app.example.test/reset';
const EVIL = 'https://evil.example/';
const PURPOSES = {
  ...TEST_PURPOSES,
  'password-reset': { ...TEST_PURPOSES['password-reset'], link: { then: THEN } },
};
/** What other programs call the place to go to. */
const NAMES = ['then', 'next', 'url', 'redirect', 'redirect_uri', 'return_to', 'continue', 'location'];
const PLACES = [EVIL, '//evil.example', '\\\\evil.example', 'https:evil.example', 'javascript:alert(1)'];

describe('where a link leads', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, TEST_CALLERS);
  });

  const stateOf = async ({ token }: MintedLink) =>
    (await call(service, 'POST', '/v1/tokens/inspect', { body: { token } })).json.state;

  it('D1: no method but the POST of its button burns it', async () => {
    const link = await mintLink(service);
    const headers = ['Content-Type: application/x-www-form-urlencoded'];
    const body = `attempt=${NEW_ATTEMPT()}`;
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PUT', 'DELETE', 'SEARCH']) {
      const answer = await sendRaw(service, requestOctets({ method, path: link.path, headers, body }));
      expect(answer.status, method).to.be.oneOf([200, 204, 405]);
      expect(await stateOf(link), method).to.equal('live');
    }
    expect((await pressButton(service, link.path, { attempt: NEW_ATTEMPT() })).status).to.equal(200);
    expect(await stateOf(link)).to.equal('burned');
  });

  it('D2: no header and no field makes a press out of a GET, or anything else out of a press', async () => {
    const link = await mintLink(service);
    const headers = {
      'X-HTTP-Method-Override': 'POST',
      'X-HTTP-Method': 'POST',
      'X-Method-Override': 'POST',
    };
    expect((await visit(service, `${link.path}?_method=POST`, { headers })).status).to.equal(200);
    expect(await stateOf(link)).to.equal('live');
    const pressed = { attempt: NEW_ATTEMPT(), _method: 'GET' };
    const asGet = { 'X-HTTP-Method-Override': 'GET' };
    expect((await pressButton(service, link.path, pressed, asGet)).status).to.equal(200);
    expect(await stateOf(link)).to.equal('burned');
  });

  it('D7: its URL begins with the issuer, whatever the request says of its host', async () => {
    const body = JSON.stringify({ purpose: 'password-reset', subject: 'user-42' });
    const forwarded = [
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: http',
      'Forwarded: host=evil.example',
      'X-Original-URL: https://evil.example/',
    ];
    for (const [host, path] of [
      ['evil.example', '/v1/tokens'],
      ['evil.example:443', '/v1/tokens'],
      ['evil.example', 'http://evil.example/v1/tokens'],
    ] as const) {
      const octets = requestOctets({ path, headers: [...jsonHeaders(service), ...forwarded], body });
      const answer = await sendRaw(service, octets.toString().replace('Host: service', `Host: ${host}`));
      expect(answer.status, answer.everything).to.equal(201);
      expect(answer.json.url.startsWith(`${ISSUER}/l/`), answer.json.url).to.equal(true);
      expect(answer.everything).to.not.include('evil');
      const page = requestOctets({ method: 'GET', path: new URL(answer.json.url).pathname });
      const shown = await sendRaw(service, page.toString().replace('Host: service', `Host: ${host}`));
      expect(shown.status).to.equal(200);
      expect(shown.everything).to.not.include('evil');
    }
    for (const host of ['cap.example.test@evil.example', 'evil.example/x', 'a, evil.example']) {
      const octets = requestOctets({ path: '/v1/tokens', headers: jsonHeaders(service), body });
      const answer = await sendRaw(service, octets.toString().replace('Host: service', `Host: ${host}`));
      expect(answer.status, host).to.equal(400);
    }
  });

  it('D10: its button leads to the configured address by a page of its own, whatever a parameter names', async () => {
    for (const [index, name] of NAMES.entries()) {
      const place = PLACES[index % PLACES.length] ?? EVIL;
      const link = await mintLink(service);
      const path = `${link.path}?${new URLSearchParams({ [name]: place })}`;
      const page = await visit(service, path);
      expect(page.text + JSON.stringify([...page.headers])).to.not.match(/evil|javascript/);
      const answer = await pressButton(
        service,
        path,
        { attempt: attemptIn(page), [name]: place },
        { Referer: place },
      );
      expect(answer.status, name).to.equal(200);
      expect(leadIn(answer)).to.match(/^https:\/\/app\.example\.test\/reset\?redemption=/);
      expect(answer.text + JSON.stringify([...answer.headers])).to.not.match(/evil|javascript/);
    }
  });

  it('D13: neither its page nor its button sets a cookie', async () => {
    const link = await mintLink(service);
    const page = await visit(service, link.path);
    const pressed = await pressButton(service, link.path, { attempt: attemptIn(page) });
    expect([page.status, pressed.status]).to.deep.equal([200, 200]);
    for (const answer of [page, pressed]) expect(answer.headers.getSetCookie()).to.deep.equal([]);
  });
});
