// What a flood of forged tokens does to good callers, and which defence is worth it:
//   npx tsc -p tsconfig.build.json && node test/bench/verify-flood.mjs [seconds a measurement, default 6]
// 500 good requests a second (2,000 installations with ES256 tokens, a tenth of them fresh), alone and beside 2,000 distinct
// forged ES256 tokens a second from 200 addresses, over nginx's protocol. Server and load are processes of their own;
// a latency runs from the time at which a request should have been sent.
import { spawn, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const self = fileURLToPath(import.meta.url);
const GOOD = 500;
const BAD = 2000;
const ADDRESSES = 200;
const repeated = [];
const ms = (value) => value.toFixed(2).padStart(9);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

if (!isMainThread) {
  const options = { key: createPublicKey({ key: workerData, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  parentPort.on('message', ({ id, signed, signature }) => {
    parentPort.postMessage({
      id,
      good: verify('sha256', Buffer.from(signed), options, Buffer.from(signature, 'base64url')),
    });
  });
} else if (process.argv[2] === 'server') await serve(process.argv[3], JSON.parse(process.argv[4]));
else await main(Number(process.argv[2] ?? 6));

/** @param defence `none`, `cache`: bad tokens are remembered, nothing more; `budget`: as the product has it. */
async function serve(defence, jwk) {
  const at = (path) => import(`../../dist/${path}.js`);
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
    'services/decide/identity/identity',
    'services/decide/identity/budget',
    'services/decide/identity/keys',
    'services/decide/identity/key-set',
    'schemas/credentials',
  ];
  const modules = Object.assign({}, ...(await Promise.all(names.map(at))));
  const { createHttpApp, createAccess, createHealth, createMetrics, createLogger, systemClock } = modules;
  const { compilePolicy, policySchema, createPseudonymise, SHIPPED_CURVE, createDecider, createLimits } = modules;
  const { registerDecisionRoutes, createIdentity, onlyKeys, createBudget, readKeySet, credentialsSchema } = modules;
  const metrics = createMetrics();
  const log = createLogger('warn');
  const access = createAccess({ gatewayKeys: [{ name: 'bench', secret: 'bench-key' }], adminToken: null });
  const app = createHttpApp({ log, health: createHealth(['decide']), metrics, access, tls: null, version: '0.0.0' });
  const budget = defence === 'budget' ? createBudget() : { allows: () => true, spend() {}, earn() {} };
  const credentials = credentialsSchema.parse({ issuers: [{ name: 'app', jwks_file: 'x' }] });
  const identity = createIdentity(credentials, onlyKeys(readKeySet({ keys: [jwk] }).keys), { budget });
  const policy = compilePolicy(policySchema.parse({ mode: 'enforce', attestation: 'require', max_snapshot_age: '1h' }));
  const published = Date.now();
  const view = { step: 1, ageMs: (now) => now - published, risk: () => undefined, curve: () => SHIPPED_CURVE };
  const decider = createDecider({
    policy: () => policy,
    snapshot: () => view,
    identity: () => identity,
    limits: createLimits(),
    pseudonymise: createPseudonymise(null),
    clock: systemClock,
    metrics,
  });
  registerDecisionRoutes(app, { decider, access, trustedHops: 0, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  process.stdout.write(`${JSON.stringify({ port: app.server.address().port })}\n`);
  process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(process.cpuUsage())}\n`));
  process.stdin.on('end', () => process.exit(0));
}

async function main(seconds) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const head = part({ alg: 'ES256', typ: 'JWT' });
  const good = (i) => {
    const content = `${head}.${part({ exp, did: `install-${i}` })}`;
    return `${content}.${sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const tokens = Array.from({ length: 2000 + (GOOD / 10) * (seconds + 3) }, (_, i) => good(i));
  const bad = (i) => `${head}.${part({ exp, did: `forged-${i}` })}.${randomBytes(64).toString('base64url')}`;
  const text = (token, address) =>
    `GET /gateway/nginx HTTP/1.1\r\nHost: b\r\nX-Bonafide-Key: bench-key\r\nX-Original-URI: /v1/orders/1\r\nX-Original-Method: GET\r\nX-Real-IP: ${address}\r\nUser-Agent: ShopApp/3\r\nApproov-Token: ${token}\r\n\r\n`;
  let fresh = 2000;
  const nextGood = (i) =>
    text(i % 10 === 0 ? tokens[fresh++ % tokens.length] : tokens[i % 2000], `198.51.100.${i % 250}`);
  const nextBad = (i) => text(bad(i), `203.0.${113 + Math.floor((i % ADDRESSES) / 250)}.${i % ADDRESSES}`);

  process.stdout.write(
    `Node ${process.version}; ${GOOD} good requests/s, ${BAD} forged tokens/s from ${ADDRESSES} addresses; ms\n`,
  );
  process.stdout.write('defence     flood   p50 good   p99 good   p99.9   good let through   CPU of the server\n');
  for (const defence of ['none', 'cache', 'budget']) {
    for (const flood of [false, true]) {
      if (defence === 'cache' && !flood) continue;
      const server = await start(defence, jwk);
      fresh = 2000;
      await run(server.port, 2, nextGood, null);
      const before = await server.cpu();
      // Under `cache` the flood repeats 500 tokens: what remembering bad ones is good for, and distinct ones are not.
      const result = await run(
        server.port,
        seconds,
        nextGood,
        flood ? (defence === 'cache' ? (i) => nextBadOf(i % 500) : nextBad) : null,
      );
      const after = await server.cpu();
      await server.stop();
      const cpu = (after.user + after.system - before.user - before.system) / 1e4 / result.seconds;
      const name = defence === 'cache' ? 'same 500' : defence;
      process.stdout.write(
        `${name.padEnd(11)} ${(flood ? 'yes' : 'no').padEnd(7)} ${ms(result.p50)} ${ms(result.p99)} ${ms(result.p999)}   ${result.passed.toFixed(1).padStart(6)} %           ${cpu.toFixed(0).padStart(4)} %\n`,
      );
    }
  }
  await workers(jwk, head, exp, seconds);

  function nextBadOf(i) {
    repeated[i] ??= bad(i);
    return text(repeated[i], `203.0.113.${i % ADDRESSES}`);
  }
}

/** What a worker thread would cost in the place of a check on the spot: the way there and back, at the flood's rate. */
async function workers(jwk, head, exp, seconds) {
  const worker = new Worker(self, { workerData: jwk });
  const sent = new Map();
  const times = [];
  worker.on('message', ({ id }) => {
    times.push(performance.now() - sent.get(id));
    sent.delete(id);
  });
  await once(worker, 'online');
  const cpu = process.cpuUsage();
  const started = performance.now();
  let id = 0;
  while (performance.now() - started < seconds * 1000) {
    const due = ((performance.now() - started) / 1000) * BAD;
    for (; id < due; id++) {
      sent.set(id, performance.now());
      worker.postMessage({
        id,
        signed: `${head}.${part({ exp, did: id })}`,
        signature: randomBytes(64).toString('base64url'),
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (sent.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const used = process.cpuUsage(cpu);
  await worker.terminate();
  times.sort((a, b) => a - b);
  process.stdout.write(
    `a worker instead: ${ms(times[times.length >> 1])} p50, ${ms(times[Math.floor(times.length * 0.99)])} p99 to an answer that a decision would have to wait for; both threads ${((used.user + used.system) / 1e4 / seconds).toFixed(0)} % of a core\n`,
  );
}

async function start(defence, jwk) {
  const args = [self, 'server', defence, JSON.stringify(jwk)];
  const pinned = spawnSync('taskset', ['--version']).status === 0;
  const child = pinned
    ? spawn('taskset', ['-c', '0', process.execPath, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    : spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = (async function* () {
    let rest = '';
    for await (const chunk of child.stdout) {
      rest += chunk;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        yield JSON.parse(rest.slice(0, end));
        rest = rest.slice(end + 1);
      }
    }
  })();
  const { value } = await lines.next();
  return {
    port: value.port,
    async cpu() {
      child.stdin.write('\n');
      return (await lines.next()).value;
    },
    async stop() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

/** Open loop: a request is due at its time, whether the one before was answered or not. */
async function run(port, seconds, good, bad) {
  const idle = [];
  const waiting = [];
  const sockets = [];
  const latencies = [];
  let passed = 0;
  let answered = 0;
  for (let i = 0; i < 48; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    const slot = { socket, job: null };
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      if (!rest.endsWith('\r\n\r\n')) return;
      const { due, isGood } = slot.job;
      answered++;
      if (isGood) {
        latencies.push(performance.now() - due);
        if (rest.startsWith('HTTP/1.1 200')) passed++;
      }
      rest = '';
      slot.job = null;
      const next = waiting.shift();
      if (next === undefined) idle.push(slot);
      else send(slot, next);
    });
    sockets.push(socket);
    idle.push(slot);
  }
  function send(slot, job) {
    slot.job = job;
    slot.socket.write(job.text);
  }
  const started = performance.now();
  let goods = 0;
  let bads = 0;
  const offer = (isGood, due, text) => {
    const slot = idle.pop();
    const job = { isGood, due, text };
    if (slot === undefined) waiting.push(job);
    else send(slot, job);
  };
  for (;;) {
    const elapsed = performance.now() - started;
    if (elapsed >= seconds * 1000) break;
    for (; goods < (elapsed / 1000) * GOOD; goods++) offer(true, started + (goods / GOOD) * 1000, good(goods));
    if (bad !== null)
      for (; bads < (elapsed / 1000) * BAD; bads++) offer(false, started + (bads / BAD) * 1000, bad(bads));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (answered < goods + bads) await new Promise((resolve) => setTimeout(resolve, 5));
  const tookS = (performance.now() - started) / 1000;
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), passed: (100 * passed) / goods, seconds: tookS };
}
