import { asUrl } from '../contract/as-url.ts';

const DEFAULT_PORT = 4100;
const DEFAULT_ISSUER = 'http://127.0.0.1:4100';
const EVERY_ADDRESS = ['0.0.0.0', '::', '[::]'];

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The issuer of a file that names none, or its default: where the service listens, so that links lead to it. */
export function issuerOf(written: string | undefined, { host, port }: Address): string {
  if (written !== undefined && written !== DEFAULT_ISSUER) return written;
  // A port that the system chooses is another at each start, and the issuer is part of every key in Redis.
  const url = `http://${inUrl(host)}:${port === 0 ? DEFAULT_PORT : port}`;
  return asUrl(url)?.origin ?? DEFAULT_ISSUER;
}

function inUrl(host: string): string {
  if (EVERY_ADDRESS.includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether only this machine reaches a host of that name or address. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?(?:::1|(?:0{1,4}:){7}0{0,3}1|::ffff:127(?:\.\d{1,3}){3})\]?)$/i.test(
    host,
  );
}
