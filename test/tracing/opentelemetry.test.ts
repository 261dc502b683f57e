import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { openTracing } from '../../src/tracing/opentelemetry.ts';
import { rejectionOf } from '../keys/stored-keys.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

describe('traces', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  before(() => provider.register());
  after(async () => {
    await provider.shutdown();
    for (const api of [trace, context, propagation]) api.disable();
  });
  beforeEach(() => exporter.reset());

  it('have a span of what was done, with what is known before and after it', async () => {
    const tracing = await openTracing();
    const told = (answer: number) => ({ after: String(answer) });
    expect(await tracing.span('did', { before: 'b' }, async () => 7, told)).to.equal(7);
    const [span] = exporter.getFinishedSpans();
    expect(span?.attributes).to.deep.equal({ before: 'b', after: '7' });
    expect(span?.status.code).to.equal(SpanStatusCode.UNSET);
  });

  it('say by its code that there was no answer, and nothing of what the error says', async () => {
    const tracing = await openTracing();
    for (const [error, code] of [
      [new MatchstickError('ledger_unavailable', 'a secret'), 'ledger_unavailable'],
      [new Error('a secret'), 'internal'],
    ] as const) {
      exporter.reset();
      expect(await rejectionOf(tracing.span('failed', {}, () => Promise.reject(error)))).to.equal(error);
      const [span, ...more] = exporter.getFinishedSpans();
      expect(more).to.deep.equal([]);
      expect(span?.attributes).to.deep.equal({ 'error.type': code });
      expect(span?.status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(span?.events).to.deep.equal([]);
    }
  });

  it('are a part of what the request names, or of the span that an instrumentation has begun', async () => {
    const tracing = await openTracing();
    const work = (name: string) => () => tracing.span(name, {}, async () => {});
    await tracing.within(TRACEPARENT, work('named'));
    await tracing.within(undefined, work('alone'));
    await trace.getTracer('test').startActiveSpan('outer', async (outer) => {
      await tracing.within(TRACEPARENT, work('inner'));
      outer.end();
    });
    const traceOf = new Map(
      exporter.getFinishedSpans().map((span) => [span.name, span.spanContext().traceId]),
    );
    expect(traceOf.get('named')).to.equal(TRACE_ID);
    expect(traceOf.get('alone')).to.be.a('string').and.not.equal(TRACE_ID);
    expect(traceOf.get('inner')).to.equal(traceOf.get('outer'));
  });

  it('have the template of a route for the path of a request, no query, and its client as events call it', async () => {
    const tracing = await openTracing();
    const paths = ['url.path', 'http.target', 'http.url', 'url.full'];
    const agents = ['user_agent.original', 'http.user_agent'];
    const all = (names: readonly string[], value: string) =>
      Object.fromEntries(names.map((name) => [name, value]));
    for (const agent of ['curl/8.5', undefined]) {
      exporter.reset();
      const attributes = all([...paths, ...agents, 'url.query'], 'a secret');
      trace.getTracer('test').startActiveSpan('GET', { attributes }, (span) => {
        tracing.request('/l/:ref', agent);
        span.end();
      });
      expect(exporter.getFinishedSpans()[0]?.attributes).to.deep.equal({
        ...all([...paths, 'http.route'], '/l/:ref'),
        ...all(agents, agent ?? ''),
        'url.query': '',
      });
    }
  });

  it('begin when an SDK is registered, if that is after the start', async () => {
    const registered = Symbol.for('opentelemetry.js.api.1');
    const api: unknown = Reflect.get(globalThis, registered);
    Reflect.deleteProperty(globalThis, registered);
    const late = await openTracing();
    const work = async () => 7;
    expect(await late.span('before', {}, work)).to.equal(7);
    expect(exporter.getFinishedSpans()).to.deep.equal([]);
    Reflect.set(globalThis, registered, api);
    trace.getTracer('test').startActiveSpan('GET', { attributes: { 'url.path': 'a secret' } }, (span) => {
      late.request('/l/:ref', undefined);
      span.end();
    });
    await late.span('after', {}, work);
    const [first, second] = exporter.getFinishedSpans();
    expect(first?.attributes['url.path'], 'of the very first request').to.equal('/l/:ref');
    expect(second?.name).to.equal('after');
  });
});
