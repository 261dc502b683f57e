import type { Operations } from '../operations/all.ts';
import type { ReadinessChecks } from '../operations/readiness.ts';
import type { RenderPage } from '../pages/view.ts';
import type { FollowEvents } from './event-feed.ts';
import type { Route } from './route.ts';
import { collectRoute } from './routes/collect.ts';
import { type DocsFiles, docsFileRoute, docsRoute } from './routes/docs.ts';
import { eventsRoute } from './routes/events.ts';
import { healthRoute } from './routes/health.ts';
import { inspectRoute } from './routes/inspect.ts';
import { inspectJtiRoute } from './routes/inspect-jti.ts';
import { jwksRoute, type PublishedKeys } from './routes/jwks.ts';
import { listKeysRoute, revokeKeyRoute, rotateKeysRoute } from './routes/keys.ts';
import { linkRoute, type PressRouteOptions, pressLinkRoute } from './routes/link.ts';
import { type MetricsSource, metricsRoute } from './routes/metrics.ts';
import { mintRoute } from './routes/mint.ts';
import { mintBatchRoute } from './routes/mint-batch.ts';
import { openApiRoute } from './routes/openapi.ts';
import { purposesRoute } from './routes/purposes.ts';
import { readinessRoute } from './routes/readiness.ts';
import { redeemRoute } from './routes/redeem.ts';
import { revokeRoute } from './routes/revoke.ts';
import { s3UrlsRoute } from './routes/s3-urls.ts';
import { settleRoute } from './routes/settle.ts';
import { hashSubjectRoute, statusRoute } from './routes/status.ts';

/** Describes routes in JSON, the one that shows the description included. */
export type DescribeApi = (routes: readonly Route[]) => Promise<string>;

export interface RouteDependencies extends PressRouteOptions {
  readonly operations: Operations;
  readonly publishedKeys: PublishedKeys;
  /** How long a cache may keep them. */
  readonly jwksMaxAgeSeconds?: number | undefined;
  readonly readiness: ReadinessChecks;
  readonly renderPage: RenderPage;
  readonly followEvents: FollowEvents;
  readonly metrics: MetricsSource;
  /** Absent: nobody is shown the API. */
  readonly api?: { readonly describe: DescribeApi; readonly docs: () => Promise<DocsFiles> } | undefined;
}

/** Paths that had a method once, and what is used instead. No GET changes anything. */
export const RETIRED = [
  { path: '/v1/redemptions/:id', instead: 'POST /v1/redemptions/{id}/collect' },
] as const;

/** Every route of the service. */
export function allRoutes({
  operations,
  publishedKeys,
  jwksMaxAgeSeconds,
  readiness,
  renderPage,
  followEvents,
  metrics,
  api,
  ...press
}: RouteDependencies): readonly Route[] {
  const routes: readonly Route[] = [
    mintRoute(operations),
    mintBatchRoute(operations),
    redeemRoute(operations),
    collectRoute(operations),
    settleRoute('commit', operations),
    settleRoute('release', operations),
    revokeRoute(operations),
    inspectRoute(operations),
    inspectJtiRoute(operations),
    linkRoute(operations, renderPage),
    pressLinkRoute(operations, renderPage, press),
    purposesRoute(operations),
    eventsRoute(operations, followEvents),
    hashSubjectRoute(operations),
    statusRoute(operations),
    listKeysRoute(operations),
    rotateKeysRoute(operations),
    revokeKeyRoute(operations),
    s3UrlsRoute(operations),
    jwksRoute(publishedKeys, jwksMaxAgeSeconds),
    healthRoute(),
    readinessRoute(readiness),
    metricsRoute(metrics),
    ...(api ? [openApiRoute(() => api.describe(routes)), docsRoute(api.docs), docsFileRoute(api.docs)] : []),
  ];
  return routes;
}
