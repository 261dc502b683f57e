import { expect } from 'chai';
import { readForm } from '../../src/http/read-form.ts';

const TYPE = 'application/x-www-form-urlencoded';

const read = (body: string, type: string | undefined = TYPE) =>
  readForm({ header: () => type, readBody: async () => new TextEncoder().encode(body) }, body.length);

describe('the fields of a form', () => {
  it('are those that are there once', async () => {
    expect(await read('a=1&b=2&a=1&c=%C3%A4+%26&d&=e')).to.deep.equal({ b: '2', c: 'ä &', d: '', '': 'e' });
    expect(await read('a=1&a=2&a=3')).to.deep.equal({});
  });

  it('are none of another type', async () => {
    for (const type of ['text/plain', 'application/json', `${TYPE}; charset=utf-16`, '']) {
      expect(await read('a=1', type)).to.deep.equal({});
    }
    expect(await read('a=1', `${TYPE}; charset=UTF-8`)).to.deep.equal({ a: '1' });
  });

  it('change nothing of what an object is', async () => {
    const fields = await read('__proto__=x&constructor=y');
    expect(Object.keys(fields)).to.have.members(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(fields)).to.equal(Object.prototype);
  });

  it('take a time that grows with the form, and not with its square', async function () {
    // A minute and more if each name were looked for among all the others.
    this.timeout(10_000);
    const names = Array.from({ length: 100_000 }, (_, index) => index.toString(36));
    expect(Object.keys(await read(names.join('&')))).to.have.length(names.length);
  });
});
