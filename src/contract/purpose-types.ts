import type { BindingKind, BindingValues } from './bindings.ts';

/** What is known of a purpose at compile time. */
export interface PurposeTypes {
  /** What a mint gives; `undefined` when its tokens carry none. */
  readonly claims: object | undefined;
  /** What a redemption grants, where a validator makes something else of the claims. Absent: the same. */
  readonly granted?: object;
  readonly audience: string;
  readonly bind: { readonly [Kind in BindingKind]?: 'optional' | 'required' };
}

export type PurposeMap = Readonly<Record<string, PurposeTypes>>;

type Kinds<Bind> = keyof Bind & keyof BindingValues;

/** A kind whose policy is not known at compile time may be bound or not: the purpose decides when it is minted. */
type RequiredKind<Bind> = {
  [Kind in Kinds<Bind>]-?: [Bind[Kind]] extends ['required'] ? Kind : never;
}[Kinds<Bind>];

type AllowedKind<Bind> = {
  [Kind in Kinds<Bind>]-?: [Bind[Kind]] extends [undefined] ? never : Kind;
}[Kinds<Bind>];

type BindOf<Bind> = Pick<BindingValues, RequiredKind<Bind>> & Partial<Pick<BindingValues, AllowedKind<Bind>>>;

type BindOption<Bind> = [AllowedKind<Bind>] extends [never]
  ? { readonly bind?: never }
  : [RequiredKind<Bind>] extends [never]
    ? { readonly bind?: BindOf<Bind> }
    : { readonly bind: BindOf<Bind> };

/** Claims with no member that is required may be left out. */
type ClaimsOption<Claims> = [Claims] extends [undefined]
  ? { readonly claims?: never }
  : Record<never, never> extends Claims
    ? { readonly claims?: Exclude<Claims, undefined> }
    : { readonly claims: Exclude<Claims, undefined> };

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;

/** Of several audiences the mint names one; of a single one it may be silent. */
export type AudienceOption<Audience extends string> =
  true extends IsUnion<Audience> ? { readonly audience: Audience } : { readonly audience?: Audience };

export type MintOptions<P extends PurposeTypes> = {
  readonly subject: string;
  /** Seconds; at most, and by default, the purpose's lifetime. */
  readonly expiresIn?: number;
  readonly uses?: number;
  /** Whether a person is to open it. */
  readonly link?: boolean;
} & ClaimsOption<P['claims']> &
  BindOption<P['bind']> &
  AudienceOption<P['audience']>;

/** What a redemption of this purpose grants. */
export type ClaimsOf<P extends PurposeTypes> = P extends { readonly granted: object }
  ? P['granted']
  : [P['claims']] extends [undefined]
    ? Record<string, never>
    : Exclude<P['claims'], undefined>;
