/** A promise, the line that keeps it, what the line becomes without it, and the tests that must go red then. */
export interface PromiseKept {
  readonly promise: string;
  readonly file: string;
  readonly line: string;
  readonly broken: string;
  readonly tests: readonly string[];
}

export const PROMISES: readonly PromiseKept[] = [
  {
    promise: 'a hold opens nothing',
    file: 'src/burn/grant.ts',
    line: "(open && use.outcome === 'burned' ?",
    broken: '(open ?',
    tests: ['test/burn/opening.test.ts'],
  },
  {
    promise: 'a mint tries again when its epoch ends under it',
    file: 'src/burn/mint.ts',
    line: 'const TRIES = 3;',
    broken: 'const TRIES = 1;',
    tests: ['test/burn/mint.test.ts'],
  },
  {
    promise: 'a held token past its expiry reads held until its hold ends',
    file: 'src/burn/inspect.ts',
    line: " && record.state !== 'held'",
    broken: '',
    tests: ['test/burn/inspect.test.ts'],
  },
  {
    promise: 'a token with all its uses held still counts as live, in memory',
    file: 'src/ledger/memory/record.ts',
    line: "exhausted(nowMs)?.state !== 'burned'",
    broken: 'exhausted(nowMs) === undefined',
    tests: ['test/ledger/memory-burns.test.ts'],
  },
  {
    promise: 'a token with all its uses held still counts as live, in Redis',
    file: 'src/redis/scripts/register.lua',
    line: "return token.newest.state ~= 'burned', token.newest.state == 'held'",
    broken: "return token.newest.state == 'released', token.newest.state == 'held'",
    tests: ['test/redis/ledger.test.ts'],
  },
  {
    promise: 'what is remembered of subjects expires',
    file: 'src/redis/scripts/subjects.lua',
    line: 'begun.over = subjects_over(number)',
    broken: 'begun.over = 4000000000 + subjects_over(number)',
    tests: ['test/redis/forgetting.test.ts'],
  },
  {
    promise: 'a request of HTTP/1.0 needs no Host',
    file: 'src/http/request-head.ts',
    line: "if (hosts.length === 0 && httpVersion === '1.0') return undefined;",
    broken: '',
    tests: ['test/http/one-connection.test.ts'],
  },
  {
    promise: 'codes are drawn without bias',
    file: 'src/links/code.ts',
    line: 'if (drawn < FAIR_BELOW) return',
    broken: 'return',
    tests: ['test/links/code.test.ts'],
  },
  {
    promise: "the ledger's clock follows a clock that was set forward: the lower bound of a reply counts",
    file: 'src/redis/clock.ts',
    line: 'atLeast > known ?',
    broken: 'false ?',
    tests: ['test/redis/clock.test.ts'],
  },
  {
    promise: "of the upper bounds of the ledger's clock the lowest holds",
    file: 'src/redis/clock.ts',
    line: 'Math.min(atMost, known)',
    broken: 'atMost',
    tests: ['test/redis/clock.test.ts'],
  },
  {
    promise: 'the changes that are remembered of an epoch never go down',
    file: 'src/redis/shards.ts',
    line: 'known.changes = Math.max(known.changes, changes);',
    broken: 'known.changes = changes;',
    tests: ['test/redis/shards.test.ts'],
  },
  {
    promise: 'a proof of a repeated attempt is taken for no other, in Redis',
    file: 'src/redis/scripts/burn.lua',
    line: 'put_repeat(bucket, nonce, repeats, proof, attempt)',
    broken: '',
    tests: ['test/redis/proofs.test.ts', 'test/redis/ledger.test.ts'],
  },
  {
    promise: 'a proof of a repeated attempt is taken for no other, in memory',
    file: 'src/ledger/memory/record.ts',
    line: 'proofs.set(proofName, attempt);\n          repeats++;',
    broken: 'repeats++;',
    tests: ['test/ledger/memory-burns.test.ts'],
  },
  {
    promise: "a token's uses above its purpose's are refused",
    file: 'src/token/verify.ts',
    line: 'if (id.uses > (purpose.uses ?? 1))',
    broken: 'if (false)',
    tests: ['test/token/verify.test.ts'],
  },
  {
    promise: 'only a key that is missing or unknown counts as one',
    file: 'src/http/perform.ts',
    line: "const isUnknown = error instanceof MatchstickError && error.code === 'caller_unknown';",
    broken: 'const isUnknown = error instanceof MatchstickError;',
    tests: ['test/http/limits.test.ts'],
  },
  {
    promise: 'a batch that is refused takes nothing from any of its subjects',
    file: 'src/operations/mint-limit.ts',
    line: 'await giveBack();',
    broken: '',
    tests: ['test/library/contract.test.ts'],
  },
  {
    promise: 'a dead link reads as dead, also when the limit of codes is used up',
    file: 'src/links/landing.ts',
    line: 'if (death !== undefined) {',
    broken: 'if (false) {',
    tests: ['test/http/limits-in-the-log.test.ts'],
  },
  {
    promise: 'a code is paid for before it is checked',
    file: 'src/links/unlock.ts',
    line: 'if (tried.isOpen) await limits.giveBack(by);',
    broken: 'if (true) await limits.giveBack(by);',
    tests: ['test/http/limits.test.ts'],
  },
  {
    promise: 'a crowd at one limit makes no other forget',
    file: 'src/limits/memory.ts',
    line: 'const windows = limits.get(limit) ??',
    broken: "const windows = limits.get('link-per-address') ??",
    tests: ['test/limits/memory.test.ts'],
  },
  {
    promise: 'what insures is asked only when there is no answer',
    file: 'src/limits/insured.ts',
    line: 'return await limits.take(by, amount);',
    broken:
      'const taken = await limits.take(by, amount); return taken.allowed ? taken : others.take(by, amount);',
    tests: ['test/limits/memory.test.ts'],
  },
  {
    promise: 'what an insurance counted is not given back',
    file: 'src/operations/limited.ts',
    line: 'if (!insured) return',
    broken: 'if (!insured?.isTimeUp) return',
    tests: ['test/operations/limited.test.ts'],
  },
  {
    promise: 'a share is given back for no refusal',
    file: 'src/limits/unanswered.ts',
    line: "outcome instanceof MatchstickError && outcome.code === 'ledger_unavailable'",
    broken: 'outcome instanceof MatchstickError',
    tests: ['test/limits/memory.test.ts'],
  },
  {
    promise: 'a silent Redis is waited for once',
    file: 'src/operations/limited.ts',
    line: 'if (insured.isTimeUp) throw insured.insteadOf;',
    broken: '',
    tests: ['test/operations/limited.test.ts'],
  },
  {
    promise: 'limits of different settings count for themselves',
    file: 'src/redis/limits.ts',
    line: 'name}`,',
    broken: 'limit}`,',
    tests: ['test/redis/limits.test.ts'],
  },
  {
    promise: 'a reply to another question is no yes of a limit',
    file: 'src/redis/limits.ts',
    line: 'throw new UnexpectedReplyError();',
    broken: '',
    tests: ['test/redis/limits.test.ts'],
  },
  {
    promise: 'whoever is refused is told once in a window',
    file: 'src/redis/scripts/limit.lua',
    line: "keep(tonumber(taken), 'r')",
    broken: "keep(tonumber(taken), '')",
    tests: ['test/redis/limits.test.ts'],
  },
];
