import type { RouteOptions } from 'fastify';
import { z } from 'zod';

/** What a route says of itself for `/openapi.json`; stands in its `config.api`. */
export interface ApiDoc {
  summary: string;
  access: 'open' | 'gateway' | 'admin';
  body?: z.ZodType;
  /** Other names in the query are a 400, but for open paths. */
  query?: z.ZodObject;
  /** Media type of the body. @default application/json */
  bodyType?: string;
  answer?: z.ZodType;
  /** Status of a good answer. @default 200 */
  status?: number;
  /** Another spelling of a path that is described already. */
  alias?: true;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    api?: ApiDoc;
  }
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    faults: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

const SECURITY = {
  open: [],
  gateway: [{ gatewayBearer: [] }, { gatewayKey: [] }],
  admin: [{ adminToken: [] }],
};

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
};

/** The description of every route that says something of itself: OpenAPI 3.1, made from the schemas that check. */
export function describeApi(routes: readonly RouteOptions[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const doc = route.config?.api;
    if (doc === undefined || doc.alias === true) continue;
    const methods = (Array.isArray(route.method) ? route.method : [route.method]).map((method) => method.toLowerCase());
    const path = route.url.replace(/:([A-Za-z]+)/g, '{$1}');
    for (const method of methods.filter((name) => name !== 'head' || methods.length === 1)) {
      const operations = paths[path] ?? {};
      operations[method] = describe(doc, path);
      paths[path] = operations;
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bonafide',
      version,
      description: 'Tells an API gateway, for each request, whether its caller is bona fide.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        gatewayBearer: { type: 'http', scheme: 'bearer', description: 'A gateway key.' },
        gatewayKey: { type: 'apiKey', in: 'header', name: 'X-Bonafide-Key', description: 'A gateway key.' },
        adminToken: { type: 'http', scheme: 'bearer', description: 'The admin token.' },
      },
    },
  };
}

function describe(doc: ApiDoc, path: string): object {
  const parameters = [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = doc.query === undefined ? undefined : schemaOf(doc.query, 'input');
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query?.required?.includes(name) ?? false,
    schema,
  }));
  const good =
    doc.answer === undefined ? {} : { content: { 'application/json': { schema: schemaOf(doc.answer, 'output') } } };
  return {
    summary: doc.summary,
    security: SECURITY[doc.access],
    ...(parameters.length + inQuery.length === 0 ? {} : { parameters: [...parameters, ...inQuery] }),
    ...(doc.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [doc.bodyType ?? 'application/json']: { schema: schemaOf(doc.body, 'input') } },
          },
        }),
    responses: {
      [String(doc.status ?? 200)]: { description: 'Done', ...good },
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}
