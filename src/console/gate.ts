import { z } from 'zod';
import { MatchstickError } from '../errors.ts';
import { pressedAt } from '../http/page.ts';
import type { RawInput, Route } from '../http/route.ts';
import type { Branding } from '../pages/branding.ts';
import { html, pathLink } from '../pages/html.ts';
import { type Answer, COMMON_HEADERS } from '../problem.ts';
import { type At, consoleDocument, type Files, type Shown } from './document.ts';
import { isFormToken, type Session, type Sessions } from './session.ts';

/** What every route of the console needs. */
export interface GateOptions {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly files: Files;
  readonly look: Pick<Branding, 'name'>;
}

/** A request of somebody who has signed in. */
export interface Guest {
  readonly session: Session;
  readonly raw: RawInput;
}

interface Place {
  readonly operationId: string;
  /** Below `/console`. */
  readonly path: string;
  readonly summary: string;
}

export interface Gate {
  readonly at: At;
  /** A page, for those who have signed in. */
  view(place: Place, show: (visit: Guest) => Promise<Shown | Answer>, query?: z.ZodObject): Route;
  /** A form of such a page. It does nothing unless it was sent from there. */
  action(place: Place, act: (visit: Guest & { readonly form: Form }) => Promise<Shown | Answer>): Route;
  /** A page for anybody, and its form. */
  open(
    place: Place,
    method: Route['method'],
    act: (raw: RawInput, form: Form) => Promise<Shown | Answer>,
  ): Route;
  go(place: string, headers?: Readonly<Record<string, string>>): Answer;
}

/** The fields of a form that are there. */
export type Form = Readonly<Record<string, string | undefined>>;

const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
  ...["img-src 'self' data:", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"],
].join('; ');
const SILENT =
  'Redis, which remembers what was used and keeps the events, did not answer. If you asked for a change, it is unknown whether it was made: look again when Redis is back.';
const MAX_FORM_BYTES = 8192;
const text = z.string().optional();
const FORM = z.object({
  form: text,
  key: text,
  then: text,
  q: text,
  jti: text,
  subject: text,
  hash: text,
  kid: text,
});
const PRESS = z.object({ origin: text, host: text, 'sec-fetch-site': text });
const HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': POLICY,
  // A form of the console is known by its Origin, which no-referrer would hide.
  'Referrer-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
};

/** The way in to the console, for each of its routes. */
export function gate({ issuer, sessions, files, look }: GateOptions): Gate {
  const base = new URL(issuer).pathname.replace(/\/$/, '');
  const at: At = (place) => `${base}/console${place === '' ? '' : `/${place}`}`;
  const page = (shown: Shown, session: Session | undefined): Answer => ({
    status: shown.status ?? 200,
    headers: HEADERS,
    body: consoleDocument(shown, session, { at, files, look }),
  });
  const answerOf = (shown: Shown | Answer, session?: Session) =>
    'headers' in shown ? shown : page(shown, session);
  const go = (place: string, headers = {}): Answer => ({
    status: 303,
    headers: { ...HEADERS, Location: at(place), ...headers },
    body: '',
  });
  const failure = (error: MatchstickError): Answer => {
    const { retryAfterSeconds } = error.extras;
    const isSilent = error.code === 'ledger_unavailable';
    const answer = page(
      {
        title: error.title,
        status: error.status,
        body: html`<div class="card narrow"><h1>${error.title}</h1>
<p>${isSilent && !error.message.includes('frozen') ? SILENT : error.message}</p><p>${isSilent ? pathLink(at('service'), 'See the state of the service') : pathLink(at(''), 'Back to the console')}</p></div>`,
      },
      undefined,
    );
    return retryAfterSeconds === undefined
      ? answer
      : { ...answer, headers: { ...HEADERS, 'Retry-After': String(retryAfterSeconds) } };
  };
  const common = {
    replies: {},
    problems: [],
    needsCaller: false,
    isUnlisted: true,
    onError: failure,
  } as const;
  const isOurs = (raw: RawInput) => {
    const told = Object.fromEntries(Object.keys(PRESS.shape).map((name) => [name, raw.header(name)]));
    return pressedAt(PRESS.parse(told), issuer) === 'here';
  };
  const refuseForeign = () =>
    new MatchstickError(
      'caller_forbidden',
      'This did not come from a page of the console, so nothing was done. Open the console and do it there.',
    );
  return {
    at,
    go,
    view: (place, show, query) => ({
      ...common,
      ...described(place, 'GET'),
      ...(query ? { query } : {}),
      answer: async (raw) => {
        const session = await sessions.read(raw.header('cookie'));
        if (!session) return go(signInFor(raw.params.jti));
        return answerOf(await show({ session, raw }), session);
      },
    }),
    action: (place, act) => ({
      ...common,
      ...described(place, 'POST'),
      ...{ body: FORM, reads: 'form', maxBodyBytes: MAX_FORM_BYTES },
      answer: async (raw) => {
        const session = await sessions.read(raw.header('cookie'));
        if (!session) return go('sign-in');
        const form = FORM.parse(raw.body);
        if (!isOurs(raw) || !isFormToken(form.form, session)) throw refuseForeign();
        return answerOf(await act({ session, raw, form }), session);
      },
    }),
    open: (place, method, act) => ({
      ...common,
      ...described(place, method),
      ...(method === 'POST'
        ? { body: FORM, reads: 'form', maxBodyBytes: MAX_FORM_BYTES }
        : { query: z.object({ token: text }) }),
      answer: async (raw) => {
        if (method === 'POST' && !isOurs(raw)) throw refuseForeign();
        return answerOf(await act(raw, FORM.parse(raw.body ?? {})));
      },
    }),
  };
}

/** The way back to a page that can stand in a ticket. */
function signInFor(jti: string | undefined): string {
  return jti !== undefined && /^[\w-]{52}$/.test(jti) ? `sign-in?token=${jti}` : 'sign-in';
}

function described({ path, ...place }: Place, method: Route['method']) {
  return {
    ...place,
    method,
    path: path === '' ? '/console' : `/console/${path}`,
    pages: [200, 303, 400, 403, 404, 429, 503],
  };
}
