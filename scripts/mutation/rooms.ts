/** What is changed, and the tests that look at it: the quick ones first. */
export const ROOMS: Readonly<
  Record<string, { readonly files: RegExp; readonly stages: readonly (readonly string[])[] }>
> = {
  token: {
    files: /^src\/token\/.*\.ts$/,
    stages: [
      ['test/vectors/**/*.test.ts', 'test/burn/**/*.test.ts'],
      ['test/token/**/*.test.ts'],
      [
        'test/library/**/*.test.ts',
        'test/http/bindings.test.ts',
        'test/http/redeem.test.ts',
        'test/http/sealed-claims.test.ts',
      ],
    ],
  },
  burn: {
    files: /^src\/burn\/.*\.ts$/,
    stages: [
      ['test/burn/**/*.test.ts', 'test/links/**/*.test.ts'],
      ['test/library/**/*.test.ts'],
      [
        'test/http/mint.test.ts',
        'test/http/mint-batch.test.ts',
        'test/http/redeem.test.ts',
        'test/http/bindings.test.ts',
        'test/http/inspect.test.ts',
        'test/http/links.test.ts',
        'test/http/sealed-claims.test.ts',
        'test/http/s3-urls.test.ts',
        'test/s3/opener.test.ts',
      ],
    ],
  },
  ledger: {
    files: /^src\/ledger\/.*\.ts$/,
    stages: [
      ['test/ledger/**/*.test.ts'],
      ['test/library/**/*.test.ts'],
      ['test/model/memory-ledger.test.ts'],
    ],
  },
  redis: {
    files: /^src\/redis\/(?!scripts\/).*\.ts$/,
    stages: [
      [
        'test/redis/ask.test.ts',
        'test/redis/client.test.ts',
        'test/redis/clock.test.ts',
        'test/redis/connection.test.ts',
        'test/redis/fitness.test.ts',
        'test/redis/server-url.test.ts',
        'test/redis/shards.test.ts',
        'test/redis/shared-question.test.ts',
        'test/redis/watch-fitness.test.ts',
      ],
      [
        'test/redis/ledger.test.ts',
        'test/redis/collect.test.ts',
        'test/redis/deposits.test.ts',
        'test/redis/freeze.test.ts',
        'test/redis/lost-connection.test.ts',
        'test/redis/out-of-step.test.ts',
        'test/redis/earlier-memories.test.ts',
      ],
      [
        'test/redis/forgetting.test.ts',
        'test/redis/lapsed-holds.test.ts',
        'test/redis/lost-records.test.ts',
        'test/redis/proofs.test.ts',
        'test/redis/records.test.ts',
        'test/redis/revoked-keys.test.ts',
        'test/redis/scripts.test.ts',
        'test/redis/set-clock.test.ts',
        'test/redis/thaw-once.test.ts',
      ],
      [
        'test/cli/matchstick.test.ts',
        'test/main/states.test.ts',
        'test/main/looks-at-redis.test.ts',
        'test/main/lost-redis.test.ts',
      ],
    ],
  },
  scripts: {
    files: /^src\/redis\/scripts\/.*\.lua$/,
    stages: [
      ['test/redis/ledger.test.ts', 'test/redis/collect.test.ts', 'test/redis/deposits.test.ts'],
      [
        'test/redis/freeze.test.ts',
        'test/redis/forgetting.test.ts',
        'test/redis/lapsed-holds.test.ts',
        'test/redis/lost-records.test.ts',
        'test/redis/proofs.test.ts',
        'test/redis/records.test.ts',
        'test/redis/revoked-keys.test.ts',
        'test/redis/set-clock.test.ts',
        'test/redis/thaw-once.test.ts',
        'test/redis/out-of-step.test.ts',
        'test/redis/earlier-memories.test.ts',
      ],
      ['test/model/redis-ledger.test.ts', 'test/redis/scripts.test.ts'],
    ],
  },
};
