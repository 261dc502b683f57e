import type { SpanFacts, Tracing } from '../contract/tracing.ts';
import { MatchstickError } from '../errors.ts';
import type { Actor, Operation } from './operation.ts';

/** The same operation, in a span that says what it was about and how it ended. */
export function traced<Input, Output, Who extends Actor>(
  name: string,
  { perform, ...operation }: Operation<Input, Output, Who>,
  factsOf: (input: Input) => SpanFacts,
  tracing: Tracing,
): Operation<Input, Output, Who> {
  const told = (answer: Output | MatchstickError) => ({
    'matchstick.outcome': answer instanceof MatchstickError ? answer.code : 'ok',
  });
  return {
    ...operation,
    perform: (input, actor, occasion) =>
      tracing.span(`matchstick.${name}`, factsOf(input), () => perform(input, actor, occasion), told),
  };
}
