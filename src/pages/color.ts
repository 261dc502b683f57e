/** A color of sRGB, each channel 0 to 255. */
type Rgb = readonly [number, number, number];

/** Least contrast of text with what it stands on (WCAG 2.2, 1.4.3). */
export const TEXT_CONTRAST = 4.5;
/** Least contrast of what shows a control with what surrounds it (WCAG 2.2, 1.4.11). */
export const CONTROL_CONTRAST = 3;

/** The contrast of two colors in `#rrggbb`, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** White where it can be read on the color, else black. One of them always can. */
export function readableOn(background: string): '#ffffff' | '#000000' {
  return contrast('#ffffff', background) >= TEXT_CONTRAST ? '#ffffff' : '#000000';
}

/** The color, moved towards black or white only as far as it must be for that contrast with the background. */
export function contrasting(color: string, background: string, least: number): string {
  const end = contrast('#ffffff', background) >= contrast('#000000', background) ? '#ffffff' : '#000000';
  const steps = Array.from({ length: 21 }, (_, step) => mix(color, end, step / 20));
  return steps.find((candidate) => contrast(candidate, background) >= least) ?? end;
}

/** The color with a share (0 to 1) of the other. */
export function mix(color: string, other: string, share: number): string {
  const [to, from] = [rgb(other), rgb(color)];
  const channels = from.map((channel, index) => channel + ((to[index] ?? 0) - channel) * share);
  return `#${channels.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = rgb(color).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function rgb(color: string): Rgb {
  const value = /^#[\da-f]{6}$/i.test(color) ? Number.parseInt(color.slice(1), 16) : Number.NaN;
  if (Number.isNaN(value)) throw new TypeError('A color must be #rrggbb.');
  return [value >> 16, (value >> 8) & 255, value & 255];
}
