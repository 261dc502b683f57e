export { createMatchstick, type InProcessMatchstick } from './assembly/create-matchstick.ts';
export type { Log } from './contract/log.ts';
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
} from './contract/matchstick.ts';
export type { Readiness, Remark } from './contract/readiness.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorExtras,
  type InputProblem,
  type ListedProblem,
  MatchstickError,
} from './errors.ts';
export { definePurposes } from './library/define-purposes.ts';
export type {
  ClusterOptions,
  KeyOptions,
  MatchstickOptions,
  MemoryLedgerOptions,
  RedisLedgerOptions,
  RedisServerOptions,
  RedisTlsOptions,
  SentinelOptions,
  StoreOptions,
  WrapOptions,
  WrapWayOptions,
} from './library/options.ts';
export type {
  Duration,
  LinkPolicy,
  OpensPolicy,
  PurposePolicies,
  PurposePolicy,
  PurposeTypesOf,
} from './library/purpose-policy.ts';
export { SettingsError } from './settings/error.ts';
