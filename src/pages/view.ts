/** What a person sees at a link. */
export type View =
  /** The link works: says what it is for and has a button, whose form posts `attempt` to the page's own URL. */
  | {
      readonly kind: 'live';
      readonly purpose: string;
      /** 22 base64url characters, in a hidden field of that name. */
      readonly attempt: string;
      /** A code is to be typed, in a field named `code`. */
      readonly asksCode: boolean;
      /** What went wrong with the button just pressed. */
      readonly trouble?: Trouble;
    }
  /** It was redeemed, and the application goes on at this http or https URL. */
  | { readonly kind: 'leads'; readonly purpose: string; readonly to: string }
  /** It was redeemed, and leads nowhere else. */
  | { readonly kind: 'done'; readonly purpose: string }
  /** The link is good no longer, because wrong codes were typed too often. Told to who pressed it. */
  | { readonly kind: 'locked'; readonly purpose: string }
  /** Used, expired, never there: nothing tells which. */
  | { readonly kind: 'dead' }
  /** It did not work, and nothing was used up. */
  | { readonly kind: 'undone' }
  /** The ledger does not answer, and what the link is for is not known. */
  | { readonly kind: 'unavailable' }
  /** Too many visits from this address, or too many wrong codes. */
  | { readonly kind: 'limited' };

export type Trouble =
  /** The code was wrong; so many tries are left. */
  | { readonly kind: 'wrong-code'; readonly triesLeft: number }
  /** The button was not pressed on this page. */
  | { readonly kind: 'foreign-button' }
  /** Nothing was used up: press it again in a moment. */
  | { readonly kind: 'try-again' };

export interface Page {
  readonly html: string;
  /** Content-Type, Content-Security-Policy, Content-Language and the like. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes pages in the language that an `Accept-Language` header (RFC 9110 section 12.5.4) asks for. */
export type RenderPage = (view: View, acceptLanguage: string | undefined) => Page;
