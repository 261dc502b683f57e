import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Known } from '../../src/console/known.ts';
import { sentenceOf } from '../../src/console/narrate.ts';
import { epochReason, limitMet, REASONS, reasonOf } from '../../src/console/reasons.ts';
import { verdictOf } from '../../src/console/verdict.ts';
import type { MatchstickEvent } from '../../src/events/event.ts';
import { LIMIT_NAMES } from '../../src/limits/limit.ts';
import { EPOCH_REASONS } from '../../src/metrics/labels.ts';

const NOW = Date.parse('2026-11-27T12:30:00.000Z');

const at = (
  minute: number,
  type: MatchstickEvent['type'],
  more: Partial<MatchstickEvent> = {},
): MatchstickEvent => ({
  ...{ v: 1, id: `${minute}`, time: `2026-11-27T12:${minute}:00.000Z`, type, instance: 'cap-1/1' },
  ...{ outcome: type.endsWith('refused') ? 'refused' : 'ok', actor: { kind: 'caller', id: 'shop' }, ...more },
});

const judge = (state: Known['state']['state'], { events = [], causes = [], ...more }: Partial<Known> = {}) =>
  verdictOf({
    events,
    causes,
    nowMs: NOW,
    state: {
      ...{ active: state === 'live', state },
      ...{ issuedAt: '2026-11-27T12:10:00Z', expiresAt: '2026-11-27T12:40:00Z', ...more.state },
    },
  });

describe('the verdict on a token', () => {
  it('has words for every code that the documentation of events explains', () => {
    const docs = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
    const [, why = ''] = docs.split('Why did this link not work?\n');
    const refusals = [...why.matchAll(/^\| `link\.refused`(?: or `token\.refused`)? with (`[^,|]+)/gm)];
    const codes = new Set(refusals.flatMap(([, cell = '']) => cell.match(/(?<=`)[a-z_]+(?=`)/g) ?? []));
    expect(codes.size).to.be.greaterThan(10);
    expect(Object.keys(REASONS)).to.include.members([...codes]);
    for (const code of Object.keys(REASONS)) {
      expect(reasonOf(code).happened).to.not.include('_');
      expect(reasonOf(code).todo).to.match(/\.$/);
    }
    for (const reason of EPOCH_REASONS) expect(epochReason(reason)).to.not.include('-');
    for (const limit of LIMIT_NAMES) expect(limitMet(limit)).to.match(/^the limit of /);
    expect(reasonOf('brand_new').happened).to.equal('brand_new');
    expect(epochReason('brand-new')).to.include('brand-new');
  });

  it('says that a link is locked, also if it was tried again since', () => {
    const events = [
      at(11, 'link.refused', { code: 'code_wrong' }),
      at(12, 'link.refused', { code: 'code_locked' }),
      at(13, 'link.refused', { code: 'code_locked' }),
    ];
    expect(judge('live', { events: events.slice(0, 1) }).word).to.equal('Works');
    expect(judge('live', { events })).to.include({ word: 'Locked', tone: 'bad' });
  });

  it('judges by the last refusal, whichever way it came', () => {
    const events = [
      at(11, 'token.refused', { code: 'purpose_mismatch' }),
      at(12, 'link.refused', { code: 'pressed_elsewhere' }),
    ];
    expect(judge('live', { events }).sentence).to.match(
      /12:12:00.*a page that is not of this service pressed the button/,
    );
  });

  it('counts the uses of a token that has more than one', () => {
    const verdict = judge('live', {
      events: [at(11, 'link.opened'), at(12, 'token.redeemed')],
      state: { active: true, state: 'live', usesLeft: 2 },
    });
    expect(verdict.sentence).to.match(
      /shop used it at .*12:12:00.*used once in all, and can be used 2 times more/,
    );
    expect(verdict.sentence).to.not.match(/not been used|nobody/i);
  });

  it('says of a silence of Redis that it may hide a visit', () => {
    const causes = [at(15, 'ledger.lost', { actor: { kind: 'system' }, outcome: 'error' })];
    expect(judge('live', { causes }).sentence).to.match(/Redis was silent at 2026-11-27 12:15:00 UTC/);
    expect(judge('expired', { causes }).sentence).to.match(/Redis was silent at 2026-11-27 12:15:00 UTC/);
  });

  it('says what made an expired token unusable before its time was over', () => {
    const epoch = at(20, 'epoch.began', { code: 'identity-changed', actor: { kind: 'system' } });
    const late = at(50, 'epoch.began', { code: 'identity-changed', actor: { kind: 'system' } });
    expect(judge('expired', { events: [at(12, 'token.superseded')] })).to.satisfy(
      ({ sentence, todo }: { sentence: string; todo: string }) =>
        sentence.includes('shop made a newer one') && todo.includes('newest'),
    );
    expect(judge('expired', { causes: [epoch] }).sentence).to.match(/new memory.*Redis was restarted/);
    expect(judge('expired', { causes: [late] }).sentence).to.match(/^Nobody used it in time/);
    expect(judge('expired', { causes: [at(20, 'subject.revoked')] }).todo).to.match(
      /Ask the person who revoked it/,
    );
  });

  it('says of a void token that it was used, if it was, and else why the memory began', () => {
    const causes = [at(20, 'epoch.began', { code: 'no-epoch', actor: { kind: 'system' } })];
    expect(judge('void', { causes, events: [at(12, 'token.redeemed')] }).word).to.equal('Used');
    expect(judge('void', { causes }).sentence)
      .to.match(/12:20:00.*Redis was empty/)
      .and.not.match(/first/);
  });

  it('tells who revoked it, by whatever name', () => {
    const who = { actor: { kind: 'operator', id: 'ann' } } as const;
    for (const type of ['subject.revoked', 'key.revoked'] as const) {
      const cause = at(20, type, { ...who, token: { kid: 'k1' } });
      expect(judge('revoked', { causes: [cause] }).sentence).to.match(/^The operator ann revoked/);
      expect(sentenceOf(cause)).to.include('ann');
    }
    expect(judge('revoked').sentence).to.include('no longer kept');
  });
});
