// One server of the decision bench, in a process of its own: `floor` answers a fixed body, `service` decides.
// Prints `{port}` when it listens; answers CPU time and memory on stdin lines.
import { createServer } from 'node:http';

const [kind, entityCount] = [process.argv[2], Number(process.argv[3] ?? 100_000)];
const FIXED = '{"decision":true,"context":{"id":"123456"}}'.slice(0, 42);

async function listen() {
  if (kind === 'floor') {
    const server = createServer((request, response) => {
      request.on('data', () => {});
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': FIXED.length });
        response.end(FIXED);
      });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  }
  const at = (path) => import(`../../dist/${path}.js`);
  const [
    { createHttpApp },
    { createAccess },
    { createHealth },
    { createMetrics },
    { createLogger },
    { systemClock },
    { compilePolicy },
    { policySchema },
    { createPseudonymise },
    { SHIPPED_CURVE },
    { createDecider },
    { registerDecisionRoutes },
    { createLimits },
    { TRUSTING, createIdentity, onlyKeys },
    { secretKey },
    { credentialsSchema },
    { createRiskTable, StoredRisk },
    { createRouteLearner },
  ] = await Promise.all(
    [
      'shared/http',
      'shared/access',
      'shared/health',
      'shared/metrics',
      'shared/logger',
      'shared/clock',
      'shared/policy',
      'schemas/policy',
      'shared/pseudonym',
      'shared/calibration',
      'services/decide/decider',
      'services/decide/app',
      'services/decide/limits',
      'services/decide/identity/identity',
      'services/decide/identity/keys',
      'schemas/credentials',
      'services/decide/risk-table',
      'services/ingest/route',
    ].map(at),
  );
  const table = createRiskTable();
  const reasons = JSON.stringify([{ feature: 'requests:1m', value: 900, usual: 20, part: 41 }]);
  for (let i = 0; i < entityCount; i++) {
    table.set('default', 'ip', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, new StoredRisk(1 + (i % 50), 0, reasons));
  }
  const publishedMs = Date.now();
  const view = {
    step: Math.floor(publishedMs / 1000),
    ageMs: (now) => now - publishedMs,
    risk: (scope, entity, id) => table.get(scope, entity, id) ?? undefined,
    curve: () => SHIPPED_CURVE,
  };
  const metrics = createMetrics();
  const log = createLogger('warn');
  const access = createAccess({ gatewayKeys: [{ name: 'bench', secret: 'bench-key' }], adminToken: null });
  const app = createHttpApp({ log, health: createHealth(['decide']), metrics, access, tls: null, version: '0.0.0' });
  const credentials = credentialsSchema.parse({
    issuers: [{ name: 'app', keys: [{ secret_base64: Buffer.alloc(32, 7).toString('base64') }] }],
  });
  const identity =
    kind === 'attested' ? createIdentity(credentials, onlyKeys([secretKey(null, Buffer.alloc(32, 7))])) : TRUSTING;
  const policy = compilePolicy(
    policySchema.parse({
      mode: 'enforce',
      max_snapshot_age: '1h',
      routes: [{ match: { method: 'POST', path: '/v1/auth/*' }, attestation: 'require' }],
      clients: [{ match: { user_agent: 'ShopApp/*' }, platform: 'app' }],
    }),
  );
  const routes = createRouteLearner();
  const decider = createDecider({
    policy: () => policy,
    snapshot: () => view,
    identity: () => identity,
    limits: createLimits(),
    pseudonymise: createPseudonymise(null),
    routeOf: (method, host, path) => routes.learn(method, host, path, 404).route,
    clock: systemClock,
    metrics,
  });
  setInterval(decider.flush, 1000).unref();
  registerDecisionRoutes(app, { decider, access, trustedHops: 0, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server.address().port;
}

process.stdout.write(`${JSON.stringify({ port: await listen() })}\n`);
process.stdin.on('data', () => {
  process.stdout.write(`${JSON.stringify({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss })}\n`);
});
process.stdin.on('end', () => process.exit(0));
