import { printAs } from '../contract/conceal.ts';
import type { Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { useBy } from '../contract/use.ts';
import { asker } from './ask.ts';
import { type BoundFetch, boundFetch } from './bound-fetch.ts';
import { inspectWith } from './inspect.ts';
import { mintWith, type Prefetch } from './mint.ts';
import { type ClientOptions, parseClientOptions } from './options.ts';
import { redeemWith } from './redeem.ts';
import { requireWebCrypto } from './web.ts';

/** A Matchstick service over HTTP, with the functions of `Matchstick` and two more. */
export interface Client<P extends PurposeMap = PurposeMap> extends Matchstick<P> {
  /**
   * Mints any number of tokens, 1,000 with each request. If one request fails, the tokens of the others go unused.
   *
   * @param purpose - The name of a configured purpose.
   * @param options - The options of each token, as `mint` takes them.
   * @returns The tokens, in the order of the options.
   * @throws MatchstickError As `mintMany`.
   * @example
   * const minted = await client.prefetch('ticket', guests.map((subject) => ({ subject })));
   */
  readonly prefetch: Prefetch<P>;
  /**
   * Mints a token for one request and sends the request with it.
   *
   * @example
   * await client.fetch('https://billing.example.com/invoices', { capability: 'create-invoice', method: 'POST', body });
   */
  readonly fetch: BoundFetch<P>;
}

/**
 * Connects to a Matchstick service as a caller with a key. Makes no request yet.
 *
 * A call that gets no answer is repeated until its time is over, always as the same attempt. Then it throws
 * `ledger_unavailable`, which you treat as a refusal. If that happens to a redemption, it is unknown whether the token
 * is burned, and only the `attempt` of the error may ask again.
 *
 * @param options - Where the service is, and your key. Default: `MATCHSTICK_URL` and `MATCHSTICK_KEY`.
 * @returns The client.
 * @throws TypeError For an option that is missing or wrong, and in a runtime without WebCrypto. It quotes neither key
 *   nor URL.
 * @example
 * const client = createClient({ url: 'https://cap.example.com', key: process.env.MATCHSTICK_KEY });
 */
export function createClient<P extends PurposeMap = PurposeMap>(options?: ClientOptions): Client<P> {
  requireWebCrypto();
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
