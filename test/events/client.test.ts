import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { clientOf, rememberClients } from '../../src/events/client.ts';
import { heapInUse } from '../support/heap.ts';

describe('what events say of a client', () => {
  it('is the network of its address, unless the whole address or nothing is to be told', () => {
    for (const [address, network] of [
      ['203.0.113.7', '203.0.113.0/24'],
      ['2001:db8:1234:56ff:1:2:3:4', '2001:db8:1234:5600::/56'],
      ['2001:db8::1', '2001:db8::/56'],
      ['::1', '::/56'],
      ['::ffff:203.0.113.7', '203.0.113.0/24'],
      ['::ffff:cb00:7107', '203.0.113.0/24'],
    ] as const) {
      expect(clientOf(address, undefined, 'truncated'), address).to.deep.equal({ address: network });
      expect(clientOf(address, undefined, 'full'), address).to.deep.equal({ address });
      expect(clientOf(address, 'curl/8.5', 'none'), address).to.equal(undefined);
    }
    for (const address of [undefined, '', 'unknown', 'example.test', '203.0.113.7:80']) {
      expect(clientOf(address, 'curl/8.5', 'full'), address).to.equal(undefined);
    }
  });

  it('is the same for one that came before, and never that of another', () => {
    const told = rememberClients('full');
    const [addresses, agents] = [
      ['203.0.113.7', '203.0.113.8', undefined],
      ['curl/8.5', 'wget/1.2', undefined],
    ];
    for (let again = 0; again < 2; again++) {
      for (const address of addresses) {
        for (const agent of agents) {
          expect(told(address, agent), `${address} ${agent}`).to.deep.equal(clientOf(address, agent, 'full'));
        }
      }
    }
    for (const [address, agent] of [
      ['203.0.113.1', '1x'],
      ['203.0.113.11', 'x'],
    ] as const) {
      expect(told(address, agent)).to.deep.equal({ address, agent });
    }
    for (let count = 0; count < 2500; count++) {
      expect(told('203.0.113.7', `agent/${count}`)).to.have.property('agent', `agent/${count}`);
    }
    expect(told('203.0.113.8', 'curl/8.5')).to.deep.equal({ address: '203.0.113.8', agent: 'curl/8.5' });
  });

  it('is remembered of few clients and short names alone, however many come', () => {
    const told = rememberClients('full');
    const before = heapInUse();
    for (let count = 0; count < 100_000; count++) told('203.0.113.7', `agent/${count}`);
    for (let count = 0; count < 900; count++) told('203.0.113.7', `${count} ${'word '.repeat(3000)}`);
    expect(heapInUse() - before).to.be.below(4_000_000);
    expect(told('203.0.113.7', 'the last')).to.have.property('agent', 'the last');
  });

  it('is how it calls itself, as one short line', () => {
    const agent = (text: string) => clientOf('203.0.113.7', text, 'truncated')?.agent;
    const browser =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';
    expect(agent(browser)).to.equal(browser);
    expect(agent('')).to.equal(undefined);
    expect(agent('  \t ')).to.equal('?');
    expect(agent('a\r\nb\u001b[31mc\u0000d\u2028e\u202ef\u00e4')).to.equal('a??b?[31mc?d?e?f?');
    expect(agent('word '.repeat(100_000))?.length).to.be.at.most(200);
    expect(agent('\u{1f600}'.repeat(300))).to.equal('?'.repeat(200));
  });

  it('holds nothing that could be a token, a key or a reference', () => {
    const key = `ms_main-app_${randomBytes(32).toString('base64url')}`;
    const reference = randomBytes(17).toString('base64url').slice(0, 22);
    const jws = [60, 200, 64].map((size) => randomBytes(size).toString('base64url')).join('.');
    for (const secret of [key, reference, jws, randomBytes(16).toString('hex')]) {
      for (const text of [secret, `Bot/1.0 (${secret})`, `curl/8 https://cap.example/l/${secret}?x`]) {
        const agent = clientOf('203.0.113.7', text, 'truncated')?.agent ?? '';
        expect(agent).to.include('[concealed]');
        for (let at = 0; at + 12 < secret.length; at += 6) {
          expect(agent, text).to.not.include(secret.slice(at, at + 12));
        }
      }
    }
  });

  it('holds no beginning of a secret that stands where reading ends', () => {
    const secret = randomBytes(32).toString('base64url');
    for (let before = 780; before < 800; before++) {
      const agent = clientOf('203.0.113.7', `${'a'.repeat(before - 1)} ${secret}`, 'truncated')?.agent;
      expect(agent, String(before)).to.equal('[concealed]');
    }
  });

  it('holds no beginning of a secret that stands where the name is cut off', () => {
    const secret = randomBytes(32).toString('base64url');
    for (let at = 180; at < 199; at++) {
      const words = 'word '.repeat(40).slice(0, at - 2);
      const text = `${words}. ${secret}`;
      expect(clientOf('203.0.113.7', text, 'truncated')?.agent).to.equal(
        `${words}. [concealed]`.slice(0, 200).trim(),
      );
    }
  });
});
