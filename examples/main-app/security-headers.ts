import type { RequestHandler } from 'express';

/** Nothing but our own style is loaded, no script runs, and forms lead nowhere but here and to Matchstick's links. */
export function securityHeaders(appUrl: string, matchstickUrl: string): RequestHandler {
  const headers = {
    'Content-Security-Policy': [
      "default-src 'none'",
      "style-src 'self'",
      'img-src data:',
      // Browsers hold the redirects after a form to it too, and a download begins with one to its link.
      `form-action 'self' ${new URL(matchstickUrl).origin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    // Not no-referrer: with that, the Origin of our own forms would be `null`.
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    ...(appUrl.startsWith('https:') ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  };
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}
