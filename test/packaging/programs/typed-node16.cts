import type { Matchstick } from 'matchstick-tokens' with { 'resolution-mode': 'import' };

async function open(): Promise<Matchstick> {
  const { createMatchstick } = await import('matchstick-tokens');
  const { createClient } = await import('matchstick-tokens/client');
  // @ts-expect-error: a URL is not a number
  createClient({ url: 1 });
  return createMatchstick({ issuer: 'https://cap.example.test', purposes: {} });
}

export { open };
