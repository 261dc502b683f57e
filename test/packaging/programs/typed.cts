import matchstick = require('matchstick-tokens');
import client = require('matchstick-tokens/client');

const opened: Promise<matchstick.Matchstick> = matchstick.createMatchstick({
  issuer: 'https://cap.example.test',
  purposes: {},
});
// @ts-expect-error: a caller key is missing
client.createClient({ url: 'https://cap.example.test' });

export { opened };
