import type { Answered } from './connection.ts';
import type { Work } from './load.ts';
import type { Side } from './side.ts';

const MINTED = /"token":"([\w.-]+)"/;

/** Mints one token a request, each for another subject, and puts it into `unused`. */
export function minting(side: Side, unused: string[]): Work {
  let subjects = 0;
  return {
    next: () => side.mintRequest(`user-${subjects++}`),
    problemOf: (answered) => {
      const token = MINTED.exec(answered.body)?.[1];
      if (answered.status !== 201 || token === undefined) return unexpected('mint', answered);
      unused.push(token);
      return undefined;
    },
  };
}

/** Redeems every token in `unused` once, and puts it into `spent`. */
export function redeeming(side: Side, unused: string[], spent: string[]): Work {
  return {
    next: () => {
      const token = unused.pop();
      if (token === undefined) return undefined;
      spent.push(token);
      return side.redeemRequest(token);
    },
    problemOf: (answered) => (answered.status === 200 ? undefined : unexpected('redeem', answered)),
  };
}

/** Redeems tokens that were redeemed before: each must be refused. */
export function replaying(side: Side, spent: string[]): Work {
  return {
    next: () => {
      const token = spent.pop();
      return token && side.redeemRequest(token);
    },
    problemOf: (answered) => (answered.status === 410 ? undefined : unexpected('replay', answered)),
  };
}

/** Asks what `next` gives, and wants the same status each time. */
export function asking(name: string, status: number, next: () => string | undefined): Work {
  return {
    next,
    problemOf: (answered) => (answered.status === status ? undefined : unexpected(name, answered)),
  };
}

/** The same work, until so many requests were asked. */
export function atMost(count: number, work: Work): Work {
  let left = count;
  return { next: () => (left-- > 0 ? work.next() : undefined), problemOf: work.problemOf };
}

function unexpected(asked: string, { status }: Answered): string {
  return `${asked} answered ${status}`;
}
