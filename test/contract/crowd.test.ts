import { expect } from 'chai';
import { crowd } from '../../src/contract/crowd.ts';

describe('a crowd', () => {
  it('has whoever came in and did not leave, in whatever order they leave', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const [index, first] of names.entries()) {
      const { enter, members } = crowd<string>();
      const leaves = new Map(names.map((name) => [name, enter(name)]));
      const order = [first, ...names.slice(index + 1), ...names.slice(0, index).reverse()];
      for (const [gone, name] of order.entries()) {
        leaves.get(name)?.();
        expect([...members()].sort()).to.deep.equal(order.slice(gone + 1).sort());
      }
    }
  });

  it('lets each out once, also where another has taken its place', () => {
    const { enter, members } = crowd<string>();
    const leave = enter('a');
    enter('b');
    enter('c');
    leave();
    leave();
    expect(members()).to.have.members(['b', 'c']);
  });

  it('has one that came in twice until both have left', () => {
    const { enter, members } = crowd<string>();
    const [first, second] = [enter('a'), enter('a')];
    first();
    expect(members()).to.deep.equal(['a']);
    second();
    expect(members()).to.deep.equal([]);
  });
});
