import { expect } from 'chai';
import { oneLine, plainText } from '../../src/cli/plain-text.ts';
import { coloured } from '../../src/cli/table.ts';

const STYLES = ['bold', 'red', 'yellow', 'green'] as const;
const ESC = '\u001b';

describe('the text that a command prints', () => {
  it('has the colors of the command where there are colors, and none elsewhere', () => {
    for (const style of STYLES) {
      const text = coloured(style, 'text', true);
      expect(plainText(text, true)).to.equal(text);
      expect(plainText(text, false)).to.match(/^\\u001b\[\d+mtext\\u001b\[\d+m$/);
    }
  });

  it('has no other sequence of a terminal, and nothing that reorders or breaks a line', () => {
    for (const sequence of [`${ESC}[8m`, `${ESC}[2J`, `${ESC}[31;8m`, `${ESC}]0;x\u0007`, `${ESC}${ESC}[8m`])
      expect(plainText(sequence, true)).to.not.match(/\p{Cc}/u);
    const odd = ['\u0000', '\b', '\r', '\u007f', '\u009b', '\u061c', '\u200e', '\u2028', '\u202e', '\u2066'];
    for (const each of odd) {
      const written = plainText(each, true);
      expect(written).to.match(/^\\u[\da-f]{4}$/);
      expect(JSON.parse(`"${written}"`)).to.equal(each);
    }
    expect(plainText('a\tb\nä 👩‍👧 العربية', false)).to.equal('a\tb\nä 👩‍👧 العربية');
    expect(oneLine('a\nNext: b\u001b')).to.equal('a\\nNext: b\\u001b');
  });
});
