// The server of test/bench/verify-flood.mjs, a process of its own: node test/bench/flood-server.mjs DEFENCE JWK
// DEFENCE `bare`: Node's own HTTP server that answers 200 and looks at nothing, the floor of this machine.
// Prints `{port}` when it listens, and its CPU time on each line of stdin.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const DIST = '../../dist/';

/** @param defence `none`, or `budget`: as the product has it. @param jwk public. */
export async function open(defence, jwk, clock) {
  const names = [
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
    'services/decide/gateways/nginx',
    'services/decide/identity/identity',
    'services/decide/identity/budget',
    'services/decide/identity/keys',
    'services/ingest/route',
    'schemas/credentials',
  ];
  const of = Object.assign({}, ...(await Promise.all(names.map((path) => import(`${DIST}${path}.js`)))));
  const budget = defence === 'none' ? { allows: () => true, spend() {}, earn() {} } : of.createBudget();
  const credentials = of.credentialsSchema.parse({ issuers: [{ name: 'app', jwks_file: 'x' }] });
  const identity = of.createIdentity(credentials, of.onlyKeys(of.readKeySet({ keys: [jwk] }).keys), { budget });
  const policy = of.compilePolicy(
    of.policySchema.parse({ mode: 'enforce', attestation: 'require', max_snapshot_age: '1h' }),
  );
  const published = Date.now();
  const view = { step: 1, ageMs: (now) => now - published, risk: () => undefined, curve: () => of.SHIPPED_CURVE };
  const metrics = of.createMetrics();
  const access = of.createAccess({ gatewayKeys: [{ name: 'bench', secret: 'bench-key' }], adminToken: null });
  const routes = of.createRouteLearner();
  const decider = of.createDecider({
    policy: () => policy,
    snapshot: () => view,
    identity: () => identity,
    limits: of.createLimits(),
    pseudonymise: of.createPseudonymise(null),
    routeOf: (method, host, path) => routes.learn(method, host, path, 404).route,
    clock: clock ?? of.systemClock,
    metrics,
  });
  return { of, metrics, access, decider };
}

async function serve(defence, jwk) {
  if (defence === 'bare') {
    const bare = createServer((_, answer) => answer.writeHead(200, { 'content-length': 0 }).end());
    // As fastify has it: connections wait for the next round.
    bare.keepAliveTimeout = 72_000;
    bare.listen(0, '127.0.0.1', () => told(bare.address().port));
    return;
  }
  const { of, metrics, access, decider } = await open(defence, jwk);
  const log = of.createLogger('warn');
  const health = of.createHealth(['decide']);
  const app = of.createHttpApp({ log, health, metrics, access, tls: null, version: '0.0.0' });
  of.registerDecisionRoutes(app, { decider, access, trustedHops: 0, log });
  setInterval(decider.flush, 1000).unref();
  await app.listen({ host: '127.0.0.1', port: 0 });
  told(app.server.address().port);
}

function told(port) {
  process.stdout.write(`${JSON.stringify({ port })}\n`);
  process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(process.cpuUsage())}\n`));
  process.stdin.on('end', () => process.exit(0));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await serve(process.argv[2], JSON.parse(process.argv[3]));
