import type { ReceivedRequest } from './received-request.ts';

/** What a developer may have left out if a request's token is refused as bound to something else. */
export type BindingHint = 'raw-body' | 'untrusted-proxy';

const FORWARDED = ['forwarded', 'x-forwarded-proto', 'x-forwarded-host'];

export async function bindingHints(
  request: ReceivedRequest,
  origin: string | undefined,
): Promise<readonly BindingHint[]> {
  const hints: BindingHint[] = [];
  if ((await request.contentDigest()) === undefined) hints.push('raw-body');
  const isForwarded = FORWARDED.some((name) => request.headerValues(name).length > 0);
  if (origin === undefined && isForwarded && !request.trustsPeer) hints.push('untrusted-proxy');
  return hints;
}
