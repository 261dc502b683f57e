import { parse } from 'content-type';

/** What a body is taken for if nobody says: bodies of calls between services are JSON. */
const UNSAID = 'application/json';

const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;

/**
 * One spelling for all equivalent values of a Content-Type field (RFC 9110 section 8.3.1): type and names of parameters in
 * lower case, parameters in order. UTF-8 is not written, because it is what every reader assumes. Undefined for
 * a value that names no media type; a field that is missing is `application/json`.
 */
export function normalMediaType(field: string | undefined): string | undefined {
  const { type, parameters } = parse(field ?? UNSAID);
  const essence = type.toLowerCase();
  if (!TYPE.test(essence)) return undefined;
  const members = Object.entries(parameters)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => name !== 'charset' || value.toLowerCase() !== 'utf-8')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [essence, ...members.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(';');
}
