// What a flood of forged tokens does to good callers, and which defence is worth it:
//   npx tsc -p tsconfig.build.json && node test/bench/verify-flood.mjs [seconds a measurement, default 6] [real]
// 500 good requests a second (2,000 installations with ES256 tokens, a tenth of them fresh), alone and beside 2,000 distinct
// forged ES256 tokens a second from 200 addresses, over nginx's protocol.
// First on a virtual clock, which a busy machine does not disturb: the CPU time of each answer, plus 60 µs for HTTP (the
// floor of test/bench/decide.mjs), worked off in order of arrival. With `real` then over sockets: server and load are processes of
// their own, and a latency runs from the time at which a request should have been sent.
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
const HTTP_MS = 0.06;
const REAL = process.argv.includes('real');
const ms = (value) => value.toFixed(2).padStart(9);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @param defence `none`, or `budget`: as the product has it. */
async function open(defence, jwk, clock) {
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
    'services/decide/gateways/nginx',
    'services/decide/identity/identity',
    'services/decide/identity/budget',
    'services/decide/identity/keys',
    'schemas/credentials',
  ];
  const of = Object.assign({}, ...(await Promise.all(names.map(at))));
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
  const decider = of.createDecider({
    policy: () => policy,
    snapshot: () => view,
    identity: () => identity,
    limits: of.createLimits(),
    pseudonymise: of.createPseudonymise(null),
    clock: clock ?? of.systemClock,
    metrics,
  });
  return { of, metrics, access, decider };
}

async function serve(defence, jwk) {
  const { of, metrics, access, decider } = await open(defence, jwk);
  const log = of.createLogger('warn');
  const health = of.createHealth(['decide']);
  const app = of.createHttpApp({ log, health, metrics, access, tls: null, version: '0.0.0' });
  of.registerDecisionRoutes(app, { decider, access, trustedHops: 0, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  process.stdout.write(`${JSON.stringify({ port: app.server.address().port })}\n`);
  process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(process.cpuUsage())}\n`));
  process.stdin.on('end', () => process.exit(0));
}

/** Arrivals on a virtual clock, one server, first come first served. */
async function model(defence, jwk, seconds, good, bad) {
  const start = Date.now();
  let now = start;
  const { of, access, decider } = await open(defence, jwk, { now: () => now });
  const nginx = of.createNginxAdapter({ decider, access, trustedHops: 0 });
  const arrivals = [];
  const rate = (perSecond, isGood) => {
    for (let i = 0; i < perSecond * (seconds + 2); i++)
      arrivals.push({ due: ((i + (isGood ? 0 : Math.random())) / perSecond) * 1000, isGood, i });
  };
  rate(GOOD, true);
  if (bad !== null) rate(BAD, false);
  arrivals.sort((a, b) => a.due - b.due);
  const latencies = [];
  let free = 0;
  let busy = 0;
  let passed = 0;
  for (const { due, isGood, i } of arrivals) {
    const { token, address } = isGood ? good(i) : bad(i);
    const headers = {
      'x-bonafide-key': 'bench-key',
      'x-original-uri': '/v1/orders/1',
      'x-original-method': 'GET',
      'x-real-ip': address,
      'approov-token': token,
    };
    now = start + due;
    const before = process.cpuUsage();
    const { status } = nginx.answer(headers);
    const used = process.cpuUsage(before);
    const tookMs = (used.user + used.system) / 1000 + HTTP_MS;
    free = Math.max(free, due) + tookMs;
    // The first two seconds warm up.
    if (due < 2000) continue;
    busy += tookMs;
    if (!isGood) continue;
    latencies.push(free - due);
    if (status === 200) passed++;
  }
  return { ...summary(latencies), passed: (100 * passed) / latencies.length, cpu: busy / seconds / 10 };
}

function summary(latencies) {
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
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
  const known = Array.from({ length: 2000 }, (_, i) => good(i));
  const fresh = Array.from({ length: (GOOD / 10) * (seconds + 3) * 2 }, (_, i) => good(2000 + i));
  let taken = 0;
  const goodCaller = (i) => ({
    token: i % 10 === 0 ? fresh[taken++ % fresh.length] : known[i % 2000],
    address: `198.51.100.${i % 250}`,
  });
  // Header and claims of a forged token are an issuer's; its signature is any 64 bytes.
  const forged = (i) => `${head}.${part({ exp, did: `forged-${i}` })}.${randomBytes(64).toString('base64url')}`;
  const repeated = Array.from({ length: 500 }, (_, i) => forged(i));
  const address = (i) => `203.0.113.${i % ADDRESSES}`;
  const distinct = (i) => ({ token: forged(i), address: address(i) });
  const same = (i) => ({ token: repeated[i % 500], address: address(i) });
  const text = (caller) =>
    `GET /gateway/nginx HTTP/1.1\r\nHost: b\r\nX-Bonafide-Key: bench-key\r\nX-Original-URI: /v1/orders/1\r\nX-Original-Method: GET\r\nX-Real-IP: ${caller.address}\r\nUser-Agent: ShopApp/3\r\nApproov-Token: ${caller.token}\r\n\r\n`;
  const cases = [
    ['no flood', 'budget', null],
    ['no defence', 'none', distinct],
    // The same 500 forged tokens again and again: what remembering bad ones is worth, and to distinct ones is not.
    ['remembered', 'none', same],
    ['budget', 'budget', distinct],
  ];
  process.stdout.write(
    `Node ${process.version}; ${GOOD} good requests/s, ${BAD} forged tokens/s from ${ADDRESSES} addresses; ms\n`,
  );
  for (const real of REAL ? [false, true] : [false]) {
    process.stdout.write(
      `${(real ? 'for real' : 'virtual clock').padEnd(14)} p50 good  p99 good     p99.9   let through   CPU\n`,
    );
    for (const [name, defence, bad] of cases) {
      taken = 0;
      let result = null;
      // A busy machine slows single runs down: the best of three.
      for (let i = 0; i < (real ? 1 : 3); i++) {
        const one = real ? await measure(defence, bad) : await model(defence, jwk, seconds, goodCaller, bad);
        if (result === null || one.p99 < result.p99) result = one;
      }
      process.stdout.write(
        `${name.padEnd(14)}${ms(result.p50)} ${ms(result.p99)} ${ms(result.p999)}      ${result.passed.toFixed(1).padStart(5)} %  ${result.cpu.toFixed(0).padStart(3)} %\n`,
      );
    }
  }
  await workers(jwk, head, exp, seconds);

  async function measure(defence, bad) {
    const server = await start(defence, jwk);
    const goodText = (i) => text(goodCaller(i));
    await run(server.port, 2, goodText, null);
    const before = await server.cpu();
    const result = await run(server.port, seconds, goodText, bad === null ? null : (i) => text(bad(i)));
    const after = await server.cpu();
    await server.stop();
    return { ...result, cpu: (after.user + after.system - before.user - before.system) / 1e4 / result.seconds };
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
  const end = performance.now() + seconds * 1000;
  while (sent.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
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
  return { ...summary(latencies), passed: (100 * passed) / goods, seconds: tookS };
}

if (!isMainThread) {
  const options = { key: createPublicKey({ key: workerData, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  parentPort.on('message', ({ id, signed, signature }) => {
    parentPort.postMessage({
      id,
      good: verify('sha256', Buffer.from(signed), options, Buffer.from(signature, 'base64url')),
    });
  });
} else if (process.argv[2] === 'server') await serve(process.argv[3], JSON.parse(process.argv[4]));
else await main(Number(process.argv[2]) || 6);
