import { BINDINGS } from '../../contract/bindings.ts';
import { MAX_CODE_SECONDS } from '../../contract/limits.ts';
import { mintBody } from '../../operations/mint-body.ts';
import type { Purpose, Purposes } from '../../token/purpose.ts';
import { type JsonSchema, jsonSchemaOf, propertiesOf, requiredOf } from './json-schema.ts';

type ClaimsSchemas = ReadonlyMap<string, JsonSchema>;

/** A name for the schema of each purpose's mints, such as `MintPasswordReset`; no two are the same. */
export function mintNames(purposes: Iterable<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const purpose of purposes) {
    const words = purpose.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
    const name = `Mint${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
    taken.add(free);
    names.set(purpose, free);
  }
  return names;
}

/** What a mint of each purpose may ask for, by the name of its schema. */
export function mintRequests(
  purposes: Purposes,
  claimsSchemas: ClaimsSchemas,
): Readonly<Record<string, JsonSchema>> {
  const names = mintNames(purposes.keys());
  return Object.fromEntries(
    [...purposes.values()].map((purpose) => [
      names.get(purpose.name),
      mintRequest(purpose, claimsSchemas.get(purpose.name)),
    ]),
  );
}

/** What a mint of any purpose may ask for. */
export function anyMintRequest(purposes: Purposes, uriOf: (name: string) => string): JsonSchema {
  const names = [...mintNames(purposes.keys())].map(([purpose, name]) => [purpose, uriOf(name)] as const);
  if (names.length === 0) return jsonSchemaOf(mintBody, 'input');
  return {
    oneOf: names.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: 'purpose', mapping: Object.fromEntries(names) },
  };
}

function mintRequest(purpose: Purpose, claimsSchema: JsonSchema | undefined): JsonSchema {
  const { name, audiences, uses = 1 } = purpose;
  const whole = jsonSchemaOf(mintBody, 'input');
  const fields = propertiesOf(whole);
  const [onlyAudience, ...otherAudiences] = audiences;
  const claims = claimsOf(purpose, claimsSchema, fields.claims);
  const bind = bindOf(purpose, fields.bind);
  const link = linkOf(purpose, fields.link);
  return {
    description: `A mint of ${name}.`,
    type: 'object',
    properties: {
      purpose: { const: name },
      subject: fields.subject,
      audience: { ...fields.audience, enum: [...audiences] },
      ...(claims ? { claims } : {}),
      expiresIn: { ...fields.expiresIn, maximum: purpose.lifetimeSeconds },
      uses: { ...fields.uses, maximum: uses },
      ...(bind ? { bind } : {}),
      link,
    },
    required: [
      'purpose',
      'subject',
      ...(onlyAudience !== undefined && otherAudiences.length > 0 ? ['audience'] : []),
      ...(claims && requiredOf(claims).length > 0 ? ['claims'] : []),
      ...(bind && requiredOf(bind).length > 0 ? ['bind'] : []),
    ],
    additionalProperties: false,
    ...(purpose.link ? { allOf: [...linkedRules(purpose)] } : {}),
  };
}

/** A token with a link is bound to nothing, and one whose link asks for a code lives for ten minutes at most. */
function* linkedRules({ link, bind, lifetimeSeconds }: Purpose): Generator<JsonSchema> {
  if (!link) return;
  const unlinked = {
    properties: { link: { const: false } },
    ...(link.byDefault ? { required: ['link'] } : {}),
  };
  if (bind) yield { if: { required: ['bind'] }, then: unlinked };
  if (link.asksCode && lifetimeSeconds > MAX_CODE_SECONDS) {
    yield { if: { not: unlinked }, then: { properties: { expiresIn: { maximum: MAX_CODE_SECONDS } } } };
  }
}

function claimsOf(
  { parseClaims, sealed }: Purpose,
  schema: JsonSchema | undefined,
  any: JsonSchema = {},
): JsonSchema | undefined {
  if (!parseClaims) return undefined;
  if (!schema) return any;
  const { $schema: _, $id: _id, ...claims } = schema;
  const description = sealed
    ? `What the token carries. Only this service can read ${[...sealed].join(', ')} in it.`
    : any.description;
  return { additionalProperties: false, description, ...claims };
}

function bindOf({ bind }: Purpose, any: JsonSchema = {}): JsonSchema | undefined {
  if (!bind) return undefined;
  const kinds = BINDINGS.filter((kind) => bind[kind] !== undefined);
  const values = propertiesOf(any);
  return {
    ...any,
    properties: Object.fromEntries(kinds.map((kind) => [kind, values[kind]])),
    required: kinds.filter((kind) => bind[kind] === 'required'),
  };
}

function linkOf({ link }: Purpose, any: JsonSchema = {}): JsonSchema {
  const { description } = any;
  // Generators are at odds with a constant that may be left out.
  if (!link) return { type: 'boolean', enum: [false], description: 'This purpose has no links.' };
  const then = { type: 'object', required: ['then'], additionalProperties: false };
  return {
    description,
    anyOf: [
      { type: 'boolean' },
      ...(link.then ? [{ ...then, properties: { then: { enum: link.then.map(({ text }) => text) } } }] : []),
    ],
  };
}
