import { Router } from 'express';
import { field, trouble } from './form.ts';
import { html } from './html.ts';
import { sendPage } from './page.ts';
import { isPassword } from './passwords.ts';
import { endSession, logIn, userOf } from './session.ts';
import type { Users } from './users.ts';

/** The session login, which Matchstick leaves as it is. */
export function loginPages(users: Users): Router {
  const router = Router();

  router.get('/', (req, res) => {
    const user = userOf(req, users);
    sendPage(res, 200, user ? { title: `Hello, ${user.name}`, user, body: WELCOME } : loginPage());
  });

  router.post('/login', async (req, res) => {
    const email = field(req.body, 'email');
    const user = users.byEmail(email);
    const isRight = await isPassword(field(req.body, 'password'), user?.passwordHash);
    if (!user || !isRight) {
      return sendPage(res, 401, loginPage(email, 'This e-mail address and password do not go together.'));
    }
    await logIn(req, user);
    res.redirect(303, '/');
  });

  router.post('/logout', async (req, res) => {
    await endSession(req);
    res.redirect(303, '/');
  });

  return router;
}

const WELCOME = html`<p>You are logged in by an ordinary session. What has to work once goes through Matchstick:</p>
<ul class="cards">
<li><a href="/reports">Download a report</a> by a link that works once.</li>
<li><a href="/invoices">Create an invoice</a> by a call to another service that can be made once.</li>
<li><a href="/forgot">Reset your password</a> by a link in a mail that works once.</li>
</ul>`;

function loginPage(email = '', said?: string) {
  return {
    title: 'Log in',
    body: html`${trouble(said)}
<form method="post" action="/login">
<label>E-mail address <input type="email" name="email" value="${email}" autocomplete="username" required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>
<p><a href="/forgot">Forgot your password?</a></p>`,
  };
}
