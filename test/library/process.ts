import { createMatchstick, definePurposes, type MatchstickOptions } from '../../src/index.ts';

/** A program that has Matchstick in process: prints what it got, closes, and must then end by itself. */
const purposes = definePurposes({
  report: {
    audience: 'app',
    lifetime: '15m',
    opens: { s3: { store: 'reports', key: 'of/{subject}.pdf', for: '30s' } },
  },
});

const given: Pick<MatchstickOptions<typeof purposes>, 'ledger' | 'keys'> = JSON.parse(
  process.argv[2] ?? '{}',
);
const stores = { reports: { bucket: 'acme-reports', region: 'eu-central-1' } };
const matchstick = await createMatchstick({ issuer: 'https://cap.example.test', purposes, stores, ...given });
const { token } = await matchstick.mint('report', { subject: 'user-42' });
const { opens } = await matchstick.redeem(token, 'report');
const again = await matchstick.redeem(token, 'report').catch((error: { code: string }) => error.code);
const { origin, pathname, searchParams } = new URL(opens?.url ?? 'about:blank');
const opened = [opens?.method, `${origin}${pathname}`, searchParams.get('X-Amz-Expires')];
process.stdout.write(`${JSON.stringify({ opened, again })}\n`);
await matchstick.close();
