import type { z } from 'zod';
import type { Caller } from '../callers/caller.ts';
import type { Parsed as Tried } from '../contract/parsed.ts';
import { type ErrorCode, type InputProblem, MatchstickError, requestInvalid } from '../errors.ts';
import type { Occasion } from '../events/occasion.ts';
import { parseBy } from '../input-problems.ts';
import type { Parse } from '../operations/operation.ts';
import { type Answer, problemAnswer } from '../problem.ts';
import { jsonAnswer } from './answer.ts';

/** One kind of success. */
export interface ReplySchema {
  readonly description: string;
  readonly body: z.core.$ZodType;
  /** Sent besides, or instead of, the common ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Replies = Readonly<Record<number, ReplySchema>>;
type Fields = z.ZodObject | undefined;

/** What is known of a route without running it. */
interface RouteDescription<Params = Fields, Headers = Fields, Body = Fields, R = Replies, Query = Fields> {
  /** Names the call in the OpenAPI document, and so in every client that is made of it. */
  readonly operationId: string;
  readonly method: 'GET' | 'POST';
  /** With `:name` for a parameter. */
  readonly path: string;
  readonly summary: string;
  readonly params?: Params;
  /** Of the query string. A route that has none of its own and needs a caller refuses every query. */
  readonly query?: Query;
  /** Names in lower case. A header that is not named here is not looked at. */
  readonly headers?: Headers;
  readonly body?: Body;
  /** How the body is read: JSON unless it says so. */
  readonly reads?: 'form';
  /** For a route with a body. */
  readonly maxBodyBytes?: number;
  /** How many values a JSON body may have, those inside others included. */
  readonly maxValues?: number;
  readonly replies: R;
  /** Statuses of its pages, if it is for people. */
  readonly pages?: readonly number[];
  /** It is no call of the API. */
  readonly isUnlisted?: true;
  /** It also answers with a stream of server-sent events, to who asks for it. */
  readonly streams?: true;
  /** What it may refuse with, besides what every route may. */
  readonly problems: readonly ErrorCode[];
}

/** A request's parts as a server has them, not yet believed. */
export interface RawInput {
  /** Whose share of a limit it is. */
  readonly address: string;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string>>;
  readonly header: (name: string) => string | undefined;
  readonly body: unknown;
  /** What events say of the request. */
  readonly occasion: Occasion;
}

/**
 * A route as a value: whatever serves, documents or types the API reads it from here. Nothing in it
 * knows a web framework.
 */
export interface Route extends RouteDescription {
  /** Whether only callers with a key may make it; what each of them may do, its operation decides. */
  readonly needsCaller: boolean;
  /** Who may make it without a key although it needs a caller; then it is answered without one. */
  readonly isOpenTo?: (from: { readonly isFromThisHost: () => boolean }) => boolean;
  /** Anybody may make it, and callers are told more. */
  readonly welcomesCaller?: true;
  /**
   * Parses the input and runs the handler. Throws a MatchstickError for input that does not fit; `caller` is given
   * if the route needs one, and if it welcomes one that has come.
   */
  readonly answer: (raw: RawInput, caller?: Caller) => Promise<Answer>;
  /** Turns a failure into an answer. Absent: it is a problem. */
  readonly onError?: (error: MatchstickError, raw: Pick<RawInput, 'header'>) => Answer;
}

/** What a handler sees: the output of the route's schemas. */
export interface Input<Params, Headers, Body, Query = undefined> {
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly headers: Parsed<Headers>;
  readonly body: Parsed<Body>;
  /** What events say of the request. */
  readonly occasion: Occasion;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A reply whose body fits the schema of its status, or an expected refusal. */
export type Reply<R extends Replies> = SuccessOf<R, keyof R> | MatchstickError;

type SuccessOf<R extends Replies, Status extends keyof R> = Status extends number
  ? { readonly status: Status; readonly body: z.input<R[Status]['body']> }
  : never;

/** What a call answered, as the reply of a route. */
export function reply<const Status extends number, Body>(
  status: Status,
  answer: Body | MatchstickError,
): { readonly status: Status; readonly body: Body } | MatchstickError {
  return answer instanceof MatchstickError ? answer : { status, body: answer };
}

/** Describes a route; the second step says whether it needs a caller, and what it does. */
export function route<
  P extends Fields,
  H extends Fields,
  B extends Fields,
  const R extends Replies,
  Q extends Fields = undefined,
>(description: RouteDescription<P, H, B, R, Q>) {
  return {
    forAnyone: (handle: (input: Input<P, H, B, Q>) => Promise<Reply<R>>): Route => ({
      ...description,
      needsCaller: false,
      answer: async (raw) => asAnswer(description, await handle(parseInput(description, raw))),
    }),

    forStrangersToo: (
      handle: (input: Input<P, H, B, Q>, caller: Caller | undefined) => Promise<Reply<R>>,
    ): Route => ({
      ...description,
      needsCaller: false,
      welcomesCaller: true,
      answer: async (raw, caller) =>
        asAnswer(description, await handle(parseInput(description, raw), caller)),
    }),

    /** `parsing` parses the body instead of its schema, knowing who asks. */
    forCallers: (
      handle: (input: Input<P, H, B, Q>, caller: Caller) => Promise<Reply<R> | Answer>,
      parsing: { readonly parse?: Parse<Parsed<B>> } = {},
    ): Route => ({
      ...description,
      needsCaller: true,
      answer: async (raw, caller) => {
        if (!caller) throw new TypeError(`${description.path} was answered without a caller`);
        const body = await parsing.parse?.(raw.body, caller);
        const replied = await handle(parseInput(description, raw, body), caller);
        return replied !== undefined && 'headers' in replied ? replied : asAnswer(description, replied);
      },
    }),
  };
}

/** The parts of a request as the route's schemas have them. Throws `request_invalid`. */
export function parseInput<
  P extends Fields,
  H extends Fields,
  B extends Fields,
  Q extends Fields = undefined,
>(
  description: {
    readonly params?: P | undefined;
    readonly headers?: H | undefined;
    readonly body?: B | undefined;
    readonly query?: Q | undefined;
  },
  raw: RawInput,
  parsedBody?: Tried<Parsed<B>>,
): Input<P, H, B, Q> {
  const problems: InputProblem[] = [];
  const take = (parsed: Tried<unknown>): unknown => {
    if (parsed.ok) return parsed.value;
    problems.push(...parsed.problems);
    return undefined;
  };
  const parse = (schema: z.ZodObject | undefined, value: () => unknown): unknown =>
    schema && take(parseBy(schema, value()));
  const headers = () =>
    Object.fromEntries(Object.keys(description.headers?.shape ?? {}).map((name) => [name, raw.header(name)]));
  const input = {
    params: parse(description.params, () => raw.params),
    query: parse(description.query, () => raw.query),
    headers: parse(description.headers, headers),
    body: parsedBody ? take(parsedBody) : parse(description.body, () => raw.body),
    occasion: raw.occasion,
  };
  if (problems.length > 0) throw requestInvalid(problems);
  // What the schemas let through has their output type; the compiler cannot follow it through `parse`.
  return input as Input<P, H, B, Q>;
}

function asAnswer(
  { replies }: RouteDescription,
  reply: { status: number; body: unknown } | MatchstickError,
): Answer {
  if (reply instanceof MatchstickError) return problemAnswer(reply);
  return jsonAnswer(reply.status, reply.body, replies[reply.status]?.headers);
}
