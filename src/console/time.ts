import { html, type Markup } from '../pages/html.ts';

/** `2026-11-27 16:41:55 UTC`, and how long ago that is. */
export function timeAndAge(iso: string, nowMs: number): string {
  return `${clock(iso)} (${distance(iso, nowMs)})`;
}

export function clock(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `4 minutes ago`, `in 2 hours`. */
export function distance(iso: string, nowMs: number): string {
  const ms = Date.parse(iso) - nowMs;
  const size = Math.abs(ms);
  const [unit, count] =
    size < 60_000
      ? ['second', size / 1000]
      : size < 3_600_000
        ? ['minute', size / 60_000]
        : size < 48 * 3_600_000
          ? ['hour', size / 3_600_000]
          : ['day', size / 86_400_000];
  const whole = Math.floor(Number(count));
  const words = `${whole} ${unit}${whole === 1 ? '' : 's'}`;
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

/** The same as an element that programs can read. */
export function timeElement(iso: string, nowMs: number): Markup {
  return html`<time datetime="${iso}">${clock(iso)}</time> <span class="ago">${distance(iso, nowMs)}</span>`;
}
