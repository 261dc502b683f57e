import { withinTime } from '../contract/within-time.ts';
import { type Call, type Exchanged, noAnswer } from './call.ts';
import type { ClientSettings } from './options.ts';
import { readAnswer } from './read-answer.ts';
import { activeTraceparent } from './traceparent.ts';

/** Makes a call once. Rejects only for a body that cannot be written as JSON. */
export async function exchange<T>(
  call: Call<T>,
  settings: Pick<ClientSettings, 'base' | 'key' | 'web'>,
  timeoutMs: number,
): Promise<Exchanged<T>> {
  const { base, key, web } = settings;
  const request = requestOf(call, key);
  try {
    return await withinTime(timeoutMs, async (signal) => {
      const response = await web.fetch(`${base}${call.path}`, { ...request, signal });
      return await readAnswer(call, response, base);
    });
  } catch (error) {
    return noAnswer(base, `did not answer. Reason: ${reasonOf(error)}`, true);
  }
}

function requestOf(call: Call<unknown>, key: string): RequestInit {
  const { method, body, attempt } = call;
  const traceparent = activeTraceparent();
  return {
    method,
    // Whatever redirects is not the service, and must not be followed with the key.
    redirect: 'manual',
    headers: {
      Authorization: `Bearer ${key}`,
      Accept: 'application/json, application/problem+json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(attempt === undefined ? {} : { 'Idempotency-Key': attempt }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** The code of a failure, such as ECONNREFUSED, or its name: its message might quote the request. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'fetch failed';
  if (cause.name === 'TimeoutError') return 'it took too long';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return /^\w{1,64}$/.test(code) ? code : 'fetch failed';
}
