import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { quoted, serviceCommand } from '../../src/cli/printed-command.ts';

describe('a command that is printed to be run', () => {
  it('has words that a shell takes as they are', () => {
    for (const word of ["it's 'quoted'", '', '$(id) `id` "x"', 'a\nb', '~', '*', '\\', '!x', '#'])
      expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`]).toString()).to.equal(word);
  });

  it('has an argument that begins with - at its end, and any other where it was', () => {
    const written = (operand: string) =>
      serviceCommand({ keyFile: 'k' }, ['mint', { operand }, '--uses', '2']);
    expect(written('u')).to.equal('matchstick mint u --uses 2 --key-file k');
    expect(written('-u')).to.equal('matchstick mint --uses 2 --key-file k -- -u');
  });
});
