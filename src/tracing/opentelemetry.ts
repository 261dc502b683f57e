import { createRequire } from 'node:module';
import { NO_TRACING, type Tracing } from '../contract/tracing.ts';
import { asMatchstickError } from '../errors.ts';

const NAME = 'matchstick';
/** Where instrumentations of HTTP write what a request says, by the conventions of today and of before. */
const OF_A_PATH = ['http.route', 'url.path', 'http.target', 'http.url', 'url.full'];
const OF_A_QUERY = ['url.query'];
const OF_AN_AGENT = ['user_agent.original', 'http.user_agent'];

/** Where the API package keeps what was registered with it, in every copy of it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

type Api = typeof import('@opentelemetry/api');

/**
 * Spans through the API package of OpenTelemetry, if it is installed. It is loaded only once an SDK is registered: without
 * one its spans are no-ops. A span holds names and codes, never a token, a subject or a claim; nor what an error says.
 */
export async function openTracing(): Promise<Tracing> {
  if (isRegistered()) return importedSpans();
  let tracing: Tracing | undefined;
  const use = (loaded: Tracing) => {
    tracing = loaded;
  };
  const now = (): Tracing => {
    if (tracing || !isRegistered()) return tracing ?? NO_TRACING;
    tracing = requiredSpans() ?? NO_TRACING;
    if (tracing === NO_TRACING) void importedSpans().then(use);
    return tracing;
  };
  return {
    span: (...given) => now().span(...given),
    request: (...given) => now().request(...given),
    within: (...given) => now().within(...given),
  };
}

function isRegistered(): boolean {
  return Reflect.has(globalThis, REGISTERED);
}

async function importedSpans(): Promise<Tracing> {
  const api = await import('@opentelemetry/api').catch(() => undefined);
  return api ? spansOf(api) : NO_TRACING;
}

/** At once: the span of the very first request has a path that nobody must see. Undefined inside a bundle. */
function requiredSpans(): Tracing | undefined {
  try {
    const api: Api = createRequire(import.meta.url)('@opentelemetry/api');
    return spansOf(api);
  } catch {
    return undefined;
  }
}

function spansOf({ context, propagation, SpanStatusCode, trace }: Api): Tracing {
  const tracer = trace.getTracer(NAME);
  return {
    span: (name, attributes, work, told = () => ({})) =>
      tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          const answer = await work();
          span.setAttributes(told(answer));
          return answer;
        } catch (error) {
          span.setAttribute('error.type', asMatchstickError(error).code);
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
    request: (route, agent) => {
      const span = trace.getActiveSpan();
      if (!span?.isRecording()) return;
      for (const name of OF_A_PATH) span.setAttribute(name, route);
      for (const name of OF_A_QUERY) span.setAttribute(name, '');
      for (const name of OF_AN_AGENT) span.setAttribute(name, agent ?? '');
    },
    within: (traceparent, work) => {
      const current = context.active();
      // With an instrumentation of HTTP the request has a span already.
      if (traceparent === undefined || trace.getSpan(current)) return work();
      return context.with(propagation.extract(current, { traceparent }), work);
    },
  };
}
