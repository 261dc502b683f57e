import { expect } from 'chai';
import { clientAddress, clientShare, isFromThisHost, shareOf } from '../../src/http/client-address.ts';

describe('the address whose share a visit is', () => {
  it('is an IPv4 address itself, in whatever way it is written', () => {
    for (const text of [
      '203.0.113.7',
      ' 203.0.113.7 ',
      '203.0.113.7:4711',
      '::ffff:203.0.113.7',
      '::ffff:cb00:7107',
    ]) {
      expect(shareOf(text), text).to.equal('203.0.113.7');
    }
    expect(shareOf('203.0.113.8')).to.not.equal(shareOf('203.0.113.7'));
  });

  it('is the /56 of an IPv6 address', () => {
    const share = shareOf('2001:db8:1:200::1');
    const same = [
      ...['2001:db8:1:2ff::', '2001:DB8:1:0200:ffff:ffff:ffff:ffff', '[2001:db8:1:201::9]:443'],
      ...['2001:db8:1:2aa::1%eth0', '2001:db8:1:2aa::192.0.2.1'],
    ];
    for (const text of same) expect(shareOf(text), text).to.equal(share);
    for (const text of ['2001:db8:1:300::1', '2001:db8:2:200::1', '::1', '::']) {
      expect(shareOf(text), text).to.be.a('string').and.not.equal(share);
    }
    expect(shareOf('::203.0.113.7'), 'which is not mapped').to.equal(shareOf('::1'));
  });

  it('is an IPv4 address of its own behind a translator, too, but never one of this host', () => {
    expect(shareOf('64:ff9b::203.0.113.7')).to.equal(shareOf('64:ff9b::cb00:7107'));
    expect(shareOf('64:ff9b::203.0.113.7')).to.not.equal(shareOf('64:ff9b::203.0.113.8'));
    expect(shareOf('64:ff9b:1::203.0.113.7')).to.equal(shareOf('64:ff9b:1::203.0.113.8'));
    expect(isFromThisHost({ headers: {}, socket: { remoteAddress: '64:ff9b::127.0.0.1' } })).to.equal(false);
    expect(isFromThisHost({ headers: {}, socket: { remoteAddress: '::ffff:127.0.0.1' } })).to.equal(true);
  });

  it('is what the outermost proxy wrote, where lines of the header have nothing in them', () => {
    // RFC 9110 section 5.6.1: empty elements of a list do not count.
    for (const forwardedFor of [
      '203.0.113.7, 192.0.2.1',
      '203.0.113.7, , 192.0.2.1,',
      ',203.0.113.7,192.0.2.1, ',
    ]) {
      expect(clientShare(forwardedFor, '192.0.2.2', 2), forwardedFor).to.equal('203.0.113.7');
      expect(clientAddress(forwardedFor, '192.0.2.2', 2), forwardedFor).to.equal('203.0.113.7');
    }
  });

  it('is nobody where there is no address', () => {
    for (const text of [
      undefined,
      '',
      'unknown',
      '_hidden',
      '1.2.3',
      '1.2.3.4.5',
      'example.test',
      '::g',
      '[::1',
      '1.2.3.4:x',
    ]) {
      expect(shareOf(text), String(text)).to.equal(undefined);
    }
  });
});
