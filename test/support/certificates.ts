import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority of its own, and one certificate of it. Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  close(): Promise<void>;
}

const OPENSSL = process.env.OPENSSL || 'openssl';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** For servers and clients alike. Names are such as `DNS:localhost`. */
export async function makeCertificates(names = 'DNS:localhost,IP:127.0.0.1'): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-certificates-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync(OPENSSL, [...args], { stdio: 'ignore' });
  const days = ['-days', '2'];
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    ...days,
    '-subj',
    '/CN=test ca',
  );
  openssl('req', ...NEW_KEY, '-keyout', at('key.pem'), '-out', at('request'), '-subj', '/CN=redis');
  await writeFile(at('names'), `subjectAltName=${names}\n`);
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
  openssl('x509', '-req', '-in', at('request'), ...signed, '-out', at('cert.pem'), ...days);
  return {
    ...{ ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem') },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The arguments with which redis-server, or a sentinel, speaks TLS at a port. */
export function tlsArguments(
  { ca, cert, key }: Certificates,
  port: number,
  clients: 'yes' | 'no' = 'no',
): string[] {
  return [
    ...['--tls-port', String(port), '--tls-ca-cert-file', ca, '--tls-cert-file', cert],
    ...['--tls-key-file', key, '--tls-auth-clients', clients],
  ];
}
