// The same from CommonJS, which can require a module since Node 20.19 and 22.12.
const { createMatchstick, MatchstickError } = require('matchstick-tokens');
const { createClient } = require('matchstick-tokens/client');
const { requireCapability } = require('matchstick-tokens/express');

async function main() {
  const purposes = { reset: { audience: 'app', lifetime: '15m' } };
  const matchstick = await createMatchstick({ issuer: 'https://cap.example.test', purposes });
  const { token } = await matchstick.mint('reset', { subject: 'user-42' });
  await matchstick.redeem(token, 'reset');
  const refused = await matchstick.redeem(token, 'reset').catch((error) => error);
  await matchstick.close();
  const imported = await import('matchstick-tokens');
  process.stdout.write(
    `${JSON.stringify({
      code: refused.code,
      sameClass: refused instanceof imported.MatchstickError && imported.MatchstickError === MatchstickError,
      functions: [typeof createClient, typeof requireCapability],
    })}\n`,
  );
}

main();
