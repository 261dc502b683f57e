import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { secrets } from './secrets.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a file of tests that pass and leave something behind, with the canary of the suite. */
function planted(leaks: string): Promise<Ended> {
  const args = [
    'node_modules/mocha/bin/mocha.js',
    ...['--no-config', '--parallel', '--jobs', '1', '--node-option', 'import=tsx'],
    ...['--require', './test/canary/suite.ts', '--timeout', '60000', 'test/canary/planted.ts'],
  ];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: ROOT, env: { ...process.env, LEAKS: leaks } },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), output: stdout + stderr });
      },
    );
  });
}

describe('the canary of the whole suite', function () {
  this.timeout(120_000);

  it('lets a file pass that leaves nothing behind, and fails one that leaves a secret anywhere', async () => {
    const [clean, leaking] = await Promise.all([
      planted('none'),
      planted('print:token print:code redis:reference report:metrics'),
    ]);
    expect(clean.exitCode, clean.output).to.equal(0);
    expect(leaking.exitCode, leaking.output).to.be.above(0);
    expect(leaking.output).to.include('Secrets were left behind');
    for (const what of [
      'a token or a proof in the output of a process',
      'a code in the output of a process',
      'a reference in Redis',
      'a token or a proof in metrics or events',
    ])
      expect(leaking.output).to.include(what);
    expect(leaking.output).to.not.match(/cGF5bG9hZC0cGF5|482915|r{22}/);
  });

  it('knows secrets by their shape, in base64url and in hex too, and takes no number for a code', () => {
    const known = secrets();
    const key = 'k'.repeat(43);
    const reference = 'Ab_-'.repeat(5).concat('xy');
    known.learn(`Bearer ms_main_${key} /l/${reference} {"code":"123456"} X-Amz-Signature=${'0f'.repeat(32)}`);
    const forms = [
      `ms_main_${key}`,
      key,
      Buffer.from(key).toString('hex'),
      Buffer.from(key).toString('base64url'),
    ];
    for (const form of forms) expect(known.foundIn(`x "${form}" y`)).to.deep.equal(['a caller key']);
    expect(known.foundIn(`GET /l/${reference}?a=1`)).to.deep.equal(['a reference']);
    expect(known.foundIn(`&X-Amz-Signature=${'0f'.repeat(32)}&`)).to.deep.equal([
      'the signature of a presigned URL',
    ]);
    expect(known.foundIn('the code 123456 was wrong')).to.deep.equal(['a code']);
    for (const text of ['1123456', '0.123456', '123456.7', 'a123456', '1234567'])
      expect(known.foundIn(text), text).to.deep.equal([]);
    expect(known.foundIn('123456', true)).to.deep.equal([]);
    known.forget();
    expect(known.foundIn(forms.join(' '))).to.deep.equal([]);
  });
});
