import * as z from 'zod/mini';
import { bindShape, linkShape, purposeFacts } from './purpose-facts.ts';
import {
  inputProblem,
  inspected,
  minted,
  openedRequest,
  problemDetails,
  redemption,
  revoked,
  settled,
} from './replies.ts';

/** The replies as their readers take them: members that a later version adds are let through. */

export const readMinted = z.looseObject(minted.shape);
export const readRedemption = z.looseObject({
  ...redemption.shape,
  opens: z.exactOptional(z.looseObject(openedRequest.shape)),
});
export const readSettled = z.looseObject(settled.shape);
export const readInspected = z.looseObject(inspected.shape);
export const readRevoked = z.looseObject(revoked.shape);
export const readPurposes = z.looseObject({
  purposes: z.array(
    z.looseObject({
      ...purposeFacts.shape,
      bind: z.exactOptional(z.looseObject(bindShape)),
      link: z.exactOptional(z.looseObject(linkShape)),
    }),
  ),
});

const { type, status, detail, redeemedAt, heldUntil, limit } = problemDetails.shape;

/** What a refusal must have; the code may be one of a later version. */
export const readProblem = z.looseObject({ type, status, detail, code: z.string() });
/** Members of a refusal that explain. Each is read by itself: one that is not as it should be decides nothing. */
export const readProblemExtras = {
  errors: z.array(z.looseObject({ ...inputProblem.shape, pointer: z.optional(inputProblem.shape.pointer) })),
  redeemedAt,
  heldUntil,
  limit,
};
