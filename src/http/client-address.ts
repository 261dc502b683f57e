import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** What a provider gives to one customer (RFC 6177): whoever has one address of it has them all. */
const PREFIX_OCTETS = 7;

/**
 * Whose share of a limit a request has: of the address that the outermost of `proxyHops` proxies saw, which is so many
 * elements from the right in X-Forwarded-For. If no address is there, it is that of the connection: a header that is too
 * short was not written by so many proxies.
 */
export function clientShare(
  forwardedFor: string | undefined,
  connectionAddress: string | undefined,
  proxyHops: number,
): string {
  return shareOf(seenAddress(forwardedFor, proxyHops)) ?? shareOf(connectionAddress) ?? 'unknown';
}

/** The address itself of which `clientShare` tells the share; undefined if none is known. */
export function clientAddress(
  forwardedFor: string | undefined,
  connectionAddress: string | undefined,
  proxyHops: number,
): string | undefined {
  const candidates = [seenAddress(forwardedFor, proxyHops), connectionAddress];
  return candidates.map((each) => bare(each?.trim() ?? '')).find((each) => isIP(each) !== 0);
}

/** What the outermost of the proxies wrote. */
function seenAddress(forwardedFor: string | undefined, proxyHops: number): string | undefined {
  const elements = (forwardedFor ?? '').split(',').filter((element) => element.trim() !== '');
  return proxyHops > 0 ? elements.at(-proxyHops) : undefined;
}

/** 64:ff9b::/96, in which a translator shows IPv4 addresses to a server that has only IPv6 (RFC 6052 section 2.1). */
const TRANSLATED = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/**
 * Whose share of a limit an address has. An IPv4 address has its own, even behind a translator; an IPv6 address has that of
 * its /56. Undefined for what is no address; a port is not looked at.
 */
export function shareOf(text: string | undefined): string | undefined {
  const address = bare(text?.trim() ?? '');
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return undefined;
  const octets = octetsOf(address);
  const isMapped =
    octets.slice(0, 10).every((octet) => octet === 0) && octets[10] === 0xff && octets[11] === 0xff;
  if (isMapped) return octets.slice(12).join('.');
  if (TRANSLATED.every((octet, index) => octets[index] === octet))
    return `64:ff9b::${octets.slice(12).join('.')}`;
  return `${Buffer.from(octets.slice(0, PREFIX_OCTETS)).toString('hex')}/56`;
}

/** Each says that a request was made for somebody else, who may be anywhere. Some proxies send only the scheme or the port. */
const OF_PROXIES = /^(?:x-forwarded-.+|forwarded|via|x-real-ip|(?:x|true)-client-ip|cf-connecting-ip)$/;

/**
 * Whether a program on this host made a request for itself: its connection comes from a loopback address, and no proxy
 * says that it speaks for another. A proxy on this host that says nothing cannot be told from such a program.
 */
export function isFromThisHost({
  socket,
  headers,
}: Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
}): boolean {
  if (Object.keys(headers).some((name) => OF_PROXIES.test(name))) return false;
  const address = bare(socket.remoteAddress ?? '');
  return address === '::1' || shareOf(address)?.startsWith('127.') === true;
}

/** Without brackets, port and zone. */
function bare(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  return (bracketed ?? withPort ?? text).replace(/%.*$/, '');
}

/** The 16 octets of an IPv6 address, in whatever spelling (RFC 4291 section 2.2). */
function octetsOf(address: string): readonly number[] {
  // A URL has one spelling for each: eight groups, the longest run of zeros left out.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, after] = [groupsOf(head), tail === undefined ? [] : groupsOf(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
