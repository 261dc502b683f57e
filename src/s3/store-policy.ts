/** A longer URL cannot be signed: Signature Version 4 ends it after a week. */
export const MAX_EXPIRES_IN_SECONDS = 604_800;
export const DEFAULT_EXPIRES_IN_SECONDS = 60;

/** A bucket, or a part of one, as a deployment configures it. Its credentials are found by the AWS SDK. */
export interface StorePolicy {
  readonly name: string;
  readonly bucket: string;
  /** Absent: what the SDK finds for this process. */
  readonly region?: string;
  /** Every object of the store lies under it. Empty: the whole bucket. */
  readonly prefix: string;
  /** Absent: AWS. */
  readonly endpoint?: string;
  /** Whether the bucket stands in the path instead of the host name. */
  readonly pathStyle: boolean;
  /** A profile of the SDK's shared configuration files. Absent: the SDK chooses. */
  readonly profile?: string;
  readonly maxExpiresInSeconds: number;
}

export type StorePolicies = ReadonlyMap<string, StorePolicy>;

/** How long a URL lives that nobody said anything about. */
export function defaultExpiresIn({ maxExpiresInSeconds }: StorePolicy): number {
  return Math.min(DEFAULT_EXPIRES_IN_SECONDS, maxExpiresInSeconds);
}
