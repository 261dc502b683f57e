// The main application: its pages, put together, and its process.
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler } from 'express';
import { forgotPasswordPages } from './forgot-password.ts';
import { html } from './html.ts';
import { invoicePages } from './invoices.ts';
import { jobQueue } from './jobs.ts';
import { loginPages } from './login.ts';
import { mailer } from './mail.ts';
import { MatchstickError, matchstick } from './matchstick.ts';
import { sendPage } from './page.ts';
import { reportPages } from './reports.ts';
import { resetPasswordPages } from './reset-password.ts';
import { sameOriginOnly } from './same-origin.ts';
import { securityHeaders } from './security-headers.ts';
import { serve } from './serve.ts';
import { openSessions } from './session.ts';
import { settingsFrom } from './settings.ts';
import { seededUsers } from './users.ts';

const settings = settingsFrom(process.env);
const { APP_URL, MATCHSTICK_URL, BILLING_URL } = settings;
const [users, sessions] = await Promise.all([seededUsers(), openSessions(settings)]);
const shared = {
  users,
  matchstick: matchstick(MATCHSTICK_URL, settings.MATCHSTICK_KEY),
  jobs: jobQueue(),
  sendMail: mailer(settings.SMTP_URL),
};

const app = express();
app.disable('x-powered-by');
app.disable('etag');
// https is the proxy's: express-session asks whether the request came by it.
if (APP_URL.startsWith('https:')) app.set('trust proxy', 1);
app.use(securityHeaders(APP_URL, MATCHSTICK_URL));
app.get('/style.css', (_req, res) => res.sendFile(fileURLToPath(new URL('style.css', import.meta.url))));
app.use(sameOriginOnly(APP_URL));
app.use(sessions.middleware);
app.use(express.urlencoded({ extended: false, limit: '4kb' }));
app.use(loginPages(users));
app.use(forgotPasswordPages(shared));
app.use(resetPasswordPages(shared));
app.use(reportPages({ ...shared, hasStore: settings.DOWNLOADS === 'yes' }));
app.use(invoicePages({ ...shared, billingUrl: BILLING_URL }));
app.use((_req, res) =>
  sendPage(res, 404, { title: 'There is no such page', body: html`<p><a href="/">Acme</a></p>` }),
);

const onError: ErrorRequestHandler = (error, _req, res, _next) => {
  const isTheirs = error.status >= 400 && error.status < 500;
  // Errors about a body carry it, and it may hold a password.
  if (!isTheirs) console.error(error instanceof MatchstickError ? `${error.code}: ${error.message}` : error);
  const status = isTheirs ? error.status : error instanceof MatchstickError ? 503 : 500;
  sendPage(res, status, { title: 'That did not work', body: html`<p>Please try again in a moment.</p>` });
};
app.use(onError);

serve('The application', app, settings.PORT, sessions.close);
