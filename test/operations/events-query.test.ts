import { expect } from 'chai';
import { eventsQuery } from '../../src/operations/events.ts';

describe('a question for events', () => {
  it('takes types with blanks between them', () => {
    const { data } = eventsQuery.safeParse({ type: 'token.redeemed, token.refused' });
    expect([...(data?.type ?? [])]).to.deep.equal(['token.redeemed', 'token.refused']);
  });

  it('goes back from now, and not forwards: that would be all that is kept, with a gap', () => {
    expect(eventsQuery.safeParse({ before: 'now' }).success).to.equal(true);
    const refused = eventsQuery.safeParse({ after: 'now' });
    expect(refused.error?.issues).to.have.length(1);
    expect(refused.error?.issues[0]).to.include({
      message:
        'must be the id of an event: to begin now, follow the stream, or ask with before=now and send its next',
    });
  });
});
