import { createHash } from 'node:crypto';

export interface Allowed {
  /** The one style of the page. */
  readonly style: string;
  /** Where the form may lead: the page itself, and these origins by redirects. Absent: there is no form. */
  readonly formTargets?: readonly string[];
}

/** The Content-Security-Policy (CSP Level 3) of a page: nothing but what it is made of. */
export function securityPolicy({ style, formTargets }: Allowed): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    // The logo, and the empty icon that keeps browsers from asking for one.
    'img-src data:',
    // Browsers hold the redirects after a form to it too.
    `form-action ${formTargets ? ["'self'", ...formTargets].join(' ') : "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Throws a TypeError for anything but the origin of an http or https URL: the policy is a header. */
export function requireOrigin(origin: string): void {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (!/^https?:$/.test(url?.protocol ?? '') || url?.origin !== origin) {
    throw new TypeError('A form target must be the origin of an http or https URL.');
  }
}
