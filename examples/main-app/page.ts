import type { Response } from 'express';
import { type Html, html } from './html.ts';
import type { User } from './users.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Who is logged in. */
  readonly user?: User | undefined;
}

export function sendPage(res: Response, status: number, { title, body, user }: Page): void {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Acme</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<a class="brand" href="/">Acme</a>
${user ? navigation(user) : undefined}
</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  res.status(status).type('html').send(page.text);
}

function navigation({ name }: User): Html {
  return html`<nav>
<a href="/reports">Reports</a>
<a href="/invoices">Invoices</a>
<form method="post" action="/logout"><button class="quiet">Log out ${name}</button></form>
</nav>`;
}
