import { expect } from 'chai';
import { normalMediaType } from '../../src/token/media-type.ts';

describe('the media type of a body', () => {
  it('has one spelling', () => {
    const same: Readonly<Record<string, readonly (string | undefined)[]>> = {
      'application/json': [
        undefined,
        'application/json',
        'Application/JSON',
        'application/json; charset=utf-8',
        'application/json;charset="UTF-8"',
      ],
      'multipart/form-data;boundary="aB";charset="iso-8859-1"': [
        'multipart/form-data; boundary=aB; charset=iso-8859-1',
        'multipart/form-data;charset=iso-8859-1;Boundary="aB"',
      ],
    };
    for (const [normal, spellings] of Object.entries(same)) {
      for (const spelling of spellings) expect(normalMediaType(spelling), spelling).to.equal(normal);
    }
  });

  it('differs where it is read differently', () => {
    const types = [
      ...[
        'application/json',
        'application/x-www-form-urlencoded',
        'text/json',
        'application/json; charset=utf-16',
      ],
      ...['multipart/form-data; boundary=a', 'multipart/form-data; boundary=A'],
    ];
    expect(new Set(types.map(normalMediaType)).size).to.equal(types.length);
  });

  it('is none where readers differ on it', () => {
    const fields = [
      'application/json; charset=utf-8; charset=utf-16',
      'application/json; charset=utf-8; Charset="utf-8"',
      'multipart/form-data; boundary=a; charset=utf-8;boundary=b',
      'application/json; charset="utf-8',
      'application/json; charset=utf-8 charset=utf-16',
      'application/json; charset="utf-8"; charset=utf-16"',
      'application/json; charset = utf-16',
      'application/json; charset',
      'application/json; =utf-16',
      'application/json;\u00a0charset=utf-16',
      'application/json; charset=utf-8\u0000',
      `application/json${'; \t'.repeat(20_000)}!`,
    ];
    for (const field of fields) expect(normalMediaType(field), field.slice(0, 80)).to.equal(undefined);
  });

  it('takes what stands in quotes as it is', () => {
    expect(normalMediaType('a/b; x="c;d=e\\"; d=f"; d=g ;')).to.equal('a/b;d="g";x="c;d=e\\"; d=f"');
  });

  it('is none where none is named', () => {
    for (const field of ['', 'json', 'application/', '/json', 'application/json, text/html', 'a b/c', '*']) {
      expect(normalMediaType(field), field).to.equal(undefined);
    }
  });
});
