// The least that minting and redeeming over HTTP can cost with these parts: node:http, jose and one
// Redis script. It checks nothing that it could leave out. A yardstick, never to be used.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { CompactSign, compactVerify, generateKeyPair } from 'jose';

const LIFETIME_SECONDS = 900;
/** As many as in the service's jti: 48 characters. */
const JTI_BYTES = 36;
const SET_ONCE = "return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1])";

const { publicKey, privateKey } = await generateKeyPair('ES256');
const redis = new Redis(process.env.REDIS_URL ?? '');
const setOnce = String(await redis.script('LOAD', SET_ONCE));

async function mint(body: string): Promise<string> {
  const { purpose, subject }: { purpose: string; subject: string } = JSON.parse(body);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://cap.example.test',
    aud: 'https://app.example.test',
    sub: subject,
    jti: randomBytes(JTI_BYTES).toString('base64url'),
    iat,
    exp: iat + LIFETIME_SECONDS,
    purpose,
  };
  const token = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: '0123456789abcdef', typ: 'cap+jwt' })
    .sign(privateKey);
  return JSON.stringify({ token });
}

/** The claims, or undefined when the token was redeemed before. */
async function redeem(body: string): Promise<string | undefined> {
  const { token }: { token: string } = JSON.parse(body);
  const { payload } = await compactVerify(token, publicKey);
  const claims = Buffer.from(payload).toString();
  const { jti }: { jti: string } = JSON.parse(claims);
  const set = await redis.evalsha(setOnce, 1, `floor:${jti}`, LIFETIME_SECONDS);
  return set === null ? undefined : claims;
}

async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  if (request.url === '/v1/tokens') return send(response, 201, await mint(body));
  const claims = await redeem(body);
  return claims === undefined ? send(response, 410, '{}') : send(response, 200, claims);
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    answer(request, response, body).catch(() => send(response, 500, '{}'));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`listens on http://127.0.0.1:${address.port}`);
});
