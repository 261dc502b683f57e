import * as z from 'zod/mini';
import { inspected, minted, openedRequest, redemption, revoked, settled } from './replies.ts';

/** The replies as their readers take them: members that a later version adds are let through. */

export const readMinted = z.looseObject(minted.shape);
export const readRedemption = z.looseObject({
  ...redemption.shape,
  opens: z.exactOptional(z.looseObject(openedRequest.shape)),
});
export const readSettled = z.looseObject(settled.shape);
export const readInspected = z.looseObject(inspected.shape);
export const readRevoked = z.looseObject(revoked.shape);
