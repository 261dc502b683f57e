import { EVENT_TYPES } from '../events/event.ts';

/** What the console shows of what the console does would make pages follow themselves. */
export const FOLLOWED = EVENT_TYPES.filter((type) => !type.startsWith('console.'));

/**
 * What a browser with JavaScript adds: pages that follow what happens are fetched again, and a table of numbers gets a
 * plot. `plotter` is the file of uPlot.
 */
export function consoleScript(plotter: string): string {
  return `${['import', 'uPlot', 'from'].join(' ')} './${plotter}';\n${SCRIPT}`;
}

const SCRIPT = `
const FOLLOW_AFTER_MS = 1000;
const FOLLOW_AGAIN_AFTER_MS = 5000;
const clock = (seconds) => (seconds == null ? '–' : new Date(seconds * 1000).toISOString().slice(11, 16));
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw() {
  for (const figure of document.querySelectorAll('[data-plot]')) {
    const table = document.getElementById(figure.dataset.plot)?.querySelector('table');
    if (!table) continue;
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
    const x = rows.map((row) => Date.parse(row.querySelector('time').dateTime) / 1000);
    const strokes = [color('--muted'), color('--success'), color('--alert')];
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line') }, ticks: { stroke: color('--line') } };
    figure.replaceChildren();
    new uPlot(
      {
        width: figure.clientWidth,
        height: 220,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
        scales: { y: { range: (_plot, _min, most) => [0, Math.max(4, most)] } },
        axes: [{ ...axis, values: (_plot, ticks) => ticks.map(clock) }, { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }],
        series: [{ label: 'UTC', value: (_plot, seconds) => clock(seconds) }, ...heads.map((label, index) => ({ label, stroke: strokes[index], width: 2, dash: index === 2 ? [6, 4] : [] }))],
      },
      [x, ...heads.map((_, index) => rows.map((row) => Number(row.cells[index + 1].textContent)))],
      figure,
    );
    figure.setAttribute('aria-hidden', 'true');
    for (const each of figure.querySelectorAll('table')) each.setAttribute('role', 'presentation');
  }
}

let waiting;
let hasEnded = false;
let tookMs = 0;
async function refresh() {
  // Nobody looks, so nobody is served: the page looks again when it is looked at.
  if (document.hidden) return document.addEventListener('visibilitychange', refresh, { once: true });
  waiting = undefined;
  const main = document.getElementById('main');
  // Whoever reads with the keyboard or types is not disturbed.
  if (main.contains(document.activeElement) && document.activeElement !== main) return;
  const beganMs = document.timeline.currentTime;
  const answer = await fetch(location.href, { redirect: 'manual' }).catch(() => undefined);
  tookMs = document.timeline.currentTime - beganMs;
  hasEnded = answer?.type === 'opaqueredirect';
  if (hasEnded) return tell('Your session has ended, so this page no longer updates itself. Sign in again.');
  if (!answer?.ok) return tell('The service gave no answer, so this page may be out of date.');
  tell('');
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main');
  const open = [...main.querySelectorAll('details')].map((each) => each.open);
  main.replaceChildren(...next.childNodes);
  [...main.querySelectorAll('details')].forEach((each, index) => { each.open = open[index] ?? false; });
  draw();
}

// A page that shows what was must not look as if it showed what is.
function tell(text) {
  const note = document.getElementById('stale') ?? document.createElement('p');
  note.id = 'stale';
  note.className = 'trouble';
  note.role = 'status';
  note.textContent = text;
  if (text === '') note.remove();
  else if (!note.isConnected) document.querySelector('header').after(note);
}

// A page that takes long to make is made less often.
const soon = () => { waiting ??= setTimeout(refresh, Math.max(FOLLOW_AFTER_MS, 5 * tookMs)); };
const follows = document.getElementById('main').dataset.follows;
let wasLost = false;
function follow() {
  const source = new EventSource(follows);
  source.onopen = () => { if (wasLost) soon(); wasLost = false; };
  source.onerror = () => {
    wasLost = true;
    soon();
    // After an answer that is no stream, browsers do not come back by themselves.
    if (source.readyState === EventSource.CLOSED && !hasEnded) setTimeout(follow, FOLLOW_AGAIN_AFTER_MS);
  };
  source.addEventListener('gap', soon);
  for (const type of ${JSON.stringify(FOLLOWED)})
    source.addEventListener(type, soon);
}
if (follows) follow();
draw();
// The cookie does not come along from another site, such as that of a ticket. From here it does.
const back = document.querySelector('[data-back]')?.dataset.back;
if (back && !document.referrer.startsWith(location.origin + '/')) location.replace(back);
let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
`;
