import type { Authenticate } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import type { Occasion } from '../events/occasion.ts';
import type { Route } from '../http/route.ts';
import type { RefuseStranger } from '../operations/strangers.ts';
import { html, pathLink, postForm } from '../pages/html.ts';
import type { At, Shown } from './document.ts';
import type { Gate } from './gate.ts';
import type { Sessions } from './session.ts';

export interface SignInOptions {
  readonly authenticate: Authenticate;
  readonly refuseStranger: RefuseStranger;
  readonly sessions: Sessions;
  /** Told of each sign-in. */
  readonly signedIn: (name: string, occasion: Occasion) => void;
}

/** `/console/sign-in` and `/console/sign-out`. */
export function signInRoutes({ at, open, action, go }: Gate, options: SignInOptions): readonly Route[] {
  const { authenticate, refuseStranger, sessions, signedIn } = options;
  const place = { path: 'sign-in', summary: 'Sign in to the console with the key of an operator' };
  return [
    open({ ...place, operationId: 'consoleSignIn' }, 'GET', async ({ query }) => signInPage(at, query.token)),
    open(
      { ...place, operationId: 'consoleSignInSend' },
      'POST',
      async ({ address, occasion }, { key = '', then }) => {
        const given = key.trim();
        const caller = known(() => authenticate(`Bearer ${given}`));
        if (caller instanceof MatchstickError) {
          const refusal = await refuseStranger(caller, address, occasion);
          if (refusal.code !== 'caller_unknown') throw refusal;
          return signInPage(at, then, 'This key is not known here, or is no longer valid.');
        }
        if (caller.operator === undefined) {
          const refusal = await refuseStranger(
            new MatchstickError('caller_forbidden', 'no operator'),
            address,
            occasion,
            caller.name,
          );
          if (refusal.code === 'rate_limited') throw refusal;
          return signInPage(
            at,
            then,
            `The caller ${caller.name} is not an operator. Set operator: view or operator: manage for it.`,
          );
        }
        signedIn(caller.name, occasion);
        return go(isJti(then) ? `tokens/${then}` : '', { 'Set-Cookie': await sessions.start(caller, given) });
      },
    ),
    action({ operationId: 'consoleSignOut', path: 'sign-out', summary: 'Ends the session' }, async () =>
      go('sign-in', { 'Set-Cookie': sessions.end() }),
    ),
  ];
}

function known<T>(find: () => T): T | MatchstickError {
  try {
    return find();
  } catch (error) {
    if (error instanceof MatchstickError) return error;
    throw error;
  }
}

function isJti(text: string | undefined): text is string {
  return text !== undefined && /^[\w-]{52}$/.test(text);
}

function signInPage(at: At, then: string | undefined, trouble?: string): Shown {
  const back = isJti(then) ? at(`tokens/${then}`) : undefined;
  const fields = html`<input type="hidden" name="then" value="${isJti(then) ? then : ''}">
<label for="key">Caller key of an operator</label>
<p class="hint" id="hint">It begins with ms_. It is not stored. The session lasts 8 hours, or until the key expires or is removed.</p>
<input id="key" name="key" type="password" autocomplete="current-password" required spellcheck="false" aria-describedby="hint">
<button type="submit">Sign in</button>`;
  return {
    title: trouble === undefined ? 'Sign in' : 'Not signed in',
    status: trouble === undefined ? 200 : 403,
    body: html`<div class="card narrow"><h1>Sign in</h1>
${trouble === undefined ? undefined : html`<p class="trouble" role="alert">${trouble}</p>`}
${postForm(at('sign-in'), fields)}
${back && trouble === undefined ? html`<p data-back="${back}">${pathLink(back, 'I have already signed in')}</p>` : undefined}</div>`,
  };
}
