/** A UUID of version 7 (RFC 9562 section 5.7): in the order of time, and unguessable. */
export function newEventId(nowMs: number, randomBytes: (size: number) => Uint8Array): string {
  const octets = new Uint8Array(16);
  octets.set(randomBytes(10), 6);
  const view = new DataView(octets.buffer);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Buffer.from(octets).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** When an id was drawn, in unix milliseconds; undefined for an id of another kind. */
export function drawnAtMs(id: string): number | undefined {
  const [, high, low] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? [];
  return high === undefined || low === undefined ? undefined : Number.parseInt(high + low, 16);
}
