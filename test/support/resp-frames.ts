/** Cuts a stream of the Redis protocol (RESP 2 and 3) into whole requests, or whole replies. */
export function respFrames(): (chunk: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    for (let end = endOfFrame(rest, 0); end !== undefined; end = endOfFrame(rest, 0)) {
      frames.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return frames;
  };
}

const BULK = ['$', '!', '='];
/** How many values follow for each one that the first line counts. */
const AGGREGATE: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 };

/** Where the value that begins at `start` ends; undefined while some of it is missing. */
function endOfFrame(octets: Buffer, start: number): number | undefined {
  const lineEnd = octets.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const type = String.fromCharCode(octets[start] ?? 0);
  const count = Number(octets.toString('latin1', start + 1, lineEnd));
  let end: number | undefined = lineEnd + 2;
  if (BULK.includes(type) && count >= 0) end += count + 2;
  const values = (AGGREGATE[type] ?? 0) * Math.max(count, 0);
  for (let value = 0; value < values && end !== undefined; value++) end = endOfFrame(octets, end);
  return end === undefined || end > octets.length ? undefined : end;
}
