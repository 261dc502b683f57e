import { createHash } from 'node:crypto';
import type { LedgerClient } from './client.ts';
import { sendScript } from './named-command.ts';
import { PARAMETERS, SOURCES } from './scripts/sources.ts';

/** The files that are put in front of each script. */
const SHARED = {
  burn: ['layout', 'ledger', 'buckets', 'records', 'subjects'],
  settle: ['layout', 'ledger', 'buckets', 'records', 'subjects'],
  collect: ['layout', 'ledger', 'buckets', 'records', 'subjects'],
  revoke: ['layout', 'ledger', 'buckets', 'records'],
  'revoke-key': ['layout', 'ledger', 'buckets'],
  'revoke-subject': ['layout', 'ledger', 'buckets', 'subjects'],
  register: ['layout', 'ledger', 'buckets', 'records', 'subjects'],
  inspect: ['layout', 'ledger', 'buckets', 'records', 'subjects'],
  'deposit-put': ['layout', 'ledger', 'buckets', 'deposits'],
  'deposit-find': ['layout', 'ledger', 'deposits'],
  'deposit-guess': ['layout', 'ledger', 'buckets', 'deposits'],
  'open-epoch': ['layout', 'ledger'],
  'watch-epoch': ['layout', 'ledger'],
  'end-epoch': ['layout', 'ledger'],
  freeze: ['layout', 'ledger', 'buckets'],
  thaw: ['layout', 'ledger', 'buckets'],
} as const satisfies Record<keyof typeof PARAMETERS, readonly (keyof typeof SOURCES)[]>;

/** What a script tries first, if it does: with the script's own keys and arguments, and all of them as they are sent. */
const TRIED_FIRST: Partial<Record<keyof typeof PARAMETERS, keyof typeof SOURCES>> = { burn: 'usual-burn' };

export type ScriptName = keyof typeof PARAMETERS;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;
type KeyOf<Name extends ScriptName> = Exclude<(typeof PARAMETERS)[Name]['keys'][number], 'meta_key'>;
type ArgumentOf<Name extends ScriptName> = (typeof PARAMETERS)[Name]['args'][number];
type NumberOf<Name extends ScriptName> = (typeof PARAMETERS)[Name]['numbers'][number];

/** What a script is called with besides what every one is, by the names that its Lua file gives. */
export type ScriptInput<Name extends ScriptName> = {
  readonly [Key in KeyOf<Name> as Camel<Key>]: string;
} & {
  readonly [Argument in ArgumentOf<Name> as Camel<Argument>]: Argument extends NumberOf<Name>
    ? number
    : string;
};

export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
  /** The names of its keys after the meta key, and of its arguments after those of every script, as callers know them. */
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export type Scripts = (name: ScriptName) => Script;

/** Every script, ready to be run. A ledger makes them once, when it is made. */
export function composeScripts(): Scripts {
  const scripts = new Map(SCRIPT_NAMES.map((name) => [name, compose(name)]));
  return (name) => scripts.get(name) ?? compose(name);
}

function isScriptName(name: string): name is ScriptName {
  return Object.hasOwn(PARAMETERS, name);
}

export const SCRIPT_NAMES: readonly ScriptName[] = Object.keys(PARAMETERS).filter(isScriptName);

function compose(name: ScriptName): Script {
  const { keys, args, numbers } = PARAMETERS[name];
  const [layout, ...shared] = SHARED[name].map((file) => SOURCES[file]);
  const first = TRIED_FIRST[name];
  const tried = first ? ['do', variables(keys, args, []), SOURCES[first], 'end'] : [];
  const own = [variables(keys, args, numbers), SOURCES[name]];
  const source = [layout, ...tried, ...shared, ...own].join('\n');
  return {
    name,
    source,
    sha1: createHash('sha1').update(source).digest('hex'),
    keys: keys.slice(1).map(camel),
    args: args.map(camel),
  };
}

/** The Lua that gives a script's keys and arguments their names, after those of every script. */
function variables(keys: readonly string[], args: readonly string[], numbers: readonly string[]): string {
  const argument = (name: string, index: number) =>
    numbers.includes(name) ? `tonumber(ARGV[${index + COMMON + 1}])` : `ARGV[${index + COMMON + 1}]`;
  return [
    ...keys.map((name, index) => `local ${name} = KEYS[${index + 1}]`),
    ...args.map((name, index) => `local ${name} = ${argument(name, index)}`),
  ].join('\n');
}

function camel(name: string): string {
  return name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** One call of a script, in the order in which Redis takes keys and arguments. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** What every script is called with, in this order: see layout.lua. */
export interface CommonArguments {
  readonly tag: string;
  readonly instance: string;
  readonly keep: number;
}

const COMMON = 3;

/** What a script is called with, put into its order. */
export function scriptCall<Name extends ScriptName>(
  { keys, args }: Script,
  metaKey: string,
  { tag, instance, keep }: CommonArguments,
  input: ScriptInput<Name>,
): ScriptCall {
  const values: Readonly<Record<string, string | number>> = input;
  const given = (name: string): string | number => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`a script is called without ${name}`);
    return value;
  };
  return {
    keys: [metaKey, ...keys.map((name) => String(given(name)))],
    args: [tag, instance, keep, ...args.map(given)],
  };
}

/** Runs a script by its digest. Only NOSCRIPT, which proves that nothing ran, makes it be sent again. */
export async function runScript(
  redis: LedgerClient,
  { name, sha1, source }: Script,
  call: ScriptCall,
): Promise<unknown> {
  try {
    return await sendScript(redis, { name, by: 'evalsha', script: sha1, ...call });
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return sendScript(redis, { name, by: 'eval', script: source, ...call });
  }
}
