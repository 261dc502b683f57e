import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { connectLedger } from '../../src/redis/connection.ts';
import { examineRedis } from '../../src/redis/fitness.ts';
import { SCRIPTED_COMMANDS } from '../../src/redis/rights.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** What scripts run, with what they are run, and with what events are read. */
const COMMANDS = [...SCRIPTED_COMMANDS, 'eval', 'evalsha', 'xlen', 'xrange', 'xrevrange'];

/** The rules of the user that the documentation shows, with keys of the tests' namespace. */
async function documentedRules(): Promise<readonly string[]> {
  const docs = await readFile(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const [, rules = ''] = /^ACL SETUSER matchstick (.+)$/m.exec(docs) ?? [];
  return rules.replace('~matchstick:', `~${TEST_LEDGER.namespace}:`).split(' ');
}

describe('the rights of a Redis user', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  /** What a look says of the rights of a user with these rules. */
  async function look(rules: readonly string[]): Promise<string> {
    await redis.command('ACL', 'SETUSER', 'looked-at', 'reset', ...rules);
    const url = redis.url.replace('//', '//looked-at:change-me@');
    const connection = connectLedger({ url }, { timeoutMs: 5000, monotonicMs: () => performance.now() });
    try {
      const findings = await connection.answer((client) => examineRedis(client, TEST_LEDGER));
      const refused = findings.filter(({ level }) => level === 'refuse');
      return refused.map(({ check, detail }) => `${check}: ${detail}`).join('\n');
    } catch (error) {
      return String(error instanceof Error && error.cause);
    } finally {
      await connection.close();
    }
  }

  it('are documented as what the scripts run, and what they are run with, and no more', async () => {
    const rights = (await documentedRules())
      .filter((rule) => rule.startsWith('+'))
      .map((rule) => rule.slice(1));
    expect([...rights].sort()).to.deep.equal([...COMMANDS, 'config|get'].sort());
  });

  it('are enough as they are documented', async () => {
    expect(await look(await documentedRules())).to.equal('');
    expect(await look((await documentedRules()).filter((rule) => rule !== '+config|get'))).to.equal('');
  });

  for (const command of COMMANDS) {
    it(`are named when +${command} is missing`, async () => {
      const said = await look((await documentedRules()).filter((rule) => rule !== `+${command}`));
      expect(said)
        .to.match(new RegExp(`\\+${command}\\b`))
        .and.include('docs/redis.md');
      for (const other of COMMANDS.filter((each) => each !== command)) {
        expect(said).to.not.match(new RegExp(`\\+${other}\\b`));
      }
    });
  }

  it('are named when the keys, or some of them, are missing', async () => {
    const named = /the user lacks ~test:\*: add it/;
    for (const keys of ['~other:*', '~test:*:{0}:*', '%R~test:*']) {
      const rules = (await documentedRules()).map((rule) => (rule.startsWith('~') ? keys : rule));
      expect(await look(rules), keys).to.match(named);
    }
  });

  it('are looked at without a key that is written and a command that is refused', async () => {
    await redis.command('ACL', 'LOG', 'RESET');
    await look((await documentedRules()).filter((rule) => rule !== '+hdel'));
    expect(await redis.command('DBSIZE')).to.equal(0);
    expect(await redis.command('ACL', 'LOG')).to.deep.equal([]);
  });
});
