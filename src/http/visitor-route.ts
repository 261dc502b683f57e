import type { z } from 'zod';
import { type Visitor, visitorAt } from '../callers/visitor.ts';
import type { MatchstickError } from '../errors.ts';
import type { Answer } from '../problem.ts';
import { type Input, parseInput, type RawInput, type Route } from './route.ts';

interface VisitorRoute<P extends z.ZodObject, H extends z.ZodObject, F extends z.ZodObject> {
  readonly operationId: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly headers: H;
  /** Statuses of its pages, besides those of failures. */
  readonly pages: readonly number[];
  /** The fields of the form that the page sends; every one optional, since anybody may send anything. */
  readonly form?: F;
  readonly answer: (input: Input<P, H, F>, visitor: Visitor) => Promise<Answer>;
  /** What a visitor sees of a failure: a page, like everything else. */
  readonly onError: (error: MatchstickError, raw: Pick<RawInput, 'header'>) => Answer;
}

const MAX_FORM_BYTES = 4096;

/** A route for people: it takes a form, and answers with pages, also where it fails. */
export function visitorRoute<P extends z.ZodObject, H extends z.ZodObject, F extends z.ZodObject>(
  description: VisitorRoute<P, H, F>,
): Route {
  const { operationId, method, path, summary, pages, params, headers, form, answer, onError } = description;
  const input = { params, headers, ...(form ? { body: form } : {}) };
  return {
    operationId,
    method,
    path,
    summary,
    pages,
    ...input,
    reads: 'form',
    maxBodyBytes: MAX_FORM_BYTES,
    replies: {},
    problems: [],
    needsCaller: false,
    answer: async (raw) =>
      answer(parseInput<P, H, F>({ params, headers, body: form }, raw), visitorAt(raw.address)),
    onError,
  };
}
