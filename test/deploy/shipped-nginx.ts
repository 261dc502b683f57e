import { expect } from 'chai';
import type { Certificates } from '../support/certificates.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { freePort } from '../support/redis-server.ts';
import { shipped } from './shipped.ts';

/** Where the shipped file serves, under the name that a client asks for. */
export const SHIPPED_HOST = 'app.example.com';

export interface ShippedNginx extends Nginx {
  readonly port: number;
}

export interface ShippedPlaces {
  /** Two instances, as `host:port`. */
  readonly upstreams: readonly [string, string];
  readonly certificates: Pick<Certificates, 'cert' | 'key'>;
  /** Where its access log goes, by the port that it listens on. */
  readonly accessLog: (port: number) => string;
}

/** A real nginx with `deploy/nginx/matchstick.conf`, in which nothing is changed but addresses and places. */
export async function startShippedNginx({
  upstreams: [one, other],
  certificates: { cert, key },
  accessLog,
}: ShippedPlaces): Promise<ShippedNginx> {
  const port = await freePort();
  const changes = {
    'server 10.0.0.11:4100': `server ${one}`,
    'server 10.0.0.12:4100': `server ${other}`,
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    [`/etc/nginx/tls/${SHIPPED_HOST}.pem`]: cert,
    [`/etc/nginx/tls/${SHIPPED_HOST}.key`]: key,
    '/var/log/nginx/matchstick.log': accessLog(port),
  };
  let config = shipped('nginx/matchstick.conf');
  for (const [written, here] of Object.entries(changes)) {
    expect(config.split(written), written).to.have.length(2);
    config = config.replace(written, here);
  }
  return { ...(await startNginx(config)), port };
}

/** The settings that the file's comment asks for, as YAML. */
export function settingsBesideNginx(): string {
  const [, example = ''] =
    /^# .*In config\/matchstick\.yaml:\n#\n((?:# {3}.+\n)+)/m.exec(shipped('nginx/matchstick.conf')) ?? [];
  return example.replaceAll(/^# {3}/gm, '');
}
