import type { Caller } from '../callers/caller.ts';
import type { Visitor } from '../callers/visitor.ts';
import type { Parsed } from '../contract/parsed.ts';
import { MatchstickError } from '../errors.ts';

/** Who asks: a backend with a key, the application in its own process, or a person at a link. */
export type Actor = Caller | Visitor;

/**
 * One call of the API. HTTP routes, links and the library all make it here and nowhere else, so rights are decided
 * once; a limit or an event that concerns every call belongs here too.
 */
export interface Operation<Input, Output, Who extends Actor = Caller> {
  /**
   * Resolves to the answer, or to the refusal as a value; `caller_forbidden` if the actor has no right to it. Throws a
   * MatchstickError if there was no answer.
   */
  readonly perform: (input: Input, actor: Who) => Promise<Output | MatchstickError>;
  /** Parses what is not yet believed, with all the problems that the actor may know. Absent: by its schema alone. */
  readonly parse?: Parse<Input, Who>;
}

export type Parse<Input, Who extends Actor = Caller> = (input: unknown, actor: Who) => Promise<Parsed<Input>>;

export interface OperationDescription<Input, Output, Who extends Actor> {
  /** Completes the sentence "The caller … may not …". */
  readonly doing: string;
  readonly may: (actor: Who, input: Input) => boolean;
  readonly parse?: Parse<Input, Who>;
  readonly run: (input: Input, actor: Who) => Promise<Output | MatchstickError>;
}

export function operation<Input, Output, Who extends Actor = Caller>({
  doing,
  may,
  parse,
  run,
}: OperationDescription<Input, Output, Who>): Operation<Input, Output, Who> {
  return {
    ...(parse ? { parse } : {}),
    perform: async (input, actor) => {
      if (may(actor, input)) return run(input, actor);
      return new MatchstickError('caller_forbidden', `The caller ${actor.name} may not ${doing}.`);
    },
  };
}
