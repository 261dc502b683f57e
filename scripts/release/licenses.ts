import type { Component } from './bom.ts';

/** SPDX identifiers of what may be shipped: licenses that ask for their text to be kept, and for no more. */
export const ALLOWED_LICENSES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  // argparse, by way of json-schema-to-typescript: the license of Python, under its old name and its new one.
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
];

/** Packages without a license, or whose license is not allowed. */
export function licenseProblems(components: readonly Component[]): readonly string[] {
  return components.flatMap(({ name, version, licenses }) => {
    if (licenses.length === 0) return [`${name}@${version} names no license of the SPDX list`];
    return licenses
      .filter((expression) => !isAllowed(expression))
      .map((expression) => `${name}@${version} is under ${expression}, which is not in ALLOWED_LICENSES`);
  });
}

// Of alternatives, one has to be allowed. An expression with parentheses or exceptions is for a person to read.
function isAllowed(expression: string): boolean {
  return expression
    .split(' OR ')
    .some((alternative) => alternative.split(' AND ').every((id) => ALLOWED_LICENSES.includes(id)));
}
