// A program in TypeScript that uses the service with what openapi-typescript makes of its description.
import createClient from 'openapi-fetch';
import type { paths } from './api.d.ts';

const [url = '', key = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

const minted = await client.POST('/v1/tokens', {
  body: { purpose: 'file-download', subject: 'user-42', claims: { key: 'a.txt' }, uses: 1 },
});
if (!minted.data) throw new Error(minted.error.detail);
const { token } = minted.data;
const redeem = () => client.POST('/v1/redemptions', { body: { token, purpose: 'file-download', hold: 30 } });
const first = await redeem();
if (!first.data) throw new Error(first.error.detail);
const second = await redeem();
// @ts-expect-error: no purpose has this name.
await client.POST('/v1/tokens', { body: { purpose: 'file-upload', subject: 'user-42' } });
// @ts-expect-error: the claims of this purpose have a key.
await client.POST('/v1/tokens', { body: { purpose: 'file-download', subject: 'user-42', claims: {} } });
const committed = await client.POST('/v1/redemptions/{id}/commit', {
  params: { path: { id: first.data.redemptionId } },
});
console.log(
  JSON.stringify({
    state: first.data.state,
    claims: first.data.claims,
    refused: second.error?.code,
    committed: committed.data?.state,
  }),
);
