import type { Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { useBy } from '../contract/use.ts';
import { asker } from './ask.ts';
import { type BoundFetch, boundFetch } from './bound-fetch.ts';
import { printAs } from './conceal.ts';
import { inspectWith } from './inspect.ts';
import { mintWith, type Prefetch } from './mint.ts';
import { type ClientOptions, parseClientOptions } from './options.ts';
import { redeemWith } from './redeem.ts';

/** A Matchstick service over HTTP. */
export interface Client<P extends PurposeMap = PurposeMap> extends Matchstick<P> {
  readonly prefetch: Prefetch<P>;
  readonly fetch: BoundFetch<P>;
}

/**
 * The service at a URL, for a caller with a key. Throws a TypeError for options that do not fit.
 *
 * A call that gets no answer is made again until its time is over, always as the same attempt, and then throws
 * `ledger_unavailable`: unavailable means refused. What became of a redemption is then unknown, and the
 * `attempt` of the error may ask again.
 */
export function createClient<P extends PurposeMap = PurposeMap>(options: ClientOptions): Client<P> {
  const settings = parseClientOptions(options);
  const ask = asker(settings);
  const redeeming = redeemWith<P>(ask, settings.web);
  const client = {
    ...mintWith<P>(ask),
    ...redeeming,
    use: useBy<P>(redeeming),
    ...inspectWith(ask),
    fetch: boundFetch<P>(ask, settings),
  };
  return printAs(client, `Client <${new URL(settings.base).origin}>`);
}
