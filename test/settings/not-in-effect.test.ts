import { expect } from 'chai';
import { parseSettings } from '../../src/settings/parse.ts';

describe('settings of a later release', () => {
  const later = {
    keys: { rotateEvery: '30d' },
    callers: { c: { keySha256: ['a'.repeat(64)], revoke: true, operator: true } },
    purposes: {
      p: {
        audience: 'a',
        lifetime: '5m',
        uses: 5,
        live: 1,
        limit: { count: 5, per: '1h' },
      },
    },
  };

  it('are accepted, and each is reported by its path', () => {
    const { notInEffect } = parseSettings(JSON.stringify(later), {}, 'x');
    expect(notInEffect.map(({ path }) => path).sort()).to.deep.equal([
      'callers.c.operator',
      'keys.rotateEvery',
    ]);
    for (const { message } of notInEffect) expect(message).to.match(/^Not in effect in this version: .+\.$/);
  });

  it('are not reported where they are not set', () => {
    const { keys: _keys, ...rest } = later;
    const { notInEffect } = parseSettings(JSON.stringify(rest), {}, 'x');
    expect(notInEffect.map(({ path }) => path)).to.not.include('keys.rotateEvery');
  });
});
