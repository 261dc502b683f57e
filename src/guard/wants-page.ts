import type { ReceivedRequest } from './received-request.ts';

const PAGES = ['text/html', 'application/xhtml+xml'];
const DATA = ['application/problem+json', 'application/json'];

/** Whether a person's browser asks (RFC 9110 section 12.5.1): programs name no page, or would rather have data. */
export function wantsPage({ headerValues }: Pick<ReceivedRequest, 'headerValues'>): boolean {
  const weights = new Map(headerValues('accept').join(',').split(',').map(weighed));
  const best = (types: readonly string[]) => Math.max(...types.map((type) => weights.get(type) ?? 0));
  return best(PAGES) > 0 && best(PAGES) >= best(DATA);
}

function weighed(range: string): readonly [string, number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const [weight] = parameters.flatMap((parameter) => /^q *= *(\d(?:\.\d*)?)$/.exec(parameter)?.[1] ?? []);
  return [type, weight === undefined ? 1 : Number(weight)];
}
