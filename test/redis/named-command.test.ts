import { tracingChannel } from 'node:diagnostics_channel';
import { expect } from 'chai';
import { Command, Redis } from 'ioredis';
import { sendScript } from '../../src/redis/named-command.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const SCRIPT = { name: 'told', by: 'eval', script: "return 'done'", keys: [], args: ['a secret'] } as const;

describe('a script that is sent to Redis', () => {
  const onClose = cleanupAfter(after);
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
    onClose(server.close);
  });

  it('shows who watches commands its name, and none of its arguments', async () => {
    const redis = new Redis(server.url, { lazyConnect: true });
    onClose(() => redis.disconnect());
    await redis.connect();
    const told: unknown[] = [];
    const { start } = tracingChannel('ioredis:command');
    const hear = (about: unknown) => {
      told.push(about);
    };
    start.subscribe(hear);
    try {
      expect(await sendScript(redis, SCRIPT)).to.equal('done');
    } finally {
      start.unsubscribe(hear);
    }
    expect(JSON.stringify(told)).to.contain('"matchstick.told"').and.not.contain('secret');
  });

  it('keeps its name when a Cluster sends it on to another node', async () => {
    const names: string[] = [];
    const redis = new Redis({ lazyConnect: true });
    redis.sendCommand = (command) => {
      for (let node = 0; node < 2; node++) {
        names.push(command.name);
        expect(String(command.toWritable({}))).to.match(/^\*4\r\n\$4\r\neval\r\n/);
      }
      if (command instanceof Command) command.resolve('done');
      return command.promise;
    };
    expect(await sendScript(redis, SCRIPT)).to.equal('done');
    expect(names).to.deep.equal(['matchstick.told', 'matchstick.told']);
  });
});
