import { Router } from 'express';
import { html } from './html.ts';
import type { Matchstick } from './matchstick.ts';
import { sendPage } from './page.ts';
import { userOf } from './session.ts';
import type { User, Users } from './users.ts';

/** What lies in the store under `<user>/<key>`: see `opens` of file-download in the service's configuration. */
export const REPORTS = [
  { id: 'september', title: 'September', key: '2026/09.csv', filename: 'September 2026.csv' },
  { id: 'october', title: 'October', key: '2026/10.csv', filename: 'October 2026.csv' },
] as const;

export interface Reports {
  readonly users: Users;
  readonly matchstick: Matchstick;
  readonly hasStore: boolean;
}

/** Downloads by links that work once. The file itself goes from S3 to the browser, past this application. */
export function reportPages({ users, matchstick, hasStore }: Reports): Router {
  const router = Router();

  router.get('/reports', (req, res) => {
    const user = userOf(req, users);
    if (!user) return res.redirect(303, '/');
    sendPage(res, 200, { title: 'Your reports', user, body: hasStore ? LIST : NO_STORE });
  });

  router.post('/reports/:id', async (req, res) => {
    const user = userOf(req, users);
    if (!user) return res.redirect(303, '/');
    const report = REPORTS.find(({ id }) => id === req.params.id);
    if (!report || !hasStore) return sendPage(res, 404, missing(user));
    const { url } = await matchstick.mint({
      purpose: 'file-download',
      // The user of the session, whose folder the policy opens; what is in the request cannot change it.
      subject: user.id,
      claims: { key: report.key, filename: report.filename },
      link: true,
    });
    res.redirect(303, url ?? '/reports');
  });

  return router;
}

const LIST = html`<p>Each download gets a link of its own. It works once, for five minutes.</p>
<ul class="cards">
${REPORTS.map(
  ({ id, title, filename }) => html`<li>
<h2>${title}</h2>
<p>${filename}</p>
<form method="post" action="${`/reports/${id}`}"><button>Download ${title}</button></form>
</li>`,
)}
</ul>`;

const NO_STORE = html`<p class="trouble">There is no S3 server, so there is nothing to download.</p>
<p>The demo starts one when Ceph's is installed, and can use yours: examples/main-app/README.md says how.</p>`;

function missing(user: User) {
  return { title: 'There is no such report', user, body: html`<p><a href="/reports">Your reports</a></p>` };
}
