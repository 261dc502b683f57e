import type { PageTexts, PurposeTexts } from './texts.ts';

/** How the pages of a deployment look and what they say. */
export interface Branding {
  readonly name?: string;
  /** A `data:` URL of an image; needs a name. */
  readonly logo?: string;
  /** The brand's color, `#rrggbb`. */
  readonly color: string;
  /** The language tag for visitors who ask for none that is there. One of `texts`. */
  readonly language: string;
  /** Every language that the pages can be written in. */
  readonly texts: ReadonlyMap<string, PageTexts>;
  /** By purpose, then by language: what the purpose says of itself. Its languages are among `texts`. */
  readonly purposes: ReadonlyMap<string, ReadonlyMap<string, PurposeTexts>>;
}

/** By purpose: the origins that its button may lead to, besides this service. */
export type FormTargets = ReadonlyMap<string, readonly string[]>;
