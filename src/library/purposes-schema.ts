import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { linkSchema } from '../settings/pages-schema.ts';
import { name, purposeSchema } from '../settings/schema.ts';
import type { PurposePolicy } from './purpose-policy.ts';
import { isValidator } from './validated-claims.ts';

/** The settings of the file that code has no word for: none. */
const OF_THE_FILE = {} as const satisfies Record<
  Exclude<keyof typeof purposeSchema.shape, keyof PurposePolicy>,
  true
>;

/** `purposes`, as code declares them: like those of the file, with a validator for the claims. */
export const purposesSchema = z.record(
  name,
  purposeSchema.omit(OF_THE_FILE).extend({
    claims: z
      .custom<StandardSchemaV1>(
        isValidator,
        'must be a Standard Schema validator, such as one of zod, valibot or arktype',
      )
      .optional(),
    link: linkSchema.omit({ text: true }).optional(),
  }),
);
