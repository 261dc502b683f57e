import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { drawnAtMs, newEventId } from '../../src/events/id.ts';

describe('the id of an event', () => {
  it('is a UUID of version 7, and tells when it was drawn', () => {
    for (const nowMs of [0, 1, 0xffff, 0x1_0000, Date.now(), 2 ** 48 - 1]) {
      for (let each = 0; each < 50; each++) {
        const id = newEventId(nowMs, randomBytes);
        expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(drawnAtMs(id), id).to.equal(nowMs);
      }
    }
    expect(drawnAtMs('not-an-id')).to.equal(undefined);
  });

  it('holds every random bit but the four of its version and two of its variant', () => {
    const ids = Array.from({ length: 300 }, () => newEventId(0, randomBytes).replaceAll('-', ''));
    const digitsAt = (at: number) => new Set(ids.map((id) => id.charAt(at)));
    for (let at = 13; at < 32; at++) expect(digitsAt(at).size, String(at)).to.equal(at === 16 ? 4 : 16);
  });
});
