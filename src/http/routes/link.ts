import { z } from 'zod';
import { isAttemptSecret } from '../../burn/attempt.ts';
import { MatchstickError } from '../../errors.ts';
import { InterruptedPress, type Landing } from '../../links/landing.ts';
import type { Operations } from '../../operations/all.ts';
import type { RenderPage, View } from '../../pages/view.ts';
import type { Answer } from '../../problem.ts';
import { pageAnswer, pressedAt, seeOther } from '../page.ts';
import type { RawInput, Route } from '../route.ts';
import { visitorRoute } from '../visitor-route.ts';

const params = z.object({ ref: z.string() });
const text = z.string().optional();

const STATUS = {
  live: 200,
  leads: 200,
  done: 200,
  locked: 410,
  dead: 410,
  undone: 400,
  unavailable: 503,
  limited: 429,
} as const satisfies Record<View['kind'], number>;

const UNAVAILABLE: View = { kind: 'unavailable' };
const LIMITED: View = { kind: 'limited' };

/** `GET /l/:ref`: the page of a link. */
export function linkRoute({ openLink }: Operations, render: RenderPage): Route {
  return visitorRoute({
    operationId: 'openLink',
    method: 'GET',
    path: '/l/:ref',
    summary: 'The page that a person sees at a link; never burns the token',
    params,
    headers: z.object({ 'accept-language': text }),
    pages: [200, 410, 429, 503],
    answer: async ({ params: { ref: reference }, headers, occasion }, visitor) =>
      show(await openLink.perform({ reference }, visitor, occasion), render, headers['accept-language']),
    onError: (error, raw) => showFailure(error, raw, render),
  });
}

export interface PressRouteOptions {
  /** Where our own pages are. */
  readonly issuer: string;
  readonly newAttempt: () => string;
}

/** `POST /l/:ref`: the button of that page. The only way in which a link redeems its token. */
export function pressLinkRoute(
  { openLink, pressLink }: Operations,
  render: RenderPage,
  { issuer, newAttempt }: PressRouteOptions,
): Route {
  return visitorRoute({
    operationId: 'pressLink',
    method: 'POST',
    path: '/l/:ref',
    summary: 'The button of that page: redeems the token, and leads on',
    params,
    headers: z.object({ 'accept-language': text, origin: text, host: text, 'sec-fetch-site': text }),
    form: z.object({ attempt: text, code: text }),
    pages: [200, 303, 400, 403, 410, 429, 503],
    answer: async ({ params: { ref: reference }, headers, body: { attempt, code }, occasion }, visitor) => {
      const language = headers['accept-language'];
      const at = pressedAt(headers, issuer);
      const given = attempt !== undefined && isAttemptSecret(attempt) ? attempt : undefined;
      if (at === 'elsewhere' || (at === 'unknown' && given === undefined)) {
        return showForeign(
          await openLink.perform({ reference, pressedElsewhere: true }, visitor, occasion),
          render,
          language,
        );
      }
      const pressed = { reference, attempt: given ?? newAttempt(), code };
      return show(await pressLink.perform(pressed, visitor, occasion), render, language);
    },
    onError: (error, raw) => showFailure(error, raw, render),
  });
}

/** The page again, for a button that was not pressed on it. */
function showForeign(view: View | MatchstickError, render: RenderPage, language: string | undefined): Answer {
  if (view instanceof MatchstickError || view.kind !== 'live') return show(view, render, language);
  return pageAnswer(403, render({ ...view, trouble: { kind: 'foreign-button' } }, language));
}

function show(landing: Landing | MatchstickError, render: RenderPage, language: string | undefined): Answer {
  if (landing instanceof MatchstickError) throw landing;
  if (landing.kind === 'opens') return seeOther(landing.to);
  const isRefused = landing.kind === 'live' && landing.trouble !== undefined;
  return pageAnswer(isRefused ? 403 : STATUS[landing.kind], render(landing, language));
}

/** The page does not say why; the log does. */
function showFailure(
  error: MatchstickError,
  { header }: Pick<RawInput, 'header'>,
  render: RenderPage,
): Answer {
  const view = error instanceof InterruptedPress ? error.view : viewOf(error);
  const { retryAfterSeconds } = error.extras;
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return pageAnswer(error.status, render(view, header('accept-language')), retryAfter);
}

function viewOf({ code }: MatchstickError): View {
  return code === 'rate_limited' ? LIMITED : UNAVAILABLE;
}
