import { inspect } from 'node:util';
import { expect } from 'chai';
import { createMatchstick, definePurposes } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const purposes = definePurposes({
  report: {
    audience: 'app',
    lifetime: '15m',
    opens: { s3: { store: 'reports', key: 'of/{subject}.pdf', for: '30s' } },
  },
});
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret-at-all' };

describe('what the library gives', () => {
  const onClose = cleanupAfter(after);

  before(() => {
    const previous = Object.keys(CREDENTIALS).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, CREDENTIALS);
    onClose(() => {
      for (const [name, value] of previous) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
  });

  it('J5: is printed without token and signed URL, which JSON still has', async () => {
    const stores = { reports: { bucket: 'acme-reports', region: 'eu-central-1' } };
    const matchstick = await createMatchstick({ issuer: 'https://cap.example.test', purposes, stores });
    onClose(matchstick.close);
    const minted = await matchstick.mint('report', { subject: 'user-42' });
    const many = await matchstick.mintMany('report', [{ subject: 'user-43' }]);
    for (const one of [minted, ...many]) {
      expect(inspect([one]))
        .to.include('[concealed]')
        .and.include(one.jti)
        .and.not.include(one.token);
      expect(JSON.parse(JSON.stringify(one)).token).to.equal(one.token);
      expect({ ...one }.token).to.match(/^eyJ/);
    }
    const redemption = await matchstick.redeem(minted.token, 'report');
    expect(inspect(redemption)).to.include('user-42').and.not.include('X-Amz-Signature');
    expect(JSON.stringify(redemption)).to.include('X-Amz-Signature');
  });
});
