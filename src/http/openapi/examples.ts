import { BINDINGS, type BindingValues } from '../../contract/bindings.ts';
import type { Purpose, Purposes } from '../../token/purpose.ts';
import { type JsonSchema, propertiesOf, requiredOf } from './json-schema.ts';
import { mintNames } from './mint-requests.ts';

const THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const BOUND: BindingValues = {
  session: 'the-session-id-of-your-application',
  key: THUMBPRINT,
  request: { method: 'GET', url: 'https://api.example.com/reports/7' },
};

/** A mint of each purpose that it would take, by the name of its schema. None for claims of which no sample can be made. */
export function mintExamples(
  purposes: Purposes,
  claimsSchemas: ReadonlyMap<string, JsonSchema>,
): Readonly<Record<string, { readonly summary: string; readonly value: object }>> {
  const names = mintNames(purposes.keys());
  return Object.fromEntries(
    [...purposes.values()].flatMap((purpose) => {
      const value = mintOf(purpose, claimsSchemas.get(purpose.name));
      return value ? [[names.get(purpose.name), { summary: `A mint of ${purpose.name}`, value }]] : [];
    }),
  );
}

function mintOf(purpose: Purpose, schema: JsonSchema | undefined): object | undefined {
  const { name, audiences, bind = {}, parseClaims } = purpose;
  const claims = parseClaims ? sampleOf(schema ?? { type: 'object' }) : undefined;
  if (parseClaims && !isTaken(parseClaims, claims)) return undefined;
  const bound = BINDINGS.filter((kind) => bind[kind] === 'required').map((kind) => [kind, BOUND[kind]]);
  return {
    purpose: name,
    subject: 'user-42',
    ...(audiences.length > 1 ? { audience: audiences[0] } : {}),
    ...(isEmpty(claims) ? {} : { claims }),
    ...(bound.length > 0 ? { bind: Object.fromEntries(bound) } : {}),
    ...(bound.length > 0 && purpose.link?.byDefault ? { link: false } : {}),
  };
}

function isTaken(parse: NonNullable<Purpose['parseClaims']>, claims: unknown): boolean {
  try {
    return parse(claims).ok;
  } catch {
    return false;
  }
}

function isEmpty(claims: unknown): boolean {
  return claims === undefined || Object.keys(Object(claims)).length === 0;
}

/** A value that a simple schema takes: what it gives as an example, else the least that its type and bounds allow. */
function sampleOf(schema: JsonSchema): unknown {
  const { examples, default: usual, const: only, enum: values, type, items } = schema;
  for (const given of [only, usual, firstOf(examples), firstOf(values)])
    if (given !== undefined) return given;
  switch (firstOf(type) ?? type) {
    case 'object': {
      const members = propertiesOf(schema);
      return Object.fromEntries(requiredOf(schema).map((name) => [name, sampleOf(members[name] ?? {})]));
    }
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => sampleOf(Object(items)));
    case 'integer':
    case 'number':
      return Number(schema.minimum ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'anna@example.com',
  uri: 'https://example.com/',
  'date-time': '2026-12-01T08:00:00Z',
  date: '2026-12-01',
  uuid: '3f6f1c2a-7b41-4d53-9b0e-019ac5f24c1e',
};

function textOf({ format, minLength }: JsonSchema): string {
  const text = FORMATS[String(format)] ?? 'example';
  return text.padEnd(Number(minLength ?? 0), 'e');
}

function firstOf(values: unknown): unknown {
  return Array.isArray(values) ? values[0] : undefined;
}
