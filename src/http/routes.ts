import type { Deployment } from '../burn/deployment.ts';
import type { UrlSigner } from '../burn/opening.ts';
import type { ReadinessChecks } from '../operations/readiness.ts';
import type { RenderPage } from '../pages/view.ts';
import type { Route } from './route.ts';
import { collectRoute } from './routes/collect.ts';
import { healthRoute } from './routes/health.ts';
import { inspectRoute } from './routes/inspect.ts';
import { inspectJtiRoute } from './routes/inspect-jti.ts';
import { jwksRoute, type PublishedKeys } from './routes/jwks.ts';
import { linkRoute, pressLinkRoute } from './routes/link.ts';
import { mintRoute } from './routes/mint.ts';
import { mintBatchRoute } from './routes/mint-batch.ts';
import { readinessRoute } from './routes/readiness.ts';
import { redeemRoute } from './routes/redeem.ts';
import { revokeRoute } from './routes/revoke.ts';
import { s3UrlsRoute } from './routes/s3-urls.ts';
import { settleRoute } from './routes/settle.ts';

export interface RouteDependencies {
  readonly deployment: Deployment;
  readonly publishedKeys: PublishedKeys;
  readonly readiness: ReadinessChecks;
  readonly renderPage: RenderPage;
  readonly signer: UrlSigner;
  readonly nowMs: () => number;
}

/** Every route of the service. */
export function allRoutes({
  deployment,
  publishedKeys,
  readiness,
  renderPage,
  signer,
  nowMs,
}: RouteDependencies): readonly Route[] {
  return [
    mintRoute(deployment),
    mintBatchRoute(deployment),
    redeemRoute(deployment),
    collectRoute(deployment),
    settleRoute('commit', deployment),
    settleRoute('release', deployment),
    revokeRoute(deployment),
    inspectRoute(deployment),
    inspectJtiRoute(deployment),
    linkRoute(deployment, renderPage),
    pressLinkRoute(deployment, renderPage),
    s3UrlsRoute(signer, nowMs),
    jwksRoute(publishedKeys),
    healthRoute(),
    readinessRoute(readiness),
  ];
}
