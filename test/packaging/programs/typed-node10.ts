import { createMatchstick, type InProcessMatchstick, MatchstickError } from 'matchstick-tokens';
import { createClient } from 'matchstick-tokens/client';
import { requireCapability } from 'matchstick-tokens/express';

const issuer = 'https://cap.example.test';
const opened: Promise<InProcessMatchstick> = createMatchstick({
  issuer,
  purposes: { reset: { audience: 'app', lifetime: '5m' } },
});
opened
  .then(async (matchstick) => {
    requireCapability({ redeem: matchstick, purpose: 'reset' });
    await matchstick.close();
    // @ts-expect-error: a URL is not a number
    createClient({ url: 1, key: `ms_app_${'A'.repeat(43)}` });
  })
  .catch((error) => console.log(error instanceof MatchstickError, error.message));
