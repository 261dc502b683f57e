import { CONTROL_CONTRAST, contrast, contrasting, mix, readableOn, TEXT_CONTRAST } from './color.ts';

/** The colors of a page in the light or in the dark, without the brand's. */
interface Scheme {
  readonly page: string;
  readonly card: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  /** Borders of what can be used. */
  readonly control: string;
  readonly field: string;
  readonly alert: string;
  readonly alertSurface: string;
  readonly success: string;
}

export const LIGHT: Scheme = {
  page: '#f3f4f6',
  card: '#ffffff',
  line: '#e2e5ea',
  text: '#15181e',
  muted: '#535b68',
  control: '#7c8593',
  field: '#ffffff',
  alert: '#a3201a',
  alertSurface: '#fdf0ef',
  success: '#1b7a45',
};

export const DARK: Scheme = {
  page: '#0f1115',
  card: '#191c22',
  line: '#2b3039',
  text: '#eef0f4',
  muted: '#aab2c0',
  control: '#7b8494',
  field: '#12151a',
  alert: '#ffb3ab',
  alertSurface: '#3a1b1a',
  success: '#63d196',
};

/** What the brand's color becomes on a card: each fits what it stands on. */
export function brandColors(color: string, { card, control }: Scheme) {
  const buttonText = readableOn(color);
  return {
    button: color,
    // Away from the text's color, so that hovering never makes it harder to read.
    buttonHover: mix(color, buttonText === '#ffffff' ? '#000000' : '#ffffff', 0.16),
    buttonText,
    buttonLine: contrast(color, card) >= CONTROL_CONTRAST ? color : control,
    accent: contrasting(color, card, TEXT_CONTRAST),
  };
}

/** The one style of every page, for a brand's color. */
export function stylesheet(color: string): string {
  return `${colorRules(color)}
${RULES}`;
}

/** The colors of a page as custom properties, in the light and in the dark, for a brand's color. */
export function colorRules(color: string): string {
  return `:root{color-scheme:light dark;${variables(color, LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(color, DARK)}}}`;
}

function variables(color: string, scheme: Scheme): string {
  return Object.entries({ ...scheme, ...brandColors(color, scheme) })
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

const RULES = `*,::before,::after{box-sizing:border-box}
html{font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100svh;padding:1rem 1rem max(1rem,10vh);display:grid;grid-template-columns:minmax(0,28rem);place-content:center;background:var(--page);color:var(--text)}
main{padding:clamp(1.5rem,7vw,2.5rem);background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px -12px rgb(0 0 0/.12);overflow-wrap:anywhere}
.brand{margin:0 0 1.75rem;font-size:1.125rem;font-weight:650}
.brand img{display:block;max-width:min(100%,14rem);height:2.5rem;object-fit:contain;object-position:0 50%}
[dir=rtl] .brand img{object-position:100% 50%}
.sign{display:block;width:2.75rem;height:2.75rem;margin:0 0 1.25rem;margin-inline-start:-.25rem;color:var(--muted)}
.sign.good{color:var(--success)}
h1{margin:0 0 .75rem;font-size:clamp(1.375rem,1.2rem + 1.2vw,1.625rem);line-height:1.25;font-weight:650;letter-spacing:-.01em;text-wrap:balance}
[dir=rtl] h1{letter-spacing:normal}
p{margin:0;white-space:pre-line;text-wrap:pretty}
form{margin:1.75rem 0 0}
label{display:block;font-weight:600}
.hint,.unasked{font-size:.9375rem;color:var(--muted)}
.trouble{margin:1.5rem 0 0;padding:.75rem 1rem;border:1px solid transparent;border-inline-start:4px solid var(--alert);border-radius:.5rem;background:var(--alertSurface);color:var(--alert)}
form .trouble{margin:.5rem 0 0;padding:0;border:0;background:none;font-weight:600}
input{display:block;width:100%;min-height:3.25rem;margin:.75rem 0 0;padding:.5rem 1rem;font:600 1.5rem/1.2 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.3em;color:var(--text);background:var(--field);border:1px solid var(--control);border-radius:.625rem}
input[aria-invalid=true]{border-color:var(--alert)}
input[type=hidden]{display:none}
button,.button{display:block;width:100%;min-height:3rem;margin:1.5rem 0 0;padding:.75rem 1.25rem;font-family:inherit;font-size:1.0625rem;font-weight:600;line-height:1.4;color:var(--buttonText);background:var(--button);border:1px solid var(--buttonLine);border-radius:.625rem;cursor:pointer;overflow-wrap:anywhere}
.button{text-align:center;text-decoration:none}
button:hover,.button:hover{background:var(--buttonHover)}
button:focus-visible,.button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
input:focus-visible{outline:3px solid var(--accent);outline-offset:-1px}
input[aria-invalid=true]:focus-visible{outline-color:var(--alert)}
.unasked{margin:1.5rem 0 0}
@media (prefers-color-scheme:dark){main{box-shadow:none}.brand img{color-scheme:only light;padding:.375rem .625rem;height:3.25rem;background:#fff;border-radius:.5rem}}
@media (prefers-reduced-motion:no-preference){button,.button{transition:background-color .12s}}
@media (forced-colors:active){.trouble,main{border-color:CanvasText}.brand img{forced-color-adjust:none}}
@media print{body{display:block;min-height:0;padding:0}main{border:0;box-shadow:none}form,.unasked,.button{display:none}}`;
