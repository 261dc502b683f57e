import * as z from 'zod/mini';
import { MAX_BATCH_JSON_VALUES } from '../../contract/limits.ts';
import { minted } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { mintManyBody } from '../../operations/mint-body.ts';
import { reply, route } from '../route.ts';

export function mintBatchRoute({ mintMany }: Operations) {
  return route({
    operationId: 'mintBatch',
    method: 'POST',
    path: '/v1/tokens/batch',
    summary: 'Mint many tokens: all or none',
    body: mintManyBody,
    maxBodyBytes: 2_097_152,
    maxValues: MAX_BATCH_JSON_VALUES,
    replies: {
      201: {
        description: 'The tokens, in the order of the request',
        body: z.strictObject({ tokens: z.readonly(z.array(minted)) }),
      },
    },
    problems: ['ledger_unavailable'],
  }).forCallers(
    async ({ body, occasion }, caller) => reply(201, await mintMany.perform(body, caller, occasion)),
    mintMany,
  );
}
