/** Where the API package of OpenTelemetry keeps what was registered with it, in every runtime and every copy of it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/**
 * The traceparent header (W3C Trace Context) of the span that is active; undefined where nobody traces. The package
 * itself is not imported: bundlers would fail where it is not installed.
 */
export function activeTraceparent(): string | undefined {
  const api: unknown = Reflect.get(globalThis, REGISTERED);
  const propagation = member(api, 'propagation');
  const active = member(member(api, 'context'), 'active');
  const inject = member(propagation, 'inject');
  if (typeof inject !== 'function' || typeof active !== 'function') return undefined;
  const headers = new Map<string, string>();
  const setter = { set: (_carrier: unknown, name: string, value: string) => headers.set(name, value) };
  try {
    inject.call(propagation, active.call(member(api, 'context')), {}, setter);
  } catch {
    return undefined;
  }
  return headers.get('traceparent');
}

function member(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}
