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
export const SECONDS_TO_STOP = (() => {
  const source = readFileSync(new URL('../../src/assembly/serve.ts', import.meta.url), 'utf8');
  const [, grace] = /^const GRACE_MS = ([\d_]+);$/m.exec(source) ?? [];
  const [, delay] = /^const DEFAULT_DRAIN_DELAY_SECONDS = (\d+);$/m.exec(source) ?? [];
  return Number(delay) + Number(grace?.replaceAll('_', '')) / 1000;
})();

/** A configuration of `deploy/`, as the service reads it in production; throws where it would not start. */
export function shippedSettings(path: string, environment: Environment, text = shipped(path)) {
  const production = { NODE_ENV: 'production', ...environment };
  const settings = parseSettings(text, production, path);
  requireFitToServe(settings, production);
  return settings;
}
