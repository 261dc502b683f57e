import type { RequestHandler } from 'express';

/**
 * Refuses what changes something and does not come from a page of this application: browsers say where a request
 * comes from in Sec-Fetch-Site, older ones in Origin. With SameSite=Lax it is the second of two fences against
 * forged requests, and neither needs a token in every form.
 */
export function sameOriginOnly(appUrl: string): RequestHandler {
  const { origin } = new URL(appUrl);
  return (req, res, next) => {
    const site = req.get('Sec-Fetch-Site');
    // `none`: a person did it by other means than a page, such as reloading.
    const isOurs = site ? site === 'same-origin' || site === 'none' : req.get('Origin') === origin;
    if (isOurs || ['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
    res.status(403).type('text').send('This form was not sent from a page of this application.\n');
  };
}
