import { call, type ServiceProcess } from '../support/service.ts';

export const PURPOSES = {
  'password-reset': { audience: 'https://app.example.test', lifetime: '15m', live: 1, link: {} },
  'file-download': { audience: 'https://app.example.test', lifetime: '5m' },
};

export const CALLERS = {
  main: { mint: Object.keys(PURPOSES), redeem: Object.keys(PURPOSES), inspect: true, revoke: true },
  ops: { operator: 'manage' },
  viewer: { operator: 'view' },
};

export interface SignedIn {
  readonly cookie: string;
  readonly formToken: string;
}

export interface Posted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** One form as a browser sends it from a page of the service. */
export function send(service: ServiceProcess, path: string, { headers = {}, form = {} }: Posted) {
  return fetch(`${service.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: service.url, ...headers },
    body: new URLSearchParams(form),
  });
}

export async function signIn(service: ServiceProcess, as = 'ops'): Promise<SignedIn> {
  const answer = await send(service, '/console/sign-in', {
    form: { key: service.deployment.callerKeys[as] ?? '' },
  });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { text } = await call(service, 'GET', '/console', { as: null, headers: { Cookie: cookie } });
  return { cookie, formToken: /name="form" value="([^"]+)"/.exec(text)?.[1] ?? '' };
}
