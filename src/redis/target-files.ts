import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { InputProblem } from '../errors.ts';
import type { RedisTarget, TlsFiles } from './target.ts';

const PEM_TEXT = /^\s*-----BEGIN/;
const TLS_FILES = ['ca', 'cert', 'key'] as const;

/** The same target with every path of a file as `resolve` makes it, such as absolute. */
export function redisPathsFrom(target: RedisTarget, resolve: (path: string) => string): RedisTarget {
  const { passwordFile } = target;
  const common = {
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(passwordFile) }),
    ...(target.tls === undefined ? {} : { tls: tlsPathsFrom(target.tls, resolve) }),
  };
  if (!('sentinels' in target) || target.sentinelTls === undefined) return { ...target, ...common };
  return { ...target, ...common, sentinelTls: tlsPathsFrom(target.sentinelTls, resolve) };
}

function tlsPathsFrom(tls: boolean | TlsFiles, resolve: (path: string) => string): boolean | TlsFiles {
  if (typeof tls === 'boolean') return tls;
  const resolved = TLS_FILES.flatMap((name) => {
    const given = tls[name];
    return given === undefined || PEM_TEXT.test(given) ? [] : [[name, resolve(given)] as const];
  });
  return { ...tls, ...Object.fromEntries(resolved) };
}

/** Everything that is wrong with the files that a target names, by the path of its setting. */
export function redisFileProblems(target: RedisTarget): readonly InputProblem[] {
  const { passwordFile } = target;
  return [
    ...(passwordFile === undefined ? [] : problemOf('passwordFile', () => passwordIn(passwordFile))),
    ...tlsProblems('tls', target.tls),
    ...('sentinels' in target ? tlsProblems('sentinelTls', target.sentinelTls) : []),
  ];
}

function tlsProblems(setting: string, tls: boolean | TlsFiles | undefined): readonly InputProblem[] {
  if (typeof tls !== 'object') return [];
  const unreadable = TLS_FILES.flatMap((name) =>
    problemOf(`${setting}.${name}`, () => tls[name] !== undefined && pemOf(tls[name])),
  );
  if (unreadable.length > 0) return unreadable;
  const { servername: _, ...files } = tlsOptions(tls) ?? {};
  try {
    createSecureContext(files);
    // A context takes an authority that is none.
    if (files.ca !== undefined) new X509Certificate(files.ca);
    return [];
  } catch {
    const message = 'has a ca, cert or key that is not PEM, or a key that does not belong to the cert';
    return [{ path: `ledger.redis.${setting}`, message }];
  }
}

function problemOf(setting: string, read: () => unknown): readonly InputProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    const message = error instanceof FileProblem ? error.message : 'cannot be read';
    return [{ path: `ledger.redis.${setting}`, message }];
  }
}

/** The message ends a sentence that begins with the path of the setting. Nothing of the file is in it. */
class FileProblem extends Error {}

/** The password in a file, without a line break at its end. */
export function passwordIn(file: string): string {
  const password = textIn(file).replace(/\r?\n$/, '');
  if (password === '') throw new FileProblem(`the file ${file} is empty`);
  return password;
}

/** What `tls.connect` takes. Undefined: without TLS. */
export function tlsOptions(tls: boolean | TlsFiles | undefined) {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  const { ca, cert, key, servername } = tls;
  return {
    ...(ca === undefined ? {} : { ca: pemOf(ca) }),
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function pemOf(pathOrText: string): string {
  if (PEM_TEXT.test(pathOrText)) return pathOrText;
  const text = textIn(pathOrText);
  if (!text.includes('-----BEGIN')) throw new FileProblem(`the file ${pathOrText} is not PEM`);
  return text;
}

function textIn(file: string): string {
  try {
    // Reading a pipe or a device would wait, perhaps for ever, and it is read again at each connection.
    if (!statSync(file).isFile()) throw new FileProblem(`${file} is not a regular file`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new FileProblem(isMissing ? `there is no file ${file}` : `the file ${file} cannot be read`);
  }
}
