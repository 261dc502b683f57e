/** A name is repeated to the sender only if it looks like one: anything may stand in a field's place. */
const SHOWABLE_NAME = /^[\w.-]{1,40}$/;

/** A dotted path to show: a part that does not look like a name may be anything, and is not repeated. */
export function showablePath(parts: readonly PropertyKey[]): string {
  return parts.map(showable).join('.');
}

/** The same as a URI fragment with a JSON Pointer (RFC 6901 section 6), as problem details have it (RFC 9457 section 3). */
export function pointerTo(parts: readonly PropertyKey[]): string {
  const tokens = parts.map((part) => showable(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...tokens.map(encodeURIComponent)].join('/');
}

export function showable(name: PropertyKey): string {
  return SHOWABLE_NAME.test(String(name)) ? String(name) : '(unnamed)';
}
