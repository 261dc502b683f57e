import { type Html, html } from './html.ts';

/** The value of a form's field: one text, or nothing. A field that was sent twice is an array, and no text. */
export function field(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** What is wrong with what was entered, to stand above the form. */
export function trouble(said: string | undefined): Html | undefined {
  return said === undefined ? undefined : html`<p class="trouble" role="alert">${said}</p>`;
}
