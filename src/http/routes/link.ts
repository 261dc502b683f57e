import { z } from 'zod';
import { newAttemptSecret } from '../../burn/attempt.ts';
import type { Deployment } from '../../burn/deployment.ts';
import type { MatchstickError } from '../../errors.ts';
import { InterruptedPress, type Landing, lookAt, press } from '../../links/landing.ts';
import type { RenderPage, View } from '../../pages/view.ts';
import type { Answer } from '../../problem.ts';
import { pageAnswer, pressedAt, seeOther } from '../page.ts';
import type { RawInput, Route } from '../route.ts';
import { visitorRoute } from '../visitor-route.ts';

const params = z.object({ ref: z.string() });
const text = z.string().optional();
const ATTEMPT = /^[\w-]{20}$/;

const STATUS = { live: 200, done: 200, dead: 410, unavailable: 503 } as const satisfies Record<
  View['kind'],
  number
>;

const UNAVAILABLE: View = { kind: 'unavailable' };

/** `GET /l/:ref`: the page of a link. */
export function linkRoute(deployment: Deployment, render: RenderPage): Route {
  return visitorRoute({
    method: 'GET',
    path: '/l/:ref',
    summary: 'The page that a person sees at a link; never burns',
    params,
    headers: z.object({ 'accept-language': text }),
    answer: async ({ params: { ref }, headers }) => {
      const language = headers['accept-language'];
      const attempt = newAttemptSecret(deployment.randomBytes);
      return show(await lookAt(ref, attempt, deployment), render, language);
    },
    onError: (error, raw) => showFailure(error, raw, render),
  });
}

/** `POST /l/:ref`: the button of that page. The only way in which a link redeems its token. */
export function pressLinkRoute(deployment: Deployment, render: RenderPage): Route {
  const { issuer, randomBytes } = deployment;
  return visitorRoute({
    method: 'POST',
    path: '/l/:ref',
    summary: 'The button of that page: redeems the token, and leads on',
    params,
    headers: z.object({ 'accept-language': text, origin: text, host: text, 'sec-fetch-site': text }),
    form: z.object({ attempt: text, code: text }),
    answer: async ({ params: { ref }, headers, body: form }) => {
      const language = headers['accept-language'];
      const at = pressedAt(headers, issuer);
      const given = form.attempt !== undefined && ATTEMPT.test(form.attempt) ? form.attempt : undefined;
      const attempt = given ?? newAttemptSecret(randomBytes);
      if (at === 'elsewhere' || (at === 'unknown' && given === undefined)) {
        const view = await lookAt(ref, newAttemptSecret(randomBytes), deployment);
        return view.kind === 'live'
          ? pageAnswer(403, render({ ...view, trouble: { kind: 'foreign-button' } }, language))
          : show(view, render, language);
      }
      return show(await press(ref, { attempt, code: form.code }, deployment), render, language);
    },
    onError: (error, raw) => showFailure(error, raw, render),
  });
}

function show(landing: Landing, render: RenderPage, language: string | undefined): Answer {
  if (landing.kind === 'leads') return seeOther(landing.to);
  const isRefused = landing.kind === 'live' && landing.trouble !== undefined;
  return pageAnswer(isRefused ? 403 : STATUS[landing.kind], render(landing, language));
}

/** Nothing is told of why: the log has that. */
function showFailure(
  error: MatchstickError,
  { header }: Pick<RawInput, 'header'>,
  render: RenderPage,
): Answer {
  const view = error instanceof InterruptedPress ? error.view : UNAVAILABLE;
  const { retryAfterSeconds } = error.extras;
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return pageAnswer(error.status, render(view, header('accept-language')), retryAfter);
}
