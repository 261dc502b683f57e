/** A request whose X-Forwarded-For does not fit listen.proxyHops, with how many addresses it had. */
export type ReportProxies = (found: { readonly proxyHops: number; readonly addresses: number }) => void;

/**
 * Looks at the X-Forwarded-For of requests, and reports the first that does not fit so many proxies: fewer addresses than
 * proxies, or any where no proxy is believed. Once only, because any client can write this header. A request without it is
 * none: a probe may reach the service past its proxies.
 */
export function watchProxies(
  proxyHops: number,
  report: ReportProxies,
): (forwardedFor: string | undefined) => void {
  let isReported = false;
  return (forwardedFor) => {
    if (isReported || forwardedFor === undefined) return;
    const addresses = forwardedFor.split(',').filter((element) => element.trim() !== '').length;
    if (proxyHops === 0 ? addresses === 0 : addresses >= proxyHops) return;
    isReported = true;
    report({ proxyHops, addresses });
  };
}
