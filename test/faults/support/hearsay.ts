import type { Exemption } from './promises.ts';
import type { TriedToken } from './token.ts';

/** What one instance was told of a shard's living epoch. */
interface Heard {
  readonly begunMs: number;
  readonly endedMs: number;
  readonly epoch: string;
}

interface Span {
  readonly begunMs: number;
  endedMs: number;
}

const REMEMBERED = 4000;

/**
 * Which epochs the instances have heard of, and when two memories served side by side, as in a split. It tells
 * the one case in which an answer of one memory cannot bind the other: as long as nobody who knows of both has
 * met the token's memory again. An instance that knows better itself is never exempt.
 */
export class Hearsay {
  readonly #heard = new Map<string, Heard[]>();
  readonly #restartedMs = new Map<string, number>();
  readonly #spans: Span[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  heard(instance: string, shard: number, heard: Heard): void {
    const key = `${instance} ${shard}`;
    const known = this.#heard.get(key) ?? [];
    if (known.length > REMEMBERED) known.splice(0, REMEMBERED / 2);
    known.push(heard);
    this.#heard.set(key, known);
  }

  /** From now on the instance knows nothing of what it heard before. */
  restarted(instance: string): void {
    this.#restartedMs.set(instance, this.#nowMs());
  }

  /** From now on two memories may serve. Call the result when one of them has gone, or the first is back. */
  twoMemories(): () => void {
    const span: Span = { begunMs: this.#nowMs(), endedMs: Number.POSITIVE_INFINITY };
    this.#spans.push(span);
    return () => {
      span.endedMs = Math.min(span.endedMs, this.#nowMs());
    };
  }

  readonly isOnTheOtherSide: Exemption = (token, bar, tried) => {
    if (bar.epoch === token.id.epoch) return false;
    const span = this.#spans.find(({ begunMs, endedMs }) => begunMs <= bar.sinceMs && bar.begunMs <= endedMs);
    if (!span || this.#knowsSince(token, tried.instance, tried.begunMs) !== undefined) return false;
    return !this.#instances().some((instance) => this.#hasMetAgain(token, instance, tried.begunMs, span));
  };

  /** Since when an instance has known, at some moment, that the token's epoch was followed by another. */
  #knowsSince(token: TriedToken, instance: string, atMs: number): number | undefined {
    const told = this.#toldBy(token, instance, atMs);
    const own = told.findIndex(({ epoch }) => epoch === token.id.epoch);
    const followed = own < 0 ? undefined : told.slice(own).find(({ epoch }) => epoch !== token.id.epoch);
    const sinceMs = [followed?.endedMs, this.#revokedElsewhere(token, instance, atMs)].filter(
      (since) => since !== undefined,
    );
    return sinceMs.length > 0 ? Math.min(...sinceMs) : undefined;
  }

  /** One that answers a revocation of the token for another epoch knows that the token's own must not come back. */
  #revokedElsewhere({ id, bars }: TriedToken, instance: string, atMs: number): number | undefined {
    const restartedMs = this.#restartedMs.get(instance) ?? 0;
    return bars.find(
      (bar) =>
        bar.by === 'revocation' &&
        bar.instance === instance &&
        bar.epoch !== id.epoch &&
        bar.begunMs >= restartedMs &&
        bar.sinceMs <= atMs,
    )?.sinceMs;
  }

  /** Whether one that knows has asked since the two memories are one again: then the token's epoch has ended. */
  #hasMetAgain(token: TriedToken, instance: string, atMs: number, { endedMs }: Span): boolean {
    const sinceMs = this.#knowsSince(token, instance, atMs);
    if (sinceMs === undefined) return false;
    return this.#toldBy(token, instance, atMs).some(({ begunMs }) => begunMs > Math.max(sinceMs, endedMs));
  }

  #toldBy({ id }: TriedToken, instance: string, atMs: number): readonly Heard[] {
    const sinceMs = this.#restartedMs.get(instance) ?? 0;
    const heard = this.#heard.get(`${instance} ${id.shard}`) ?? [];
    return heard.filter(({ begunMs, endedMs }) => begunMs >= sinceMs && endedMs <= atMs);
  }

  #instances(): readonly string[] {
    return [...new Set([...this.#heard.keys()].map((key) => key.slice(0, key.lastIndexOf(' '))))];
  }
}
