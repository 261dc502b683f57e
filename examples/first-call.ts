import { createClient, MatchstickError } from 'matchstick-tokens/client';

const matchstick = createClient(); // MATCHSTICK_URL and MATCHSTICK_KEY

const { token } = await matchstick.mint('password-reset', { subject: 'user-42' });
const { subject } = await matchstick.redeem(token, 'password-reset');
console.log(`Set the new password of ${subject}.`);

try {
  await matchstick.redeem(token, 'password-reset');
} catch (error) {
  if (!(error instanceof MatchstickError)) throw error;
  console.log(`Refused: ${error.code}`); // Refused: token_burned
}
