import { colorRules } from '../pages/stylesheet.ts';

/** The one style of the console, in the colors of the pages at links. */
export function consoleStyle(color: string): string {
  return `${colorRules(color)}\n${RULES}`;
}

const RULES = `*,::before,::after{box-sizing:border-box}
html{font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);overflow-wrap:anywhere}
header,main{max-width:68rem;margin:0 auto;padding:1rem clamp(1rem,4vw,2rem)}
header{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.5rem}
main{padding-bottom:4rem}main:focus{outline:none}
.brand{margin:0;font-weight:650}
nav{display:flex;flex-wrap:wrap;gap:.25rem;flex:1 1 24rem}
nav a,.tabs a:not(.button){padding:.375rem .75rem;border-radius:.5rem;color:var(--text);text-decoration:none}
nav a:hover,.tabs a:not(.button):hover{background:var(--line)}nav a[aria-current],.tabs a[aria-current]{background:var(--card);font-weight:600;box-shadow:inset 0 0 0 1px var(--line)}
.who{display:flex;align-items:center;gap:.75rem;font-size:.9375rem}.who form{margin:0}
a{color:var(--accent)}
.skip{position:absolute;left:-100vw}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:1}
h1{margin:1rem 0 .75rem;font-size:clamp(1.375rem,1.2rem + 1.2vw,1.75rem);line-height:1.25;font-weight:650;letter-spacing:-.01em}
h2{margin:2.25rem 0 .75rem;font-size:1.125rem;font-weight:650}
p{margin:0;text-wrap:pretty}
.card{padding:clamp(1.25rem,4vw,2rem);background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px -12px rgb(0 0 0/.12)}
.narrow{max-width:30rem;margin:8vh auto 0}
.hint,.empty,.ago,.facts,.kept{color:var(--muted);font-size:.9375rem}.kept{margin-top:2rem}
label{display:block;font-weight:600}
input[type=text],input[type=password],select{display:block;width:100%;min-height:3rem;margin:.5rem 0 0;padding:.5rem 1rem;font:500 1.0625rem/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--text);background:var(--field);border:1px solid var(--control);border-radius:.625rem}
button,.button{display:inline-block;min-height:2.75rem;margin:1rem 0 0;padding:.5rem 1.25rem;font:600 1rem/1.4 inherit;font-family:inherit;color:var(--buttonText);background:var(--button);border:1px solid var(--buttonLine);border-radius:.625rem;cursor:pointer;text-decoration:none}
button:hover,.button:hover{background:var(--buttonHover)}
button.quiet,.button.quiet{min-height:2.25rem;margin:0;padding:.25rem .75rem;background:none;color:var(--text);border-color:var(--control);font-weight:500}
button.quiet:hover,.button.quiet:hover{background:var(--line)}
button.danger,.button.danger{background:var(--alert);border-color:var(--alert);color:var(--card)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.search{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}.search>*{margin:0}.search .box{flex:1 1 18rem}.search button{min-height:3rem}
.verdict{border-inline-start:6px solid var(--control)}.verdict.good{border-inline-start-color:var(--success)}.verdict.bad{border-inline-start-color:var(--alert)}
.verdict .word{font-size:.9375rem;font-weight:650;color:var(--muted)}.verdict.good .word{color:var(--success)}.verdict.bad .word{color:var(--alert)}
.verdict .sentence{margin:.25rem 0 .75rem;font-size:clamp(1.125rem,1rem + .8vw,1.375rem);line-height:1.4;font-weight:550}
.trouble{margin:0 0 1rem;padding:.75rem 1rem;border-inline-start:4px solid var(--alert);border-radius:.5rem;background:var(--alertSurface);color:var(--alert)}
.badge{display:inline-block;padding:0 .5rem;border:1px solid var(--control);border-radius:1rem;font-size:.8125rem;font-weight:600;color:var(--muted)}
strong.badge{border-color:var(--alert);color:var(--alert)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.375rem 1.25rem;margin:1rem 0 0}dt{color:var(--muted)}dd{margin:0}
code,dd.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9375rem}
.timeline{list-style:none;margin:0;padding:0}.timeline>li{position:relative;margin:0;padding:0 0 1.25rem 1.75rem;border-inline-start:2px solid var(--line)}
.timeline>li::before{content:"";position:absolute;left:-.4375rem;top:.375rem;width:.75rem;height:.75rem;border-radius:50%;background:var(--control)}
.timeline>li.good::before{background:var(--success)}.timeline>li.bad::before{background:var(--alert);border-radius:.125rem}
.timeline .when{font-size:.9375rem}.timeline .what{font-weight:550}.facts span{margin-inline-end:.75rem}.facts b{font-weight:550}
.scroll{overflow-x:auto;margin:1.5rem 0 0;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
p.hint{margin-top:.5rem}.scroll table{width:100%;border-collapse:collapse;font-size:.9375rem;overflow-wrap:normal}caption{padding:.75rem 1rem;text-align:start;font-weight:650}
.scroll th,.scroll td{padding:.5rem 1rem;text-align:start;border-top:1px solid var(--line);vertical-align:top}thead th{color:var(--muted);font-weight:550;white-space:nowrap}tbody th{font-weight:550}
.scroll time,.scroll .ago{display:block;white-space:nowrap}.scroll td a{white-space:nowrap}.scroll table:has(.number) thead th:not(:first-child){text-align:end}.scroll .number{text-align:end;font-variant-numeric:tabular-nums}
.plot{margin:1.5rem 0 0;min-width:0}.split .scroll{max-height:19rem;overflow:auto}.plot .u-legend{color:var(--muted)}
.split{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem;align-items:start}
.tabs{display:flex;gap:.5rem;flex-wrap:wrap;margin:1rem 0 0}.tabs:empty{display:none}
@media (max-width:30rem){dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:.5rem}}
@media (prefers-color-scheme:dark){.card{box-shadow:none}}
@media (forced-colors:active){.card,.verdict{border-color:CanvasText}}
@media print{nav,.who,form,.skip{display:none}}`;
