/** A file of the package as npm would publish it. */
export interface PackedFile {
  readonly path: string;
  readonly text: string;
}

/** What may be in the package. Everything else is a mistake in `files` of package.json, or a leftover of a build. */
const MAY_BE_PACKED = [
  /^dist\/(?:[\w-]+\/)*[\w.-]+(?:\.js|\.d\.ts)$/,
  // Swagger UI, with its license.
  /^dist\/docs\/(?:swagger-ui\.css|LICENSE|NOTICE)$/,
  // uPlot, with its license.
  /^dist\/console-files\/(?:uPlot\.min\.css|LICENSE)$/,
  /^config\/[\w.-]+\.(?:yaml|json)$/,
  /^deploy\/(?:[\w-]+\/)*(?:Containerfile|[\w-][\w.-]*\.(?:yaml|json|service|conf|sh))$/,
  /^docs\/(?:[\w-]+\/)*[\w.-]+\.md$/,
  /^(?:README|CHANGELOG|SECURITY)\.md$/,
  /^(?:LICENSE|package\.json)$/,
];
const NEVER_PACKED = /\.test\.|(?:^|\/)tests?\//;

/** What must be in no file, by what it looks like. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'a caller key': /\bms_[\w-]{43,}/,
  'a private member of a JWK': /\b(?:d|p|q|dp|dq|qi|k)["']?\s*:\s*["'][\w-]{40,}["']/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'a token of npm': /\bnpm_[A-Za-z0-9]{36}\b/,
};
const HOME_FOLDER = /(?:\/home|\/Users|\\Users)[/\\]+[\w.-]+|\/root\/|file:\/\/\/\w/;

/** Files that do not belong into the package, and what should not be in one: secrets, and paths of a machine. */
export function tarballProblems(files: readonly PackedFile[], root: string): readonly string[] {
  const needed = ['LICENSE', 'README.md', 'SECURITY.md', 'package.json', 'dist/index.js'];
  return [
    ...needed.filter((name) => !files.some(({ path }) => path === name)).map((name) => `${name} is missing`),
    ...files
      .filter(({ path }) => NEVER_PACKED.test(path) || !MAY_BE_PACKED.some((form) => form.test(path)))
      .map(({ path }) => `${path} does not belong into the package`),
    ...files.flatMap(({ path, text }) => [
      ...Object.entries(SECRETS)
        .filter(([, form]) => form.test(text))
        .map(([what]) => `${path} has what looks like ${what}`),
      ...(HOME_FOLDER.test(text) || text.includes(root) ? [`${path} has a path of this machine`] : []),
    ]),
  ];
}
