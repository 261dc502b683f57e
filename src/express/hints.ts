import type { AppRequest } from './app-request.ts';
import { bodyDigest } from './raw-body.ts';
import { trustsPeer } from './received-call.ts';

const FORWARDED = ['forwarded', 'x-forwarded-proto', 'x-forwarded-host'];

/** What its developer may have left out when a request's token is refused as bound to something else. */
export function bindingHints(request: AppRequest, origin: string | undefined): readonly string[] {
  const hints: string[] = [];
  if (bodyDigest(request) === undefined) {
    hints.push(
      'The octets of a body are not known, so no token that is bound to a body fits. ' +
        'Put express.json({ verify: keepRawBody }), or another parser with it, before requireCapability.',
    );
  }
  const isForwarded = FORWARDED.some((name) => request.headers[name] !== undefined);
  if (origin === undefined && isForwarded && !trustsPeer(request)) {
    hints.push(
      'A request came through a proxy that the app does not trust, so its URL may be another than the one ' +
        "that its token is bound to. Give requireCapability an origin, or set the app's trust proxy.",
    );
  }
  return hints;
}
