export type { Log } from './api/log.ts';
export type {
  ClaimsOf,
  Inspected,
  Matchstick,
  Minted,
  MintOptions,
  Opens,
  Proof,
  PurposeMap,
  PurposeTypes,
  RedeemOptions,
  Redemption,
  RequestFacts,
  Revoked,
  RevokeTarget,
  Settled,
} from './api/matchstick.ts';
export type {
  ClusterOptions,
  KeyOptions,
  MatchstickOptions,
  MemoryLedgerOptions,
  RedisLedgerOptions,
  SentinelOptions,
  StoreOptions,
} from './api/options.ts';
export type {
  Duration,
  LinkPolicy,
  OpensPolicy,
  PurposePolicies,
  PurposePolicy,
  PurposeTypesOf,
} from './api/purposes.ts';
export type { Readiness, Remark } from './api/readiness.ts';
export { createMatchstick, type InProcessMatchstick } from './create-matchstick.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorExtras,
  type InputProblem,
  MatchstickError,
} from './errors.ts';
export { definePurposes } from './in-process/define-purposes.ts';
export { SettingsError } from './settings/settings-error.ts';
