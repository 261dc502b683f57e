import { createServer, type ServerResponse } from 'node:http';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { type Html, html } from '../html.ts';

const KEPT = 100;
const STYLE = `:root{color-scheme:light dark}
body{color:#15181e;background:#fff;max-width:44rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
article{margin:1rem 0;padding:1rem 1.25rem;border:1px solid #8888;border-radius:.75rem}
h2{margin:0;font-size:1.125rem}
pre{margin:1rem 0 0;font:inherit;white-space:pre-wrap}
.to{margin:0;opacity:.75}
@media (prefers-color-scheme:dark){body{color:#eef0f4;background:#0f1115}a{color:#9ecbff}}`;

export interface Mailbox {
  readonly url: string;
  readonly smtpUrl: string;
  close(): Promise<void>;
}

/** Takes every mail over SMTP, delivers none, and shows them on a page, the newest first. */
export async function openMailbox(pagePort: number, smtpPort: number): Promise<Mailbox> {
  const mails: Email[] = [];
  const smtp = new SMTPServer({
    logger: false,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => {
      receive(stream).then((mail) => {
        mails.unshift(mail);
        mails.splice(KEPT);
        done();
      }, done);
    },
  });
  const pages = createServer((req, res) => {
    if (req.url === '/' || req.url === '/mail') return sendPage(res, mails);
    res.writeHead(404).end();
  });
  await Promise.all([
    new Promise<void>((resolve) => smtp.listen(smtpPort, '127.0.0.1', resolve)),
    new Promise<void>((resolve) => pages.listen(pagePort, '127.0.0.1', resolve)),
  ]);
  return {
    url: `http://127.0.0.1:${pagePort}/mail`,
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    close: async () => {
      await new Promise<void>((resolve) => smtp.close(resolve));
      pages.closeAllConnections();
      await new Promise((resolve) => pages.close(resolve));
    },
  };
}

async function receive(stream: AsyncIterable<Buffer>): Promise<Email> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return PostalMime.parse(Buffer.concat(chunks));
}

function sendPage(res: ServerResponse, mails: readonly Email[]): void {
  // The mail is waited for; afterwards the page stands still.
  const refresh = mails.length === 0 ? html`<meta http-equiv="refresh" content="2">` : undefined;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}
<title>Mailbox of the demo</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Mailbox of the demo</h1>
<p>${mails.length === 0 ? 'No mail yet.' : 'Reload for newer ones.'}</p>
${mails.map(article)}
</main>
</body>
</html>
`;
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'Referrer-Policy': 'no-referrer',
  });
  res.end(page.text);
}

function article({ to = [], subject = '', text = '' }: Email): Html {
  const addresses = to.map(({ address }) => address).join(', ');
  return html`<article>
<h2>${subject}</h2>
<p class="to">To ${addresses}</p>
<pre>${text.split(/(https?:\/\/\S+)/).map(linked)}</pre>
</article>`;
}

/** Splitting by a pattern with a group gives text and URLs in turn. */
function linked(part: string, index: number): Html {
  return index % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`;
}
