import { expect } from 'chai';
import { bucketNameProblem } from '../../src/s3/bucket-name.ts';

const CHARACTERS = 'must be 3 to 63 of a-z, 0-9, . and -, beginning and ending with a letter or digit';

describe('the name of a bucket', () => {
  it('may be what Amazon S3 lets it be', () => {
    for (const name of [
      'abc',
      'acme-reports',
      '0a1',
      'a.b.c',
      'a'.repeat(63),
      'a-.b',
      '1.2.3',
      '1.2.3.4.5',
    ]) {
      expect(bucketNameProblem(name), name).to.equal(undefined);
    }
  });

  for (const [what, name, problem] of [
    ['two dots, the way to every other bucket', '..', CHARACTERS],
    ['three dots', '...', CHARACTERS],
    ['a slash', 'abc/def', CHARACTERS],
    ['upper case', 'Reports', CHARACTERS],
    ['a blank', 'my reports', CHARACTERS],
    ['an underscore', 'my_reports', CHARACTERS],
    ['two characters', 'ab', CHARACTERS],
    ['64 characters', 'a'.repeat(64), CHARACTERS],
    ['a dot at the beginning', '.abc', CHARACTERS],
    ['a hyphen at the end', 'abc-', CHARACTERS],
    ['a letter of another alphabet', 'аbc', CHARACTERS],
    ['a line feed at the end', 'abc\n', CHARACTERS],
    ['an ARN', 'arn:aws:s3:::abc', CHARACTERS],
    ['dots in a row', 'a..b', 'must not have two dots in a row'],
    ['the form of an IP address', '192.168.5.4', 'must not look like an IP address'],
    [
      'the ending of a directory bucket',
      'abc--use1-az4--x-s3',
      'must not be a directory bucket: they know no presigned requests',
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(bucketNameProblem(name)).to.equal(problem);
    });
  }
});
