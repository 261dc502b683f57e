/**
 * The house. Each room stands on a floor and may import from the floors below it, and from rooms of its own floor
 * that are named here. Lowest floor first.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts'],
  ['contract'],
  ['token'],
  ['ledger', 'limits'],
  ['events'],
  ['burn', 'metrics', 'tracing'],
  ['redis', 'keys', 's3'],
  ['callers', 'pages'],
  ['links'],
  ['operations'],
  ['problem.ts', 'input-problems.ts'],
  ['settings'],
  ['http', 'library', 'guard', 'client'],
  ['express'],
  ['console', 'cli'],
  ['assembly'],
  ['index.ts', 'main.ts'],
];

/** What a room may import, where that is less than everything below it. */
export const ONLY: Readonly<Record<string, readonly string[]>> = {
  pages: [],
  client: ['errors.ts', 'contract'],
  guard: ['errors.ts', 'contract', 'problem.ts', 'input-problems.ts'],
  express: ['errors.ts', 'contract', 'problem.ts', 'guard', 'pages'],
  'problem.ts': ['errors.ts', 'contract'],
  'input-problems.ts': ['errors.ts', 'contract'],
  http: [
    ...['errors.ts', 'contract', 'problem.ts', 'input-problems.ts', 'token', 'events', 'burn'],
    ...['callers', 'pages', 'links', 'operations'],
  ],
};

/** Rooms that import one of a floor above them, with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'operations -> input-problems.ts': 'an operation parses its input, and names what was probably meant',
};

/** Packages, and Node's own modules, that only some rooms may know. Everything else may be imported nowhere. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  jose: ['token', 'ledger', 'burn', 'redis', 'keys', 'links', 'http', 'client', 'assembly', 'console'],
  zod: ['console', 'keys', 'operations', 'settings', 'http', 'library', 'input-problems.ts'],
  'zod/mini': ['contract', 'events', 'redis', 'guard', 'client', 'operations', 'http'],
  express: ['http'],
  '@opentelemetry/api': ['tracing'],
  '@noble/curves/ed25519.js': ['token'],
  'structured-headers': ['token'],
  ioredis: ['redis'],
  'rate-limiter-flexible': ['redis'],
  'prom-client': ['metrics'],
  yaml: ['settings'],
  commander: ['cli'],
  '@bomb.sh/tab/commander': ['cli'],
  re2js: ['settings'],
  'ajv/dist/2020.js': ['settings'],
  '@standard-schema/spec': ['library'],
  pino: ['assembly'],
  negotiator: ['pages'],
  'fastest-levenshtein': ['contract'],
  'content-disposition': ['s3'],
  'content-type': ['token'],
  '@aws-sdk/client-kms': ['keys'],
  '@aws-sdk/client-s3': ['s3'],
  '@aws-sdk/s3-presigned-post': ['s3'],
  '@aws-sdk/s3-request-presigner': ['s3'],
  'json-schema-to-typescript': ['cli'],
  'node:crypto': [
    ...['token', 'events', 'burn', 'redis', 'keys', 'callers', 'links', 'pages', 'express', 'http'],
    ...['assembly', 'console'],
  ],
  'node:async_hooks': ['http', 'contract'],
  'node:child_process': ['keys'],
  'node:cluster': ['assembly'],
  'node:module': ['settings', 'tracing'],
  'node:fs': ['settings', 'redis', 'keys', 'assembly'],
  'node:fs/promises': ['keys', 'cli', 'assembly'],
  'node:os': ['assembly'],
  'node:http': ['http', 'express'],
  'node:net': ['http', 'events', 'redis'],
  'node:path': ['keys', 'settings', 'cli', 'assembly'],
  'node:readline': ['assembly'],
  'node:stream': ['http', 'assembly'],
  'node:stream/consumers': ['assembly'],
  'node:timers/promises': ['http'],
  'node:tls': ['redis'],
  'node:tty': ['assembly'],
  'node:url': ['settings', 'assembly'],
  'node:util': ['cli', 'assembly'],
  'node:zlib': ['assembly'],
};

/** Where time, randomness and the environment are taken from the process, and why there. */
export const AMBIENT: Readonly<Record<string, string>> = {
  'main.ts': 'the service process begins here',
  'assembly/serve.ts': 'the service begins here',
  'assembly/command-line.ts': 'the command begins here',
  'assembly/create-matchstick.ts': 'the library begins here',
  'assembly/event-reports.ts': 'how often something is told is measured where it is told',
  'contract/turns.ts': 'how long the event loop is kept is measured where it is kept',
  'client/web.ts': 'the client takes here what its runtime has',
};

/** Where a value is given a type that the compiler cannot follow, and why it has it. */
export const CASTS: Readonly<Record<string, string>> = {
  'contract/minted-by.ts': 'whether there is a url, the configuration of both sides decides',
  'http/route.ts': 'what the schemas of a route let through has their output type',
  'library/matchstick.ts': 'claims have the type that their purpose let through at mint',
};

/** Folders of test/ that are named for what they prove, not for a room. */
export const SUITES: Readonly<Record<string, string>> = {
  architecture: 'the house itself',
  bench: 'that the benchmarks run, and that docs/scale.md has what they found',
  canary: 'no secret anywhere, with everything on that could tell one',
  deploy: 'the files to deploy it with',
  examples: 'what the documentation shows',
  faults: 'what befalls servers, clocks and connections',
  fuzz: 'what inputs that nobody thought of do to parsers, routes, pages and scripts',
  main: 'whole service processes',
  model: 'long histories against a model',
  packaging: 'the package as it is installed',
  support: 'real servers, and what starts them',
  types: 'what compiles and what does not',
  vectors: 'frozen tokens',
};

export const ROOT_FILES = ['errors.ts', 'index.ts', 'input-problems.ts', 'main.ts', 'problem.ts'];
export const GENERATED = ['redis/scripts/sources.ts'];
export const MAX_LINES = 200;
export const MEDIAN_BELOW = 80;
