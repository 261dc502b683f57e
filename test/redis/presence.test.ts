import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { ReplyError } from 'ioredis';
import type { LedgerClient } from '../../src/redis/client.ts';
import { watchPresence } from '../../src/redis/presence.ts';

const REFUSED = () => new Error('connect ECONNREFUSED 10.0.0.1:6379');

describe('what is told of an absent Redis', () => {
  function watched() {
    let nowMs = 0;
    const told: string[] = [];
    const client = new EventEmitter();
    const presence = watchPresence(
      client as unknown as LedgerClient,
      () => nowMs,
      (now) => told.push(now.here ? 'here' : now.reason),
    );
    const pass = (milliseconds: number) => {
      nowMs += milliseconds;
    };
    return { client, presence, told, pass };
  }

  it('is its reason: once, again when it changes, and once a minute while it lasts', () => {
    const { client, told, pass } = watched();
    for (let tries = 0; tries < 1000; tries++, pass(500)) client.emit('away', REFUSED());
    expect(told).to.deep.equal(Array.from({ length: 9 }, () => REFUSED().message));
    client.emit('away', new ReplyError('WRONGPASS invalid username-password pair or user is disabled.'));
    client.emit('away', REFUSED());
    expect(told.slice(9)).to.deep.equal(['it refuses the user name or the password (WRONGPASS)']);
  });

  it('is that it is back, if it was told to be away', () => {
    const { client, told, pass } = watched();
    client.emit('ready');
    pass(60_000);
    client.emit('close');
    client.emit('away', REFUSED());
    client.emit('ready');
    expect(told).to.deep.equal(['here', 'it closed the connection', REFUSED().message, 'here']);
  });

  it('is no more than once a minute that it comes and goes', () => {
    const { client, told, pass } = watched();
    client.emit('ready');
    for (let times = 0; times < 200; times++, pass(1000)) {
      client.emit('close');
      client.emit('ready');
    }
    expect(told.filter((each) => each === 'here')).to.have.length(5);
    expect(told).to.have.length(9);
  });

  it('is the error that came before the end, and none of those that say nothing', () => {
    const { client, presence, told } = watched();
    client.emit('away', new Error('Connection is closed.'));
    client.emit('away', Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: null }));
    expect(told).to.deep.equal([]);
    expect(presence.error().message).to.equal('it does not answer');
    const lastNodeError = new ReplyError('NOAUTH Authentication required.');
    client.emit('away', Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError }));
    expect(told.splice(0)).to.deep.equal([
      'it requires a password (NOAUTH): set ledger.redis.password or passwordFile',
    ]);
    expect(presence.error().isLasting).to.equal(true);
    client.emit('ready');
    client.emit('away', new Error("Socket timeout. Expecting data, but didn't receive any in 1500ms."));
    client.emit('close');
    expect(told).to.deep.equal(['here', 'it does not answer']);
  });

  it('is what to do about a certificate that is out of date, and that it may pass', () => {
    const { client, presence, told } = watched();
    for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
      client.emit('away', Object.assign(new Error('certificate'), { code }));
    }
    expect(told[0]).to.match(/^its certificate has expired: renew it .* \(CERT_HAS_EXPIRED\)$/);
    expect(told[1]).to.match(/^its certificate is not valid yet: set the clock .* \(CERT_NOT_YET_VALID\)$/);
    expect(presence.error().isLasting).to.equal(false);
  });

  it('is nothing once it is closed on purpose', () => {
    const { client, presence, told } = watched();
    client.emit('ready');
    presence.stop();
    client.emit('close');
    client.emit('away', REFUSED());
    expect(told).to.deep.equal(['here']);
  });
});
