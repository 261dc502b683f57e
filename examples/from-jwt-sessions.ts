import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import express, { type Request, type RequestHandler } from 'express';
import session from 'express-session';
import { createMatchstick } from 'matchstick-tokens';
import { capabilityOf, requireCapability } from 'matchstick-tokens/express';

declare module 'express-session' {
  interface SessionData {
    userId: string;
  }
}

const APP_URL = 'https://app.example.com';
const secret = randomBytes(32).toString('hex');
const users = new Map([['user-42', { name: 'Ada', password: 'correct horse battery' }]]);

const matchstick = await createMatchstick({
  issuer: APP_URL,
  purposes: { 'delete-account': { audience: APP_URL, lifetime: '5m', bind: { session: 'required' } } },
});
const deletion = requireCapability({
  redeem: matchstick,
  purpose: 'delete-account',
  from: (req: Request) => req.body?.token,
  session: (req: Request) => req.sessionID,
});
const requireLogin: RequestHandler = (req, res, next) => {
  if (users.has(req.session.userId ?? '')) next();
  else res.sendStatus(401);
};

const app = express().use(express.urlencoded());
app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }));

// Who somebody is, for as long as they are here: the session.
app.post('/login', async (req, res) => {
  const { name, password } = req.body ?? {};
  const [id] = [...users].find(([, user]) => user.name === name && user.password === password) ?? [];
  if (id) {
    await promisify(req.session.regenerate).call(req.session);
    req.session.userId = id;
  }
  res.sendStatus(id ? 204 : 401);
});
app.post('/logout', (req, res) => req.session.destroy(() => res.send('Goodbye.'))); // and it is over

// What must happen once: a capability, for somebody who has just shown again who they are.
app.post('/account/deletion', requireLogin, async (req, res) => {
  const { userId = '' } = req.session;
  if (req.body?.password === users.get(userId)?.password) {
    const bind = { session: req.sessionID };
    res.send(await matchstick.mint('delete-account', { subject: userId, bind }));
  } else res.sendStatus(403);
});
app.post('/account/deletion/confirm', requireLogin, deletion, (req, res) => {
  users.delete(capabilityOf(req).subject);
  res.send('Your account is gone.');
});
const server = app.listen(process.env.PORT ?? 3000, () => console.log('listening on', server.address()));
