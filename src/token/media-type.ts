import { parse } from 'content-type';

/** What a body is taken for if nobody says: bodies of calls between services are JSON. */
const UNSAID = 'application/json';

const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;
const PARAMETER =
  /[\t ]*([\w!#$%&'*+.^`|~-]+)=(?:[\w!#$%&'*+.^`|~-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*")/;
/** The grammar of RFC 9110 section 8.3.1, to the letter. */
const FIELD = new RegExp(`^[^;\\t ]+(?:[\\t ]*;(?:${PARAMETER.source})?)*[\\t ]*$`);
const EACH_PARAMETER = new RegExp(`;${PARAMETER.source}`, 'g');

/**
 * One spelling for all equivalent values of a Content-Type field (RFC 9110 section 8.3.1): type and names of parameters in
 * lower case, parameters in order. UTF-8 is not written, because it is what every reader assumes. Undefined for
 * a value that names no media type, and for one that readers differ on: some take the first of two parameters of one name,
 * some the last. A field that is missing is `application/json`.
 */
export function normalMediaType(field: string | undefined): string | undefined {
  const text = (field ?? UNSAID).trim();
  const names = Array.from(text.matchAll(EACH_PARAMETER), ([, name = '']) => name.toLowerCase());
  if (!FIELD.test(text) || new Set(names).size < names.length) return undefined;
  const { type, parameters } = parse(text);
  const essence = type.toLowerCase();
  if (!TYPE.test(essence)) return undefined;
  const members = Object.entries(parameters)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => name !== 'charset' || value.toLowerCase() !== 'utf-8')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [essence, ...members.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(';');
}
