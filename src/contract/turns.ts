import { AsyncResource } from 'node:async_hooks';

/** How long the event loop is kept at a time. One piece of work may take longer. */
const TURN_MS = 8;
/** What work may take at once, without waiting for its turn: most is done by then. */
const UNASKED_MS = 1;
/** The same for what comes from many connections: Node accepts one new connection in each turn, so turns are short. */
const SHARED_TURN_MS = 2;

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
  let allowedMs = UNASKED_MS;
  for (const _ of pauses) {
    if (performance.now() - startedMs < allowedMs) continue;
    await nextTurn();
    startedMs = performance.now();
    allowedMs = TURN_MS;
  }
}

const forTurns: (() => void)[] = [];

/**
 * Lets other work through. Of all that wait here in this process, one goes on in each turn of the event loop, so that
 * twenty long pieces of work keep it no longer at a time than one does.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (forTurns.push(resolve) === 1) setImmediate(giveTurn);
  });
}

function giveTurn(): void {
  forTurns.shift()?.();
  if (forTurns.length > 0) setImmediate(giveTurn);
}

/**
 * Does what it is given, in order: at once while this turn of the event loop is young, else in a later one. Thousands of
 * connections that want something at the same moment keep nobody else waiting then.
 */
export function shareTurns(): (work: () => void) => void {
  let waiting: (() => void)[] = [];
  let startedMs: number | undefined;
  const isOver = () => startedMs !== undefined && performance.now() - startedMs >= SHARED_TURN_MS;
  const takeTurn = (): void => {
    startedMs = performance.now();
    let done = 0;
    try {
      while (done < waiting.length && !isOver()) waiting[done++]?.();
    } finally {
      // Also where a piece of work throws: the others still have their turn.
      waiting = waiting.slice(done);
      if (waiting.length > 0) setImmediate(takeTurn);
      else startedMs = undefined;
    }
  };
  return (work) => {
    if (startedMs === undefined) {
      startedMs = performance.now();
      setImmediate(takeTurn);
    }
    // It may be its turn while something else is done: what it belongs to, such as a trace, it keeps.
    if (waiting.length === 0 && !isOver()) return work();
    const belongsTo = new AsyncResource('matchstick.turn');
    waiting.push(() => belongsTo.runInAsyncScope(work));
  };
}

/** A turn of the event loop that takes no longer found next to nothing to do. */
const QUIET_MS = 0.01;
const MOST_TURNS = 20_000;

/**
 * Resolves at the end of a turn of the event loop that found next to nothing to do, and of which `isQuiet` says that it was
 * quiet; in a busy process, after many turns, at the end of any.
 */
export async function quietTurn(isQuiet: () => boolean): Promise<void> {
  for (let turns = 0; turns < MOST_TURNS; turns++) {
    const startedMs = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    if (isQuiet() && performance.now() - startedMs < QUIET_MS) return;
  }
}
