import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import { createMatchstick } from 'matchstick-tokens';
import { capabilityOf, linkOf, requireCapability } from 'matchstick-tokens/express';

const APP_URL = 'https://app.example.com'; // configured, never taken from a request
const hashOf = (password: string, salt: Buffer) => scryptSync(password, salt, 32);
const passwordOf = (password: string, salt = randomBytes(16)) => ({ salt, hash: hashOf(password, salt) });
const nobody = { password: passwordOf(randomBytes(32).toString('hex')) }; // takes as long to refuse
const users = new Map([
  ['user-42', { email: 'ada@example.com', password: passwordOf('the password she forgot') }],
]);
const userBy = (email: unknown) => [...users].find(([, user]) => user.email === email)?.[0];
const sendMail = (to: string, text: string) => console.log(`Mail to ${to}: ${text}`);

const matchstick = await createMatchstick({
  issuer: APP_URL,
  purposes: { 'password-reset': { audience: APP_URL, lifetime: '10m', live: 1 } },
});
const reset = requireCapability({ redeem: matchstick, purpose: 'password-reset', from: 'link' });

async function mailLink(id: string, email: string) {
  const { token } = await matchstick.mint('password-reset', { subject: id });
  sendMail(email, `${APP_URL}/reset?token=${token}`);
}

/** Before the token is redeemed: a password that is too short must not cost the link. */
const requireGoodPassword: RequestHandler = ({ body }, res, next) => {
  if (typeof body?.password === 'string' && body.password.length >= 12) next();
  else res.status(422).send('Please go back and take at least 12 characters.');
};

const app = express().use(express.urlencoded());
app.post('/forgot', ({ body }, res) => {
  const id = userBy(body?.email);
  // Not waited for: whether we know the address can be told neither from the answer nor from its time.
  if (id) mailLink(id, body.email).catch(console.error);
  res.send('If we know this address, a mail is on its way.');
});
app.get('/reset', reset, (req, res) => {
  res.send(`<!doctype html><title>Reset your password</title>
    <form method="post" action="/reset">
      <input type="hidden" name="token" value="${linkOf(req)?.token}">
      <label>New password <input type="password" name="password" autocomplete="new-password"></label>
      <button>Set it</button>
    </form>`);
});
app.post('/reset', requireGoodPassword, reset, (req, res) => {
  const user = users.get(capabilityOf(req).subject);
  if (user) user.password = passwordOf(req.body.password);
  res.send('Your password is set. Please log in.'); // and end the sessions that this user has elsewhere
});
app.post('/login', ({ body }, res) => {
  const user = users.get(userBy(body?.email) ?? '');
  const { salt, hash } = (user ?? nobody).password;
  const isRight = timingSafeEqual(hashOf(String(body?.password), salt), hash) && user !== undefined;
  res.status(isRight ? 200 : 401).send(isRight ? 'Welcome.' : 'That is not right.');
});
const server = app.listen(process.env.PORT ?? 3000, () => console.log('listening on', server.address()));
