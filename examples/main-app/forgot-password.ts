import { Router } from 'express';
import { field } from './form.ts';
import { html } from './html.ts';
import type { Jobs } from './jobs.ts';
import type { SendMail } from './mail.ts';
import type { Matchstick } from './matchstick.ts';
import { sendPage } from './page.ts';
import type { Users } from './users.ts';

export interface ForgotPassword {
  readonly users: Users;
  readonly matchstick: Matchstick;
  readonly jobs: Jobs;
  readonly sendMail: SendMail;
}

/** Asking for a link by which the password can be set anew. */
export function forgotPasswordPages({ users, matchstick, jobs, sendMail }: ForgotPassword): Router {
  const router = Router();

  router.get('/forgot', (_req, res) => sendPage(res, 200, { title: 'Forgot your password?', body: FORM }));

  // Whether there is such an account shows neither in the answer nor in how long it takes: all that
  // depends on it is done later.
  router.post('/forgot', (req, res) => {
    const email = field(req.body, 'email');
    jobs.add('a link to reset a password', () => sendLink(email));
    sendPage(res, 200, { title: 'Look into your mailbox', body: SENT });
  });

  async function sendLink(email: string): Promise<void> {
    const user = users.byEmail(email);
    if (!user) return;
    const order = { purpose: 'password-reset', subject: user.id, link: true };
    const { url = '', issuedAt, expiresAt } = await matchstick.mint(order);
    const minutes = Math.round((Date.parse(expiresAt) - Date.parse(issuedAt)) / 60_000);
    await sendMail({
      to: user.email,
      subject: 'Reset your password',
      text: `Hello ${user.name},

by this link you can choose a new password. It works once, for ${minutes} minutes:

${url}

If you did not ask for it, you need not do anything.
`,
    });
  }

  return router;
}

const FORM = html`<p>We send you a link by which you can choose a new one.</p>
<form method="post" action="/forgot">
<label>E-mail address <input type="email" name="email" autocomplete="username" required></label>
<button>Send the link</button>
</form>`;

const SENT = html`<p>If there is an account for that address, a link is on its way. It works once, and soon no more.</p>
<p><a href="/">Back to the log-in</a></p>`;
