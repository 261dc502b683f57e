import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { ERROR_CODES } from '../../../src/errors.ts';
import { cleanupAfter } from '../../support/cleanup.ts';
import { call, type ServiceProcess } from '../../support/service.ts';
import { expectCommonHeaders } from '../expect-answer.ts';
import { runService } from '../run-service.ts';
import { APP, CALLERS, PURPOSES } from './deployment.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
type Json = any;

describe('GET /openapi.json', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let text: string;
  let api: Json;

  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
    const answer = await call(service, 'GET', '/openapi.json', { as: null });
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/json');
    text = answer.text;
    api = answer.json;
  });

  it('is valid for two validators', async () => {
    const validator = new Validator();
    const verdict = await validator.validate(JSON.parse(text));
    expect(verdict.errors ?? []).to.deep.equal([]);
    expect(verdict.valid).to.equal(true);
    expect(validator.version).to.equal('3.1');
    const config = await createConfig({ extends: ['spec', 'recommended'] });
    const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
    const serious = found.filter(({ severity }) => severity === 'error');
    expect(
      serious.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    ).to.deep.equal([]);
  });

  it('would not be valid for them with a mistake in it', async () => {
    const broken = { ...api, paths: { ...api.paths, '/v1/keys': { get: { responses: { 200: {} } } } } };
    expect((await new Validator().validate(structuredClone(broken))).valid).to.equal(false);
    const config = await createConfig({ extends: ['spec'] });
    const found = await lintFromString({ source: JSON.stringify(broken), absoluteRef: '/o.json', config });
    expect(found.length).to.be.above(0);
  });

  it('has every call under a name of its own, and says who may make it', () => {
    const operations = Object.values(api.paths).flatMap((item) => Object.values(item as object)) as Json[];
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids).to.include.members([
      'mint',
      'redeem',
      'inspect',
      'revoke',
      'listEvents',
      'rotateKeys',
      'openApi',
    ]);
    expect(api.paths['/v1/tokens'].post.security).to.deep.equal([{ callerKey: [] }]);
    expect(api.paths['/readyz'].get.security).to.deep.equal([{}, { callerKey: [] }]);
    expect(api.paths['/metrics'].get.security).to.deep.equal([{ callerKey: [] }, {}]);
    expect(api.paths['/healthz'].get.security).to.deep.equal([]);
    expect(api.servers).to.deep.equal([{ url: 'https://cap.example.test' }]);
  });

  it('names every code of a refusal with its status, and shows one of each', () => {
    const shown = new Map<string, number>();
    for (const item of Object.values(api.paths) as Json[]) {
      for (const { responses } of Object.values(item) as Json[]) {
        for (const [status, { content }] of Object.entries(responses) as Json[]) {
          for (const [code, { value }] of Object.entries(
            content?.['application/problem+json']?.examples ?? {},
          ) as Json[]) {
            expect([value.code, value.status]).to.deep.equal([code, Number(status)]);
            shown.set(code, Number(status));
          }
        }
      }
    }
    // No call is documented for a method that it does not have.
    expect([...shown.keys()].sort()).to.deep.equal(
      ERROR_CODES.filter((code) => code !== 'method_not_allowed').toSorted(),
    );
    const limited = api.paths['/v1/tokens'].post.responses['429'].headers;
    expect(Object.keys(limited)).to.include.members([
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Request-Id',
    ]);
    expect(api.paths['/v1/tokens'].post.responses['401'].headers).to.have.property('WWW-Authenticate');
  });

  it('has a branch for each purpose, with its audiences, claims, bindings and links', () => {
    const { MintRequest, MintPasswordReset, MintFileDownload, MintServiceCall } = api.components.schemas;
    expect(MintRequest.oneOf).to.have.length(Object.keys(PURPOSES).length);
    expect(MintRequest.discriminator.mapping).to.include({
      'password-reset': '#/components/schemas/MintPasswordReset',
    });
    expect(MintPasswordReset.properties.purpose).to.deep.equal({ const: 'password-reset' });
    expect(MintPasswordReset.properties.expiresIn.maximum).to.equal(900);
    expect(MintFileDownload.properties.claims.required).to.deep.equal(['key']);
    expect(MintFileDownload.required).to.include('claims');
    expect(MintServiceCall.required).to.include.members(['audience', 'bind']);
    expect(MintServiceCall.properties.audience.enum).to.deep.equal(['billing', 'mailer']);
  });

  it('takes what the service takes, and refuses what it refuses', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: api.components });
    const fits = ajv.compile({ $ref: 'api#/components/schemas/MintRequest' });
    const orders: readonly [boolean, Record<string, unknown>][] = [
      [true, { purpose: 'password-reset', subject: 'u' }],
      [false, { purpose: 'password-reset', subject: '' }],
      [false, { purpose: 'password-reset', subject: 'a\u0000b' }],
      [false, { purpose: 'password-reset', subject: 'a\u200bb' }],
      [true, { purpose: 'password-reset', subject: 'żółw', expiresIn: 900 }],
      [false, { purpose: 'password-reset', subject: 'u', expiresIn: 901 }],
      [false, { purpose: 'password-reset', subject: 'u', claims: {} }],
      [false, { purpose: 'password-reset', subject: 'u', uses: 2 }],
      [false, { purpose: 'password-reset', subject: 'u', unknown: 1 }],
      [false, { purpose: 'nothing', subject: 'u' }],
      [false, { purpose: 'file-download', subject: 'u' }],
      [true, { purpose: 'file-download', subject: 'u', claims: { key: 'a' } }],
      [true, { purpose: 'file-download', subject: 'u', claims: { key: 'a' }, uses: 3 }],
      [false, { purpose: 'file-download', subject: 'u', claims: { key: 'a', other: 1 } }],
      [false, { purpose: 'service-call', subject: 'u', audience: 'billing' }],
      [
        false,
        {
          purpose: 'service-call',
          subject: 'u',
          bind: { request: { method: 'GET', url: 'https://a.test/' } },
        },
      ],
      [
        true,
        {
          purpose: 'service-call',
          subject: 'u',
          audience: 'billing',
          bind: { request: { method: 'GET', url: 'https://a.test/' } },
        },
      ],
      [false, { purpose: 'service-call', subject: 'u', audience: 'billing', bind: { session: 's' } }],
      [true, { purpose: 'coded', subject: 'u' }],
      [true, { purpose: 'coded', subject: 'u', link: { then: `${APP}/there` } }],
      [false, { purpose: 'coded', subject: 'u', link: { then: `${APP}/elsewhere` } }],
      [false, { purpose: 'coded', subject: 'u', expiresIn: 700 }],
      [true, { purpose: 'coded', subject: 'u', expiresIn: 700, link: false }],
      [false, { purpose: 'coded', subject: 'u', bind: { session: 's' } }],
      [true, { purpose: 'coded', subject: 'u', bind: { session: 's' }, link: false }],
      [false, { purpose: 'password-reset', subject: 'u', link: true }],
      [true, { purpose: 'password-reset', subject: 'u', link: false }],
    ];
    for (const [isTaken, body] of orders) {
      const answer = await call(service, 'POST', '/v1/tokens', { body });
      const what = `${JSON.stringify(body)} was answered ${answer.text}`;
      expect(answer.status, what).to.equal(isTaken ? 201 : 400);
      expect(fits(body), `${JSON.stringify(body)} by the document: ${ajv.errorsText(fits.errors)}`).to.equal(
        isTaken,
      );
    }
  });

  it('has an example for each purpose, which works, and links from it that lead on', async () => {
    const { post } = api.paths['/v1/tokens'];
    const examples = Object.values(post.requestBody.content['application/json'].examples) as Json[];
    expect(examples).to.have.length(Object.keys(PURPOSES).length);
    const { links } = post.responses['201'];
    expect(Object.keys(links)).to.deep.equal(['redeem', 'inspect', 'inspectJti', 'revoke']);
    for (const { value: order } of examples) {
      const minted = await call(service, 'POST', '/v1/tokens', { body: order });
      expect(minted.status, minted.text).to.equal(201);
      for (const name of ['inspect', 'inspectJti', 'redeem', 'revoke']) {
        const answer = await follow(links[name], order, minted.json);
        const statuses = name === 'redeem' && order.bind ? [403] : [200];
        expect(statuses, `${name}: ${answer.text}`).to.include(answer.status);
      }
    }
  });

  it('is kept by no cache, and answered to nobody where the configuration says so', async () => {
    const open = await call(service, 'GET', '/openapi.json', { as: null });
    expectCommonHeaders(open);
    const closed = await runService(onClose, { purposes: PURPOSES, openapi: false }, CALLERS);
    for (const path of ['/openapi.json', '/docs']) {
      expect((await call(closed, 'GET', path, { as: null })).status).to.equal(404);
    }
  });

  /** Makes the call that a link describes, with what its expressions name. */
  function follow(link: Json, request: Json, response: Json) {
    const [path, method] =
      Object.entries(api.paths)
        .flatMap(([at, item]) =>
          Object.entries(item as object).map(([verb, each]) => [at, verb, each] as const),
        )
        .find(([, , { operationId }]) => operationId === link.operationId) ?? [];
    const valueAt = (expression: string) => {
      const [, side, name = ''] = /^\$(request|response)\.body#\/(\w+)$/.exec(expression) ?? [];
      return (side === 'request' ? request : response)[name];
    };
    const filled = Object.entries(link.parameters ?? {}).reduce(
      (all, [name, expression]) => all.replace(`{${name}}`, encodeURIComponent(valueAt(String(expression)))),
      String(path),
    );
    const body =
      link.requestBody &&
      Object.fromEntries(
        Object.entries(link.requestBody).map(([name, expression]) => [name, valueAt(String(expression))]),
      );
    const audience = link.operationId === 'redeem' && request.audience ? { audience: request.audience } : {};
    return call(
      service,
      String(method).toUpperCase(),
      filled,
      body ? { body: { ...body, ...audience } } : {},
    );
  }
});
