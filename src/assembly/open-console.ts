import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Caller } from '../callers/caller.ts';
import type { ConsoleFile, ConsoleOptions } from '../console/routes.ts';
import { witness } from '../events/witness.ts';
import type { Route } from '../http/route.ts';
import { type ReadinessChecks, readiness } from '../operations/readiness.ts';
import type { Settings } from '../settings/parse.ts';
import type { OpenDeployment } from './open-deployment.ts';

/** Where the build puts uPlot. In a clone that is not built, it is where npm has put it. */
const BUILT = new URL('../console-files/', import.meta.url);
const INSTALLED = new URL('../../node_modules/uplot/dist/', import.meta.url);

export interface OpenConsoleOptions
  extends Pick<ConsoleOptions, 'operations' | 'authenticate' | 'refuseStranger' | 'followEvents' | 'nowMs'> {
  readonly callers: readonly Caller[];
  readonly deployment: OpenDeployment['deployment'];
  readonly readiness: ReadinessChecks;
}

/** The routes of the console; none if it is switched off, or if nobody could sign in. */
export async function openConsole(
  settings: Pick<Settings, 'issuer' | 'pages' | 'console'>,
  options: OpenConsoleOptions,
): Promise<readonly Route[]> {
  const { callers, deployment } = options;
  const { recorder, keys } = deployment;
  const { issuer, nowMs } = { issuer: settings.issuer, nowMs: options.nowMs };
  if (!(settings.console ?? callers.some(({ operator }) => operator !== undefined))) return [];
  const { consoleRoutes } = await import('../console/routes.ts');
  const { sessions } = await import('../console/session.ts');
  const tell = (name: string, occasion: Parameters<typeof witness>[2]) =>
    witness(recorder, { kind: 'operator', id: name }, occasion);
  return consoleRoutes({
    ...options,
    issuer,
    look: settings.pages,
    files: await consoleFiles(settings.pages.color),
    sessions: sessions({ callers, secret: () => keys.subjectKey, issuer, nowMs }),
    hashSubject: recorder.subject,
    readiness: () => readiness(options.readiness),
    signedIn: (name, occasion) => tell(name, occasion).tell('console.signed-in'),
    viewed: (name, occasion, about) => tell(name, occasion).tell('console.viewed', { about }),
  });
}

async function consoleFiles(color: string): Promise<readonly ConsoleFile[]> {
  const { consoleScript } = await import('../console/script.ts');
  const { consoleStyle } = await import('../console/stylesheet.ts');
  const folder = existsSync(fileURLToPath(BUILT)) ? BUILT : INSTALLED;
  const [plotter, plotStyle] = await Promise.all(
    ['uPlot.esm.js', 'uPlot.min.css'].map((name) => readFile(new URL(name, folder), 'utf8')),
  );
  const script = named('plot', 'js', plotter ?? '');
  return [
    named('console', 'css', `${plotStyle}\n${consoleStyle(color)}`),
    script,
    named('console', 'js', consoleScript(script.name)),
  ];
}

const MEDIA_TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

function named(name: string, extension: keyof typeof MEDIA_TYPES, text: string): ConsoleFile {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { name: `${name}-${hash}.${extension}`, mediaType: MEDIA_TYPES[extension], text };
}
