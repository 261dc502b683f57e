import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { linkSchema } from '../settings/pages-schema.ts';
import { name, purposeSchema } from '../settings/schema.ts';
import { isValidator } from './validated-claims.ts';

/** `purposes`, as code declares them: like those of the file, with a validator for the claims. */
export const purposesSchema = z.record(
  name,
  purposeSchema.omit({ limit: true }).extend({
    claims: z
      .custom<StandardSchemaV1>(
        isValidator,
        'must be a Standard Schema validator, such as one of zod, valibot or arktype',
      )
      .optional(),
    link: linkSchema.omit({ text: true }).optional(),
  }),
);
