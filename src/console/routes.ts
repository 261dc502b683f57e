import { z } from 'zod';
import { MatchstickError } from '../errors.ts';
import { NOW } from '../events/store.ts';
import type { FollowEvents } from '../http/event-feed.ts';
import type { Route } from '../http/route.ts';
import { COMMON_HEADERS } from '../problem.ts';
import { activityRoute } from './activity.ts';
import { type Desk, required } from './desk.ts';
import { eventListRoute } from './event-list.ts';
import { type GateOptions, gate } from './gate.ts';
import { revokingRoutes } from './revoking.ts';
import { type ServiceFacts, serviceRoutes } from './running.ts';
import { FOLLOWED } from './script.ts';
import { searchRoutes } from './search.ts';
import { type SignInOptions, signInRoutes } from './sign-in.ts';
import { tokenRoutes } from './tokens.ts';
import { troubleRoute } from './trouble.ts';

/** A file that the pages are made of. Its name changes with its content. */
export interface ConsoleFile {
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

export interface ConsoleOptions
  extends Omit<GateOptions, 'files'>,
    Omit<SignInOptions, 'sessions'>,
    Omit<Desk, 'gate'>,
    ServiceFacts {
  /** The style is the first of them; those that pages load as modules follow. */
  readonly files: readonly ConsoleFile[];
  readonly followEvents: FollowEvents;
}

/** Every route of the console. */
export function consoleRoutes(options: ConsoleOptions): readonly Route[] {
  const { files } = options;
  const { pathname } = new URL(options.issuer);
  const folder = `${pathname.replace(/\/$/, '')}/console/files/`;
  const pathsOf = (extension: string) =>
    files
      .filter(({ name }) => name.startsWith('console-') && name.endsWith(extension))
      .map(({ name }) => folder + name);
  const doors = gate({ ...options, files: { style: pathsOf('.css')[0] ?? folder, modules: pathsOf('.js') } });
  const desk = { ...options, gate: doors };
  return [
    ...signInRoutes(doors, options),
    ...searchRoutes(desk),
    ...tokenRoutes(desk),
    ...revokingRoutes(desk),
    eventListRoute(desk),
    activityRoute(desk),
    troubleRoute(desk),
    ...serviceRoutes(desk, options),
    liveRoute(options),
    fileRoute(files),
  ];
}

/** `GET /console/live`: tells the pages that something happened. */
function liveRoute({ sessions, followEvents, operations }: ConsoleOptions): Route {
  return {
    ...{
      operationId: 'consoleLive',
      method: 'GET',
      path: '/console/live',
      isUnlisted: true,
      needsCaller: false,
    },
    summary: 'Tells the pages of the console that something happened, as server-sent events',
    query: z.object({ jti: z.string().optional(), after: z.string().max(128).optional() }),
    ...{
      replies: {},
      pages: [200],
      streams: true,
      problems: ['caller_unknown', 'rate_limited', 'ledger_unavailable'],
    },
    answer: async ({ header, query, occasion }) => {
      const session = await sessions.read(header('cookie'));
      if (!session) throw new MatchstickError('caller_unknown', 'Sign in to the console first.');
      const caller = { ...session.caller, expiresAtMs: session.endsAtMs };
      const jti = query.jti === undefined ? {} : { jti: query.jti };
      const seen = required(await operations.events.perform({ before: NOW, limit: 1 }, caller, occasion));
      const more = followEvents(
        { type: new Set(FOLLOWED), ...jti, limit: 1 },
        caller,
        header('last-event-id') || (query.after ?? seen.next),
      );
      if (more instanceof MatchstickError) throw more;
      const headers = { ...COMMON_HEADERS, 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };
      return { status: 200, headers, body: ': console\n\n', more };
    },
  };
}

/** `GET /console/files/:file`: what the pages are made of. Nothing in it is secret. */
function fileRoute(files: readonly ConsoleFile[]): Route {
  return {
    ...{
      operationId: 'consoleFile',
      method: 'GET',
      path: '/console/files/:file',
      isUnlisted: true,
      needsCaller: false,
    },
    summary: 'A file of the pages of the console',
    params: z.object({ file: z.string() }),
    ...{ replies: {}, pages: [200], problems: ['not_found'] },
    answer: async ({ params }) => {
      const file = files.find(({ name }) => name === params.file);
      if (!file) throw new MatchstickError('not_found', 'There is no such file.');
      const headers = {
        ...COMMON_HEADERS,
        'Content-Type': file.mediaType,
        'Cache-Control': 'public, max-age=31536000, immutable',
      };
      return { status: 200, headers, body: file.text };
    },
  };
}
