import { z } from 'zod';
import type { Quotas } from '../burn/deployment.ts';
import type { Log } from '../contract/log.ts';
import type { InputProblem } from '../errors.ts';
import type { HearEvent } from '../events/recorder.ts';
import { parseBy } from '../input-problems.ts';
import type { Wrap } from '../keys/wrap.ts';
import { redisFileProblems } from '../redis/target-files.ts';
import type { StorePolicies } from '../s3/store-policy.ts';
import { wholeNumber } from '../settings/duration.ts';
import { SettingsError } from '../settings/error.ts';
import { MOST_EVENTS } from '../settings/events-schema.ts';
import { type DeclaredPurposes, parsePurposes } from '../settings/purposes.ts';
import {
  clockTolerance,
  issuer,
  ledgerSchema,
  name,
  rotateEvery,
  type SettingsFile,
} from '../settings/schema.ts';
import { asStorePolicies, storeSchema } from '../settings/stores-schema.ts';
import { wrapSchema } from '../settings/wrap-schema.ts';
import { ALGORITHMS, type Algorithm } from '../token/key.ts';
import { purposesSchema } from './purposes-schema.ts';
import { VALIDATED_CLAIMS } from './validated-claims.ts';

const ONE_LEDGER = 'must be {memory: true}, or {redis: …} with where it is';

const optionsSchema = z.strictObject({
  issuer,
  name: name.default('app'),
  purposes: purposesSchema,
  ledger: ledgerSchema
    .extend({ memory: z.literal(true).optional() })
    // An address that is undefined, as that of an unset variable is, must not become a ledger of one process.
    .refine(({ memory, redis }) => (memory === undefined) !== (redis === undefined), ONE_LEDGER)
    .default({ memory: true, namespace: 'matchstick', shards: 4, timeoutMs: 1000 }),
  keys: z
    .strictObject({
      algorithm: z.enum(ALGORITHMS).default('ES256'),
      file: z.string().min(1).optional(),
      jwks: z.looseObject({ keys: z.array(z.unknown()) }).optional(),
      rotateEvery,
      wrap: wrapSchema.optional(),
    })
    .refine(
      ({ file, jwks }) => file === undefined || jwks === undefined,
      'must be a file or a jwks, not both',
    )
    .refine(({ file, wrap }) => wrap === undefined || file !== undefined, {
      path: ['wrap'],
      message: 'is for keys in a file: name one in keys.file',
    })
    .prefault({}),
  stores: z.record(name, storeSchema).default({}),
  clockTolerance,
  log: z.custom<Log>(isLog, 'must have the functions info, warn and error').optional(),
  onEvent: z.custom<HearEvent>((value) => typeof value === 'function', 'must be a function').optional(),
  events: z.strictObject({ keep: wholeNumber(0, MOST_EVENTS).default(100_000) }).prefault({}),
});

/** Where keys are. Neither: in the memory of this process, newly made. */
export interface KeysSource {
  readonly algorithm: Algorithm;
  readonly file?: string | undefined;
  /** Seconds; absent for never. */
  readonly rotateEvery?: number | undefined;
  readonly jwks?: { readonly keys: readonly unknown[] } | undefined;
  readonly wrap?: Wrap | undefined;
}

/** In one's own process nobody presses links and nobody is a stranger; the code of a link is as limited as anywhere. */
const NO_QUOTAS: Quotas = { code: { count: 10, perSeconds: 3600 } };

export interface ParsedOptions extends DeclaredPurposes {
  readonly quotas: Quotas;
  readonly issuer: string;
  readonly name: string;
  readonly ledger: SettingsFile['ledger'];
  readonly keys: KeysSource;
  readonly stores: StorePolicies;
  readonly clockToleranceSeconds: number;
  readonly log?: Log | undefined;
  readonly onEvent?: HearEvent | undefined;
  readonly events: { readonly keep: number };
}

const KEYS_REQUIRED =
  'is required with a ledger in Redis: a file or a jwks. Everybody who shares tokens shares keys';

/** Throws a SettingsError that lists every problem. */
export function parseMatchstickOptions(options: unknown): ParsedOptions {
  const parsed = parseBy(optionsSchema, options);
  if (!parsed.ok) throw wrongOptions(parsed.problems.map(ofOptions));
  const { purposes: policies, stores: declaredStores, clockTolerance, ledger, ...rest } = parsed.value;
  const stores = asStorePolicies(declaredStores);
  const purposes = parsePurposes(policies, VALIDATED_CLAIMS, stores);
  const { file, jwks } = rest.keys;
  const lacksKeys = ledger.redis && file === undefined && jwks === undefined;
  const noKeys = lacksKeys ? [{ path: 'keys', message: KEYS_REQUIRED }] : [];
  const unfitFiles = ledger.redis ? redisFileProblems(ledger.redis) : [];
  const others = [...noKeys, ...unfitFiles];
  if (!purposes.ok) throw wrongOptions([...purposes.problems, ...others]);
  if (others.length > 0) throw wrongOptions(others);
  return {
    ...rest,
    ...purposes.value,
    ledger,
    stores,
    clockToleranceSeconds: clockTolerance,
    quotas: NO_QUOTAS,
  };
}

/** What is wrong with the options as a whole has no name of its own. */
function ofOptions(problem: InputProblem): InputProblem {
  if (problem.path !== '') return problem;
  return { path: 'options', message: 'must be an object with issuer and purposes' };
}

export function wrongOptions(problems: readonly InputProblem[]): SettingsError {
  return new SettingsError('createMatchstick', problems);
}

function isLog(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function')
  );
}
