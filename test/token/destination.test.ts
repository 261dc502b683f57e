import { expect } from 'chai';
import fc from 'fast-check';
import { filledDestination, parseDestination } from '../../src/token/destination.ts';

const destinationOf = (text: string) => {
  const parsed = parseDestination(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.destination;
};
const filled = (text: string, claims: Record<string, unknown> = {}, subject = 'user-42') => {
  const result = filledDestination(destinationOf(text), {
    subject,
    claims: claims as Record<string, string>,
  });
  return result.ok ? result.value.href : result.problems.map(({ path, message }) => `${path} ${message}`);
};

describe('where a link leads', () => {
  it('is the address that was written, where it has no placeholder', () => {
    for (const text of [
      'https://app.example.com',
      'http://127.0.0.1:3000/reset?lang=en',
      'https://App.example.com/ü?q=a b',
    ]) {
      expect(filled(text)).to.equal(new URL(text).href);
    }
  });

  it('has what the token has in its path and in values of its query, percent-encoded', () => {
    expect(filled('https://a.example/t/{claims.tenant}/reset', { tenant: 'acme' })).to.equal(
      'https://a.example/t/acme/reset',
    );
    expect(filled('https://a.example/{subject}?next={claims.n}&a=1', { n: 7 })).to.equal(
      'https://a.example/user-42?next=7&a=1',
    );
    expect(filled('https://a.example/x-{claims.t}.html', { t: 'a/b?c#d&e=f%2F ü"' })).to.equal(
      'https://a.example/x-a%2Fb%3Fc%23d%26e%3Df%252F%20%C3%BC%22.html',
    );
    expect(filled('https://a.example/?q={claims.t}', { t: 'a/../b&x=y#z+ ' })).to.equal(
      'https://a.example/?q=a%2F..%2Fb%26x%3Dy%23z%2B%20',
    );
    expect(
      filled('https://a.example/{claims.z0q}/{subject}{claims.b}', { z0q: 'zz0q', b: 'z1q' }, 'zzz'),
    ).to.equal('https://a.example/zz0q/zzzz1q');
  });

  it('is nowhere for a token that has nothing for it, or the way up', () => {
    const text = 'https://a.example/{claims.tenant}/reset';
    for (const [tenant, why] of [
      [undefined, 'is needed'],
      [true, 'is needed'],
      ['', 'must not be empty'],
      ['.', 'must not have . or ..'],
      ['..', 'must not have . or ..'],
      ['a/../b', 'must not have . or ..'],
      ['..\\b', 'must not have . or ..'],
      ['a\nb', 'control characters'],
      ['\ud800', 'lone surrogates'],
    ] as const) {
      const problems = filled(text, { tenant });
      expect(problems, String(tenant)).to.be.an('array').with.length(1);
      expect(problems[0])
        .to.match(/^claims\.tenant /)
        .and.include(why);
    }
  });

  it('has no placeholder in its scheme, its host, the name of a parameter or a fragment', () => {
    for (const text of [
      'https://{subject}/x',
      'https://{subject}.example/x',
      'https://a.example{subject}/x',
      'https://a.example:{claims.port}/x',
      'https://{subject}@a.example/',
      'https://a.example{subject}',
      '{subject}://a.example/x',
      '{claims.url}',
      'https://a.example/?{subject}=1',
      'https://a.example/?a=1&{subject}',
      'http{subject}://a.example/',
    ]) {
      const parsed = parseDestination(text);
      expect(parsed.ok ? '' : parsed.problem, text).to.match(/^has a placeholder outside its path/);
    }
    for (const text of [
      'https:///{subject}/x',
      'https:/{subject}/x',
      'https:{subject}',
      '//{subject}/x',
      'https:\\{subject}/',
    ]) {
      expect(parseDestination(text).ok, text).to.equal(false);
    }
    expect(parseDestination('https://a.example/#{subject}')).to.include({ problem: 'must have no fragment' });
    expect(parseDestination('https://a.example/{subject')).to.include({
      problem: 'has a brace without its partner',
    });
  });

  it('stays at its origin and below what is written before its placeholders, whatever the token has', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('.', '..', '/', '\\', '@', ':', '%2e', '%2f', '?', '#', 'a', '//', '&', '='))
        .map((parts) => parts.join('')),
    );
    const property = fc.property(value, (text) => {
      const result = filledDestination(destinationOf('https://a.example/t/{subject}/reset?q={subject}'), {
        subject: text,
        claims: {},
      });
      if (!result.ok) return true;
      const { origin, pathname, searchParams } = result.value;
      const [, t, segment = '', reset, ...more] = pathname.split('/');
      return (
        origin === 'https://a.example' &&
        [t, reset, more.length].join() === 't,reset,0' &&
        decodeURIComponent(segment) === text &&
        searchParams.get('q') === text
      );
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
