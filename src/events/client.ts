import { isIP } from 'node:net';
import type { Occasion } from './occasion.ts';

/** How much of an address is told. */
export type ClientDetail = 'full' | 'truncated' | 'none';

const MOST_AGENT_CHARACTERS = 200;
const MOST_READ = 4 * MOST_AGENT_CHARACTERS;
const CONCEALED = '[concealed]';

/**
 * What events say of a client: its address, whole or as the /24 or /56 that it is in, and how it calls itself. Undefined
 * if nothing is to be said, or no address is known.
 */
export function clientOf(
  address: string | undefined,
  agent: string | undefined,
  detail: ClientDetail,
): Occasion['client'] {
  if (detail === 'none' || address === undefined || isIP(address) === 0) return undefined;
  const told = detail === 'full' ? address : truncated(address);
  const name = agent === undefined ? '' : agentName(agent);
  return { address: told, ...(name === '' ? {} : { agent: name }) };
}

const MOST_KNOWN = 1000;

/** The same, worked out once for each client of those that came lately. */
export function rememberClients(
  detail: ClientDetail,
): (address?: string, agent?: string) => Occasion['client'] {
  const known = new Map<string, Occasion['client']>();
  return (address, agent = '') => {
    const name = `${address ?? ''} ${agent}`;
    // What is long is not kept: it need not come again.
    if (name.length > MOST_READ) return clientOf(address, agent, detail);
    if (!known.has(name)) {
      if (known.size === MOST_KNOWN) known.clear();
      known.set(name, clientOf(address, agent, detail));
    }
    return known.get(name);
  };
}

/** The network of an address: /24 of IPv4, /56 of IPv6. An IPv4 address in an IPv6 one is an IPv4 address. */
function truncated(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  const { hostname } = new URL(`http://[${address}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(hostname) ?? [];
  if (high !== undefined && low !== undefined) {
    const [first, third] = [Number.parseInt(high, 16), Number.parseInt(low, 16) >> 8];
    return `${first >> 8}.${first & 0xff}.${third}.0/24`;
  }
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  const last = (Number.parseInt(groups[3] ?? '0', 16) & 0xff00).toString(16);
  const network = new URL(`http://[${[...groups.slice(0, 3), last].join(':')}::]`);
  return `${network.hostname.slice(1, -1)}/56`;
}

/** Runs of characters as tokens, keys, references and digests are made of. A product's name and version have none so long. */
const SECRET_LIKE = /[\w-]{20,}(?:\.[\w-]+)*/g;

function agentName(text: string): string {
  // The beginning of a run that was cut could be too short to be told from a name.
  const whole = text.length > MOST_READ ? text.slice(0, MOST_READ).replace(/[\w.-]+$/, '') : text;
  const plain = whole.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.replaceAll(SECRET_LIKE, CONCEALED).slice(0, MOST_AGENT_CHARACTERS).trim();
}
