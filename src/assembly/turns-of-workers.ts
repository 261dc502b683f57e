/** Who is next, of several that are given something in turn. */
export interface Turns<Worker> {
  /** Of those, in the order of their turns, the first to whom the least is on its way; one that hangs only if all do. */
  next(serving: readonly Worker[]): Worker | undefined;
  /** Something is on its way to a worker, until the returned function is called. */
  sent(worker: Worker): () => void;
}

/** A worker that has not taken for so long what is on its way to it hangs, such as one that was stopped. */
const HANGS_AFTER_MS = 250;

export function giveInTurns<Worker extends object>(monotonicMs: () => number): Turns<Worker> {
  /** When each thing that is on its way to a worker was sent. */
  const underWay = new WeakMap<Worker, Set<{ readonly sentMs: number }>>();
  const sentTo = (worker: Worker) => underWay.get(worker) ?? new Set();

  function hangs(worker: Worker, nowMs: number): boolean {
    const [oldest] = sentTo(worker);
    return oldest !== undefined && nowMs - oldest.sentMs > HANGS_AFTER_MS;
  }

  return {
    next(serving) {
      const nowMs = monotonicMs();
      const taking = serving.filter((worker) => !hangs(worker, nowMs));
      const fit = taking.length > 0 ? taking : serving;
      const least = Math.min(...fit.map((worker) => sentTo(worker).size));
      return fit.find((worker) => sentTo(worker).size === least);
    },
    sent(worker) {
      const sent = sentTo(worker);
      const one = { sentMs: monotonicMs() };
      underWay.set(worker, sent.add(one));
      return () => sent.delete(one);
    },
  };
}
