/** A UUID of version 7 (RFC 9562 section 5.7): in the order of time, and unguessable. */
export function newEventId(nowMs: number, randomBytes: (size: number) => Uint8Array): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, '0');
  const random = Buffer.from(randomBytes(RANDOM_BYTES)).toString('hex');
  const variant = VARIANTS[Number.parseInt(random.charAt(3), 16) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

const RANDOM_BYTES = 10;
/** The first two bits are 10. */
const VARIANTS = '89ab';

/** When an id was drawn, in unix milliseconds; undefined for an id of another kind. */
export function drawnAtMs(id: string): number | undefined {
  const [, high, low] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? [];
  return high === undefined || low === undefined ? undefined : Number.parseInt(high + low, 16);
}
