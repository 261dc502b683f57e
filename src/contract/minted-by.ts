import type { MintedBy, PurposeTypes } from './purpose-types.ts';
import type { Minted } from './replies.ts';

/**
 * A minted token with the type that its purpose and its `link` give it. The same configuration decides on both sides
 * whether there is a `url`; the compiler cannot follow it through the answer of a call.
 */
export function mintedBy<P extends PurposeTypes, Link>(minted: Minted): MintedBy<P, Link> {
  return minted as MintedBy<P, Link>;
}
