import { MatchstickError } from '../errors.ts';
import { type LimitedBy, type LimitName, rateLimited } from './limit.ts';

/** A limit that somebody met. No subject and no address is told. */
export interface MetLimit {
  readonly limit: LimitName;
  readonly purpose?: string;
  readonly caller?: string;
}

/** The setting of each limit, as the configuration names it. */
const SETTINGS: Readonly<Record<LimitName, (met: MetLimit) => string>> = {
  'mint-per-subject': ({ purpose = '<purpose>' }) => `purposes.${purpose}.limit`,
  'link-per-address': () => 'limits.link',
  'code-per-subject': () => 'limits.code',
  'unknown-key-per-address': () => 'limits.caller',
  'calls-per-caller': ({ caller = '<caller>' }) => `callers.${caller}.limit`,
};

/** The path of the setting that makes a limit, such as `limits.caller`. */
export function limitSetting(met: MetLimit): string {
  return SETTINGS[met.limit](met);
}

/** The refusal of somebody who met a limit. It names the setting, which an operator could not find by the limit's name. */
export function limitReached(
  { quota }: Pick<LimitedBy, 'quota'>,
  met: MetLimit,
  taken: { readonly retryAfterSeconds: number },
): MatchstickError {
  const { code, message, extras } = rateLimited({ limit: met.limit, quota }, taken);
  return new MatchstickError(code, `${message} The setting is ${limitSetting(met)}.`, extras);
}
