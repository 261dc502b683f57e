import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import type { Environment } from '../../src/settings/environment.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { requireFitToServe } from '../../src/settings/serving.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);

/** The text of a file in `deploy/`. */
export function shipped(path: string): string {
  return readFileSync(new URL(path, DEPLOY), 'utf8');
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever is there.
export type Tree = any;

export function shippedYaml(path: string): Tree {
  return parse(shipped(path), { merge: false });
}

/** The objects of a manifest, as Kubernetes reads it: by YAML 1.1, where 0440 is octal. */
export function shippedManifests(path: string): readonly Tree[] {
  return parseAllDocuments(shipped(path), { version: '1.1' }).map((document) => document.toJS());
}

/** How long the service takes to stop at most, unless its configuration says otherwise. In seconds. */
export const SECONDS_TO_STOP = drainSeconds() + constantIn('assembly/serve.ts', 'GRACE_MS') / 1000;

/** How long it serves on of that, so that load balancers look away. */
export function drainSeconds(): number {
  return constantIn('assembly/serve.ts', 'DEFAULT_DRAIN_DELAY_SECONDS');
}

/** A number that a source file keeps to itself. */
export function constantIn(path: string, name: string): number {
  const source = readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');
  const [, digits] = new RegExp(`^const ${name} = ([\\d_]+);$`, 'm').exec(source) ?? [];
  if (digits === undefined) throw new Error(`${path} has no ${name}`);
  return Number(digits.replaceAll('_', ''));
}

/** A configuration of `deploy/`, as the service reads it in production; throws where it would not start. */
export function shippedSettings(path: string, environment: Environment, text = shipped(path)) {
  const production = { NODE_ENV: 'production', ...environment };
  const settings = parseSettings(text, production, path);
  requireFitToServe(settings, production);
  return settings;
}
