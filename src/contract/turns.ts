/** How long the event loop is kept at a time. One piece of work may take longer. */
const TURN_MS = 8;

/** Does something with each of many, and lets other work through in between. The results are in the order of the inputs. */
export async function inTurns<Input, Output>(
  inputs: readonly Input[],
  work: (input: Input, index: number) => Output,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  function* each() {
    for (const [index, input] of inputs.entries()) {
      outputs.push(work(input, index));
      yield;
    }
  }
  await takeTurns(each());
  return outputs;
}

/** Does work that pauses now and then, and lets other work through at some of its pauses. */
export async function takeTurns(pauses: Iterable<void>): Promise<void> {
  let startedMs = performance.now();
  for (const _ of pauses) {
    if (performance.now() - startedMs < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    startedMs = performance.now();
  }
}
