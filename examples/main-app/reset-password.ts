import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import { field, trouble } from './form.ts';
import { html } from './html.ts';
import type { Jobs } from './jobs.ts';
import type { Mail, SendMail } from './mail.ts';
import { type Matchstick, MatchstickError } from './matchstick.ts';
import { type Page, sendPage } from './page.ts';
import { hashPassword, isPassword, problemOfPassword } from './passwords.ts';
import { renewSession, saveSession } from './session.ts';
import type { User, Users } from './users.ts';

export interface ResetPassword {
  readonly users: Users;
  readonly matchstick: Matchstick;
  readonly jobs: Jobs;
  readonly sendMail: SendMail;
}

const PURPOSE = 'password-reset';
const REDEMPTION = /^[\w-]{1,200}$/;
const NO_ANSWER = 'That did not work just now. Please try again.';

/** Where the button of the link leads, with ?redemption=<id>. */
export function resetPasswordPages({ users, matchstick, jobs, sendMail }: ResetPassword): Router {
  const router = Router();

  router.get('/reset', async (req, res) => {
    const { redemption } = req.query;
    if (redemption === undefined) {
      return req.session.reset ? sendPage(res, 200, formPage()) : sendPage(res, 410, DEAD);
    }
    if (typeof redemption !== 'string' || !REDEMPTION.test(redemption)) return sendPage(res, 410, DEAD);
    // Out of the URL, where it would stay in the history, into a session whose id nobody can have planted. Not
    // collected yet: only a good password is worth it.
    const { login } = req.session;
    await renewSession(req);
    if (login) req.session.login = login;
    req.session.reset = { redemption, attempt: randomUUID() };
    await saveSession(req);
    res.set('Referrer-Policy', 'no-referrer').redirect(303, '/reset');
  });

  router.post('/reset', async (req, res) => {
    const { reset } = req.session;
    if (!reset) return sendPage(res, 410, DEAD);
    const password = field(req.body, 'password');
    const isRepeated = password === field(req.body, 'repeated');
    const problem = problemOfPassword(password) ?? (isRepeated ? undefined : 'The two are not the same.');
    if (problem) return sendPage(res, 422, formPage(problem));

    const passwordHash = await hashPassword(password);
    const granted = await collect(reset);
    // Nothing is lost: sending the form again is the same attempt.
    if (granted === 'no-answer') return sendPage(res, 503, formPage(NO_ANSWER));
    delete req.session.reset;
    await saveSession(req);
    const user = granted && users.byId(granted.subject);
    if (!user) return sendPage(res, 410, DEAD);
    // Ends every session of theirs: see session.ts. Nobody is logged in by it: whoever reads the mail may not
    // have what else a log-in needs.
    if (users.changePassword(user.id, passwordHash, Date.parse(granted.redeemedAt))) {
      // Another link may have been asked for since this one was opened.
      const others = { subject: user.id, purpose: PURPOSE };
      jobs.add('ending other links', async () => void (await matchstick.revokeAll(others)));
      jobs.add('telling of a new password', () => sendMail(noteTo(user)));
    } else if (!(await isPassword(password, users.byId(user.id)?.passwordHash))) {
      // The same form, sent twice at once, finds its password set; anything else came too late.
      return sendPage(res, 410, DEAD);
    }
    res.redirect(303, '/reset/done');
  });

  router.get('/reset/done', (_req, res) => sendPage(res, 200, DONE));

  /** What the link granted; undefined when it grants nothing any more. */
  async function collect({ redemption, attempt }: { redemption: string; attempt: string }) {
    try {
      const granted = await matchstick.collect(redemption, attempt);
      return granted.purpose === PURPOSE ? granted : undefined;
    } catch (error) {
      if (!(error instanceof MatchstickError)) throw error;
      return error.isPassing ? 'no-answer' : undefined;
    }
  }

  return router;
}

function noteTo({ name, email }: User): Mail {
  return {
    to: email,
    subject: 'Your password was changed',
    text: `Hello ${name},

your password was changed just now, and you were logged out everywhere.

If that was not you, tell us at once.
`,
  };
}

function formPage(problem?: string): Page {
  return {
    title: 'Choose a new password',
    body: html`${trouble(problem)}
<form method="post" action="/reset">
<label>New password, of at least 12 characters <input type="password" name="password" autocomplete="new-password" required></label>
<label>The same again <input type="password" name="repeated" autocomplete="new-password" required></label>
<button>Set the password</button>
</form>`,
  };
}

const DONE: Page = {
  title: 'Your password was changed',
  body: html`<p>You were logged out everywhere. <a href="/">Log in</a> with the new one.</p>`,
};

/** One page for all that cannot be used: unknown, used, or over. */
const DEAD: Page = {
  title: 'This link no longer works',
  body: html`<p>It was used before, or it was too old. <a href="/forgot">Ask for a new one</a>.</p>`,
};
