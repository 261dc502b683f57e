import { VISITOR } from '../burn/attempt.ts';
import { askedBy, type Deployment } from '../burn/deployment.ts';
import type { Caller } from '../callers/caller.ts';
import type { Visitor } from '../callers/visitor.ts';
import type { Parsed } from '../contract/parsed.ts';
import { MatchstickError } from '../errors.ts';
import type { EventActor } from '../events/event.ts';
import { NO_REQUEST, type Occasion } from '../events/occasion.ts';

/** Who asks: a backend with a key, the application in its own process, or a person at a link. */
export type Actor = Caller | Visitor;

/**
 * One call of the API. HTTP routes, links and the library all make it here and nowhere else, so rights are decided
 * once; a limit or an event that concerns every call belongs here too.
 */
export interface Operation<Input, Output, Who extends Actor = Caller> {
  /**
   * Resolves to the answer, or to the refusal as a value; `caller_forbidden` if the actor has no right to it. Throws a
   * MatchstickError if there was no answer. `occasion` is what events say of the request.
   */
  readonly perform: (input: Input, actor: Who, occasion?: Occasion) => Promise<Output | MatchstickError>;
  /** Parses what is not yet believed, with all the problems that the actor may know. Absent: by its schema alone. */
  readonly parse?: Parse<Input, Who>;
}

export type Parse<Input, Who extends Actor = Caller> = (input: unknown, actor: Who) => Promise<Parsed<Input>>;

export interface OperationDescription<Input, Output, Who extends Actor> {
  /** What events call a caller that does it. Default: a caller. */
  readonly as?: 'caller' | 'operator';
  /** Completes the sentence "The caller … may not …". */
  readonly doing: string;
  readonly may: (actor: Who, input: Input) => boolean;
  readonly parse?: Parse<Input, Who>;
  /** `here` is the deployment, with the actor as whoever asks it. */
  readonly run: (input: Input, actor: Who, here: Deployment) => Promise<Output | MatchstickError>;
}

export function operation<Input, Output, Who extends Actor = Caller>(
  deployment: Deployment,
  { as = 'caller', doing, may, parse, run }: OperationDescription<Input, Output, Who>,
): Operation<Input, Output, Who> {
  return {
    ...(parse ? { parse } : {}),
    perform: async (input, actor, occasion = NO_REQUEST) => {
      const asActor = (kind: 'caller' | 'operator') => askedBy(deployment, eventActor(actor, kind), occasion);
      if (may(actor, input)) return run(input, actor, asActor(as));
      const refusal = new MatchstickError('caller_forbidden', `The caller ${actor.name} may not ${doing}.`);
      asActor('caller').witness.tell('caller.refused', { outcome: 'refused', code: refusal.code });
      return refusal;
    },
  };
}

/** Nobody knows who a visitor is. */
function eventActor({ name }: Actor, kind: 'caller' | 'operator'): EventActor {
  return name === VISITOR ? { kind: 'visitor' } : { kind, id: name };
}
