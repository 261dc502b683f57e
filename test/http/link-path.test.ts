import { expect } from 'chai';
import fc from 'fast-check';
import { linkTarget } from '../../src/http/link-path.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { call, type ServiceProcess } from '../support/service.ts';
import { attemptIn, mintLink, pressButton, visit } from './link-page.ts';
import { requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const REF = 'AbZ3kq0fR7m-w2LtQ_Y9vg';

/** What mail programs, messengers, browsers and people make of a link. */
const LEFT_BEHIND: readonly string[] = [
  ...[
    '/',
    '//',
    '.',
    ')',
    ').',
    ',',
    ';',
    ':',
    '!',
    '%20',
    '%20%20',
    '+',
    '*',
    '**',
    '~',
    "'",
    '|',
    ']',
    '}',
    '\\',
  ],
  ...[
    '>',
    '%3E',
    '%3e',
    '%22',
    '"',
    '%27',
    '%E2%80%8B',
    '%e2%80%8b',
    '%EF%BB%BF',
    '%C2%A0',
    '%C2%AD',
    '%E2%80%9D',
  ],
  ...[
    '%0A',
    '%0D%0A',
    '%09',
    '%00',
    '%',
    '%2',
    '%zz',
    '%ff',
    '%2F',
    '%2E',
    '%2520',
    '%25E2%2580%258B',
    '%E2%80%A6',
  ],
  ...[
    '&amp;utm_source=mail',
    '&gt;',
    '=3D',
    '=',
    '%3D',
    '%3Futm_source=mail',
    '%23top',
    '%26amp%3Bx',
    ';jsessionid=1',
  ],
  ...['x', '.Please', '/reset', '/../../v1/tokens', '%20Please%20press', '-', '_', '%E3%80%82', '%EF%BC%8E'],
  ...['?utm_source=news&utm_medium=mail', '?', '?a=1?b=2', '/?fbclid=x', '.?x', '%20?%20'],
];
const AROUND: readonly string[] = [
  ...[
    `//l/${REF}`,
    `/l//${REF}`,
    `///l///${REF}`,
    `/l%2F${REF}`,
    `/%6C/${REF}`,
    `/l/%3C${REF}%3E`,
    `/l/"${REF}"`,
  ],
  ...[
    `/l/%20${REF}`,
    `/l/%E2%80%8B${REF}`,
    `/l/(${REF})`,
    `/l/${REF.replace('-', '%2D').replace('_', '%5f')}`,
  ],
  ...[
    `/l/${REF.replace('-', '%E2%80%91')}`,
    `/l/${REF.replace('-', '%252D')}`,
    `/l%5C${REF}`,
    `/l/%5B${REF}%5D`,
  ],
  ...['%0D%0A', '%E2%80%8B', '%C2%AD', '=%0D%0A', '%20', '%0A%20'].map(
    (inside) => `/l/${REF.slice(0, 9)}${inside}${REF.slice(9)}`,
  ),
];

describe('the path of a link', () => {
  it('is that of its 22 characters, whatever is behind, before or between them', () => {
    for (const left of LEFT_BEHIND) {
      const [path] = linkTarget(`/l/${REF}${left}`).split('?');
      expect(path, left).to.equal(`/l/${REF}`);
    }
    for (const path of AROUND) expect(linkTarget(path), path).to.equal(`/l/${REF}`);
    const raw = Buffer.from(`/l/${REF.slice(0, 5)}\u200b${REF.slice(5)}\u200b`).toString('latin1');
    expect(linkTarget(raw)).to.equal(`/l/${REF}`);
  });

  it('is one at which no link is found where there is no reference, and keeps the query', () => {
    for (const path of ['/l', '/l/', '//l', '/l/x', '/l/%', '/l/%00', '/l/%zz', '/l/a/b/c', `/l/x/${REF}`]) {
      expect(linkTarget(path), path).to.equal('/l/-');
      expect(linkTarget(`${path}?x=%zz`), path).to.equal('/l/-?x=%zz');
    }
  });

  it('is that of nothing else', () => {
    for (const target of [
      '/',
      '*',
      '/lx',
      '/L/x',
      '/v1/tokens',
      '/v1/l/x',
      '/x?/l/y',
      '/%zz',
      `/login/${REF}`,
      '/.l/x',
    ]) {
      expect(linkTarget(target), target).to.equal(target);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const target = `/l/${encodeURIComponent(text.toWellFormed())}`;
        return (
          /^\/l\/(?:-|[\w-]{22})$/.test(linkTarget(target)) && linkTarget(`/v1${target}`) === `/v1${target}`
        );
      }),
    );
  });
});

describe('a link as it arrives', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    const purposes = { ...TEST_PURPOSES, 'password-reset': { ...TEST_PURPOSES['password-reset'], link: {} } };
    const limits = { link: { count: 10_000, per: '1m' } };
    service = await runService(onClose, { purposes, limits }, TEST_CALLERS);
  });

  it('is opened and pressed where its address has become longer', async () => {
    const { path } = await mintLink(service);
    for (const left of LEFT_BEHIND) {
      const octets = requestOctets({ method: 'GET', path: path + left });
      const { status, headers } = await sendRaw(service, octets);
      expect([left, status, headers.get('content-type')]).to.deep.equal([
        left,
        200,
        'text/html; charset=utf-8',
      ]);
    }
    for (const left of [').', '%E2%80%8B', '/?utm_source=mail', '%20Please%20press']) {
      const link = await mintLink(service);
      const page = await visit(service, link.path + left);
      expect(
        (await pressButton(service, link.path + left, { attempt: attemptIn(page) })).status,
        left,
      ).to.equal(200);
      const { json } = await call(service, 'POST', '/v1/tokens/inspect', { body: { token: link.token } });
      expect(json.state, left).to.equal('burned');
    }
  });

  it('gets the page of a dead link below /l, to the octet, and programs get what they got', async () => {
    const dead = await visit(service, `/l/${'A'.repeat(22)}`);
    for (const path of [
      '/l',
      '/l/',
      '//l/',
      '/l/x',
      '/l/%zz',
      '/l/%00',
      '/l/a/b',
      '/l?x=1',
      `/l/${'A'.repeat(22)}.`,
    ]) {
      for (const method of ['GET', 'POST']) {
        const { status, text } = await visit(service, path, { method });
        expect({ status, text }, `${method} ${path}`).to.deep.equal({ status: 410, text: dead.text });
      }
      expect((await visit(service, path, { method: 'HEAD' })).status, path).to.equal(410);
      expect((await visit(service, path, { method: 'PUT' })).status, path).to.equal(405);
    }
    for (const path of ['/lx', '/v1/l/x', '/']) {
      const { status, headers } = await visit(service, path);
      expect([status, headers.get('content-type')], path).to.deep.equal([404, 'application/problem+json']);
    }
  });

  it('leads nowhere but to the link, whatever is behind it', async () => {
    const { path } = await mintLink(service);
    for (const left of [
      '/https://evil.example',
      '//evil.example',
      '%0D%0ALocation:%20https://evil.example',
      '?then=//evil.example',
    ]) {
      const page = await visit(service, path + left);
      expect([left, page.status]).to.deep.equal([left, 200]);
      expect(page.text + JSON.stringify([...page.headers])).to.not.include('evil');
    }
  });
});
