import type { z } from 'zod';
import { listedKeys, revokedKey, rotatedKeys } from '../../contract/key-replies.ts';
import {
  inspected,
  minted,
  openedRequest,
  problemDetails,
  redemption,
  revoked,
  settled,
} from '../../contract/replies.ts';
import { eventSchema } from '../../events/event.ts';
import { mintBody } from '../../operations/mint-body.ts';
import { remark } from '../../operations/readiness.ts';
import { signBody } from '../../operations/sign-url.ts';
import type { Purposes } from '../../token/purpose.ts';
import type { Route } from '../route.ts';
import { answersOf, HEADER_COMPONENTS } from './answers.ts';
import { mintExamples } from './examples.ts';
import { type JsonSchema, namedJsonSchemas } from './json-schema.ts';
import { LINKS } from './links.ts';
import { mintRequests } from './mint-requests.ts';
import { parametersOf } from './parameters.ts';
import { requestSchema } from './requests.ts';

export interface DocumentOptions {
  readonly routes: readonly Route[];
  readonly purposes: Purposes;
  /** JSON Schemas of claims by purpose, where they are declared as such. */
  readonly claimsSchemas: ReadonlyMap<string, JsonSchema>;
  /** Names of the stores. */
  readonly stores: readonly string[];
  /** Where this deployment is. */
  readonly url: string;
  readonly version: string;
}

/** Names of what several operations answer. Every other reply is named after its operation. */
const NAMED = new Map<z.core.$ZodType, string>([
  [minted, 'Minted'],
  [redemption, 'Redemption'],
  [settled, 'Settled'],
  [inspected, 'Inspected'],
  [revoked, 'Revoked'],
  [openedRequest, 'SignedRequest'],
  [eventSchema, 'Event'],
  [listedKeys, 'ListedKeys'],
  [rotatedKeys, 'RotatedKeys'],
  [revokedKey, 'RevokedKey'],
  [remark, 'Remark'],
  [problemDetails, 'Problem'],
]);

const TAGS: Readonly<Record<string, string>> = {
  Tokens: 'Mint, inspect and revoke tokens.',
  Redemptions: 'Redeem tokens, settle holds, and collect what visitors redeemed.',
  Links: 'Pages for people.',
  Storage: 'Signed requests to object stores.',
  Operators: 'What happened, and the signing keys.',
  Service: 'For monitoring, and for programs that verify tokens.',
};

const componentOf = (name: string): string => `#/components/schemas/${name}`;

/** The OpenAPI 3.1 document of a deployment, made of the very schemas that parse its requests. */
export function openApiDocument({
  routes: all,
  purposes,
  claimsSchemas,
  stores,
  url,
  version,
}: DocumentOptions): object {
  const routes = all.filter(
    ({ isUnlisted, body }) => !isUnlisted && (body !== signBody || stores.length > 0),
  );
  const replies = new Map<string, z.core.$ZodType>();
  const named = new Map(NAMED);
  for (const { operationId, replies: each } of routes) {
    for (const { body } of Object.values(each)) {
      const name = named.get(body) ?? `${capitalized(operationId)}Reply`;
      named.set(body, name);
      replies.set(name, body);
    }
  }
  for (const [schema, name] of NAMED) replies.set(name, schema);
  const refTo = (schema: z.core.$ZodType): JsonSchema => ({ $ref: componentOf(named.get(schema) ?? '') });
  const paths = new Map<string, Record<string, unknown>>();
  for (const each of routes) {
    const path = each.path.replaceAll(/:(\w+)/g, '{$1}');
    const item = paths.get(path) ?? {};
    item[each.method.toLowerCase()] = operationOf(each);
    paths.set(path, item);
  }

  function operationOf(route: Route) {
    const { operationId, summary, path, body } = route;
    const answers = answersOf(route, refTo, { $ref: componentOf('Problem') });
    const links = LINKS[operationId];
    const success = Object.entries(answers).find(([status]) => status.startsWith('2'));
    return {
      operationId,
      summary,
      tags: [tagOf(path)],
      ...(security(route) ? { security: security(route) } : {}),
      parameters: parametersOf(route),
      ...(body ? { requestBody: requestBodyOf(route) } : {}),
      responses:
        links && success ? { ...answers, [success[0]]: { ...asObject(success[1]), links } } : answers,
    };
  }

  function requestBodyOf({ operationId, body, reads }: Route) {
    const mediaType = reads === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
    const schema = { $ref: componentOf(`${capitalized(operationId)}Request`) };
    const examples = body === mintBody ? mintExamples(purposes, claimsSchemas) : {};
    const hasExamples = Object.keys(examples).length > 0;
    return {
      required: reads !== 'form',
      content: { [mediaType]: { schema, ...(hasExamples ? { examples } : {}) } },
    };
  }

  const requests = Object.fromEntries(
    routes.flatMap(({ operationId, body }) => {
      if (!body) return [];
      return [[`${capitalized(operationId)}Request`, requestSchema(body, { purposes, stores }, componentOf)]];
    }),
  );

  return {
    openapi: '3.1.0',
    info: {
      title: 'Matchstick',
      version,
      summary: 'Single-use capability tokens',
      description:
        'Each token lives for minutes, has one purpose, and burns on first use. Every refusal is a problem details object (RFC 9457): decide by its `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        callerKey: { type: 'http', scheme: 'bearer', description: 'The key of a caller: `ms_<name>_…`.' },
      },
      headers: HEADER_COMPONENTS,
      schemas: {
        ...requests,
        ...mintRequests(purposes, claimsSchemas),
        ...namedJsonSchemas(replies, 'output', componentOf),
      },
    },
  };
}

/** Who may ask: callers, anybody, or either. */
function security({ needsCaller, isOpenTo, welcomesCaller }: Route): readonly object[] | undefined {
  const callers = { callerKey: [] };
  if (needsCaller) return isOpenTo ? [callers, {}] : [callers];
  return welcomesCaller ? [{}, callers] : [];
}

function tagOf(path: string): string {
  if (path.startsWith('/v1/redemptions')) return 'Redemptions';
  if (path.startsWith('/v1/s3')) return 'Storage';
  if (/^\/v1\/(?:events|keys|status)/.test(path)) return 'Operators';
  if (path.startsWith('/v1/')) return 'Tokens';
  return path.startsWith('/l/') ? 'Links' : 'Service';
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
