import { expect } from 'chai';
import { isLoopback } from '../../src/settings/issuer.ts';
import { parseSettings } from '../../src/settings/parse.ts';

const issuer = (environment: Record<string, string>, text = '') =>
  parseSettings(text, environment, 'x').issuer;

describe('the issuer', () => {
  it('is where the service listens, unless the file says otherwise', () => {
    expect(issuer({})).to.equal('http://127.0.0.1:4100');
    expect(issuer({ PORT: '4200' })).to.equal('http://127.0.0.1:4200');
    expect(issuer({ HOST: 'localhost', PORT: '80' })).to.equal('http://localhost');
    expect(issuer({ HOST: '10.1.2.3' })).to.equal('http://10.1.2.3:4100');
    expect(issuer({ HOST: '::1', PORT: '5000' })).to.equal('http://[::1]:5000');
    expect(issuer({}, 'listen: { host: 10.0.0.1, port: 81 }')).to.equal('http://10.0.0.1:81');
  });

  it('is loopback for a service that listens on every address', () => {
    for (const HOST of ['0.0.0.0', '::'])
      expect(issuer({ HOST, PORT: '4200' })).to.equal('http://127.0.0.1:4200');
  });

  it('follows PORT too where the file has the default written out', () => {
    expect(issuer({ PORT: '4200' }, 'issuer: http://127.0.0.1:4100')).to.equal('http://127.0.0.1:4200');
  });

  it('does not follow a port that the system chooses, because it would be another at each start', () => {
    expect(issuer({ PORT: '0' })).to.equal('http://127.0.0.1:4100');
  });

  it('is what the file says, wherever the service listens', () => {
    for (const url of ['https://cap.example.com', 'http://127.0.0.1:5173', 'http://localhost:4100']) {
      expect(issuer({ HOST: '0.0.0.0', PORT: '4200' }, `issuer: ${url}`)).to.equal(url);
    }
  });
});

describe('a loopback address', () => {
  it('is one that only this machine reaches', () => {
    for (const host of [
      'localhost',
      'LOCALHOST',
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '[::1]',
      '0:0:0:0:0:0:0:1',
      '::ffff:127.0.0.1',
    ]) {
      expect(isLoopback(host), host).to.equal(true);
    }
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'localhost.example',
      '127.example.com',
      '128.0.0.1',
      '::2',
      '1.127.0.0.1',
    ]) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });
});
