import type { Options } from 'json-schema-to-typescript';
import { BINDINGS } from '../contract/bindings.ts';
import type { ClaimsSchema } from '../settings/declared-claims.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import type { Purpose } from '../token/purpose.ts';

const HEADER = `// Made from the configuration by "matchstick types". Do not edit it: run that again.
`;

/**
 * TypeScript of the configured purposes: `Purposes` fits the type parameter of `Matchstick`. Rejects when the
 * schema of some claims refers to another document.
 */
export async function purposeTypes({
  purposes,
  claimsSchemas,
}: Pick<Settings, 'purposes' | 'claimsSchemas'>): Promise<string> {
  const namespaces: string[] = [];
  const members: string[] = [];
  const taken = new Set(['Purposes']);
  for (const purpose of purposes.values()) {
    const schema = claimsSchemas.get(purpose.name);
    const space = schema && freeName(purpose.name, taken);
    if (schema)
      namespaces.push(`\nexport declare namespace ${space} {\n${indent(await claimsSource(schema))}\n}\n`);
    members.push(memberSource(purpose, space ? `${space}.Claims` : 'undefined'));
  }
  return `${HEADER}${namespaces.join('')}\nexport type Purposes = {\n${indent(members.join('\n'))}\n};\n`;
}

function memberSource(purpose: Purpose, claims: string): string {
  const { name, audiences, lifetimeSeconds, uses = 1, link } = purpose;
  const times = uses === 1 ? 'once' : `${uses} times`;
  const lines = [
    `/** Lives ${lifetimeSeconds} seconds at most; redeemed ${times}.${link ? ' Opened at a link.' : ''} */`,
    `readonly ${quoted(name)}: {`,
    `  readonly claims: ${claims};`,
    `  readonly audience: ${audiences.map(quoted).join(' | ')};`,
    `  readonly bind: ${bindSource(purpose)};`,
    `  readonly link: ${linkSource(purpose)};`,
    '};',
  ];
  return lines.join('\n');
}

function bindSource({ bind = {} }: Purpose): string {
  const members = BINDINGS.flatMap((kind) => (bind[kind] ? [`readonly ${kind}: '${bind[kind]}'`] : []));
  return members.length === 0 ? 'Record<never, never>' : `{ ${members.join('; ')} }`;
}

function linkSource({ link }: Purpose): string {
  if (!link) return 'undefined';
  const then = link.then?.map(({ text }) => quoted(text)).join(' | ');
  const leads = then === undefined ? '' : `; readonly then: ${then}`;
  return `{ readonly byDefault: ${link.byDefault}; readonly code: ${link.asksCode}${leads} }`;
}

/** `interface Claims`, and whatever it is made of. */
async function claimsSource({ $id: _id, ...schema }: ClaimsSchema): Promise<string> {
  const { compile } = await withPeers('types', () => import('json-schema-to-typescript'));
  const members = Object.entries(schema).map(([name, member]) => [name, withOlderTuples(member)]);
  const root = { ...Object.fromEntries(members), title: 'Claims', additionalProperties: false };
  return (await compile(root, 'Claims', OPTIONS)).trim();
}

const OPTIONS: Partial<Options> = {
  bannerComment: '',
  // What a schema says is all that is looked at: neither files nor the network.
  $refOptions: { resolve: { external: false } },
  style: { singleQuote: true, printWidth: 100 },
};

/** The same schema with its tuples as they were written before 2020-12, which is what the generator reads. */
function withOlderTuples(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each: unknown) => withOlderTuples(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([name, member]) => [name, withOlderTuples(member)] as const);
  const { prefixItems, items, ...rest } = Object.fromEntries(members);
  // A claim that is called so has a schema, which is no list.
  if (!Array.isArray(prefixItems)) return Object.fromEntries(members);
  return { ...rest, items: prefixItems, ...(items === undefined ? {} : { additionalItems: items }) };
}

/** `file-download` as `FileDownload`: a name that is not taken yet. */
function freeName(purpose: string, taken: Set<string>): string {
  const words = purpose.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  let name = words.join('').replace(/^\d/, '_$&');
  while (taken.has(name)) name += '_';
  taken.add(name);
  return name;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function indent(source: string): string {
  return source.replace(/^(?=.)/gm, '  ');
}
