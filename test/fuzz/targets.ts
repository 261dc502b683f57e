import { dpopTarget } from './dpop.ts';
import { httpTarget } from './http.ts';
import { linksTarget } from './links.ts';
import { objectKeyTarget } from './object-key.ts';
import { scriptsTarget } from './scripts.ts';
import { strictJsonTarget } from './strict-json.ts';
import type { OpenTarget, Property, Target } from './target.ts';
import { tokenTarget } from './token.ts';

/** A target with the product in its place. */
export interface ProductTarget extends Pick<Target, 'name' | 'suiteRuns'> {
  open(onClose: (close: () => unknown) => void): Promise<OpenProduct>;
}

export interface OpenProduct extends Pick<OpenTarget, 'settle' | 'pids'> {
  readonly property: Property;
}

function ofProduct<Subject>({ name, suiteRuns, open }: Target<Subject>): ProductTarget {
  return {
    name,
    suiteRuns,
    open: async (onClose) => {
      const opened = await open(onClose);
      return { ...opened, property: opened.property(opened.subject) };
    },
  };
}

export const TARGETS: readonly ProductTarget[] = [
  ofProduct(tokenTarget),
  ofProduct(strictJsonTarget),
  ofProduct(dpopTarget),
  ofProduct(httpTarget),
  ofProduct(linksTarget),
  ofProduct(objectKeyTarget),
  ofProduct(scriptsTarget),
];
