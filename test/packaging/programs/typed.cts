import matchstick = require('matchstick-tokens');
import client = require('matchstick-tokens/client');

const opened: Promise<matchstick.Matchstick> = matchstick.createMatchstick({
  issuer: 'https://cap.example.test',
  purposes: {},
});
// @ts-expect-error: a URL is not a number
client.createClient({ url: 1 });

export { opened };
