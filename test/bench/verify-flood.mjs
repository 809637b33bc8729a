// What a flood of forged tokens does to good callers, and which defence is worth it:
//   npx tsc -p tsconfig.build.json && node test/bench/verify-flood.mjs [seconds a measurement, default 6] [real] [rounds, default 5]
// 500 good requests a second (2,000 installations with ES256 tokens, a tenth of them fresh), alone and beside 2,000 distinct
// forged ES256 tokens a second from 200 addresses, over nginx's protocol.
// First on a virtual clock, which a busy machine does not disturb: the CPU time of each answer, plus 60 µs for HTTP (the
// floor of test/bench/decide.mjs), worked off in order of arrival. With `real` then over sockets: server and load are
// processes of their own, each on a core of its own where there are two; rounds without and with the flood take turns over the
// same server, after a warm-up, and what counts is the median of their p99.
import { spawn, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { open } from './flood-server.mjs';
import { ADDRESSES, arrivals, BAD, createTraffic, GOOD, median, summary } from './flood-traffic.mjs';

const self = fileURLToPath(import.meta.url);
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const HTTP_MS = 0.06;
const WARM_S = 2;
const REAL = process.argv.includes('real');
const ms = (value) => value.toFixed(2).padStart(9);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Arrivals on a virtual clock, one server, first come first served. */
async function model(defence, jwk, seconds, before, good, bad) {
  const start = Date.now();
  let now = start;
  const { of, access, decider } = await open(defence, jwk, { now: () => now });
  const nginx = of.createNginxAdapter({ decider, access, trustedHops: 0 });
  const due = arrivals(GOOD, seconds + WARM_S, 1).map((at, i) => ({ at, isGood: true, i }));
  if (bad !== null) due.push(...arrivals(BAD, seconds + WARM_S, 2).map((at, i) => ({ at, isGood: false, i })));
  due.sort((a, b) => a.at - b.at);
  const ask = ({ token, address }) =>
    nginx.answer({
      'x-bonafide-key': 'bench-key',
      'x-original-uri': '/v1/orders/1',
      'x-original-method': 'GET',
      'x-real-ip': address,
      'approov-token': token,
    });
  before.forEach(ask);
  const latencies = [];
  let free = 0;
  let busy = 0;
  let passed = 0;
  for (const { at, isGood, i } of due) {
    const one = isGood ? good(i) : bad(i);
    now = start + at;
    const cpu = process.cpuUsage();
    const { status } = ask(one);
    const used = process.cpuUsage(cpu);
    const tookMs = (used.user + used.system) / 1000 + HTTP_MS;
    free = Math.max(free, at) + tookMs;
    if (at < WARM_S * 1000) continue;
    busy += tookMs;
    if (!isGood) continue;
    latencies.push(free - at);
    if (status === 200) passed++;
  }
  return { ...summary(latencies), passed: (100 * passed) / latencies.length, cpu: busy / seconds / 10 };
}

async function main(seconds, rounds) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  process.stdout.write(
    `Node ${process.version}; ${GOOD} good requests/s, ${BAD} forged tokens/s from ${ADDRESSES} addresses; ms\n`,
  );
  process.stdout.write('virtual clock  p50 good  p99 good     p99.9   let through   CPU\n');
  const cases = [
    ['no flood', 'budget', null],
    ['no defence', 'none', 'distinct'],
    ['remembered', 'none', 'same'],
    ['budget', 'budget', 'distinct'],
    ['neighbours', 'budget', 'neighbours'],
  ];
  for (const [name, defence, kind] of cases) {
    let best = null;
    // A busy machine slows single runs down: the best of three.
    for (let i = 0; i < 3; i++) {
      const traffic = createTraffic(privateKey.export({ format: 'jwk' }), seconds + WARM_S);
      // Behind the addresses of the good ones a flood meets callers who were there before it.
      const before = kind === 'neighbours' ? traffic.known : [];
      const one = await model(defence, jwk, seconds, before, traffic.good, kind === null ? null : traffic[kind]);
      if (best === null || one.p99 < best.p99) best = one;
    }
    process.stdout.write(
      `${name.padEnd(14)}${ms(best.p50)} ${ms(best.p99)} ${ms(best.p999)}      ${best.passed.toFixed(1).padStart(5)} %  ${best.cpu.toFixed(0).padStart(3)} %\n`,
    );
  }
  if (REAL) await real(privateKey, jwk, seconds, rounds);
  await workers(jwk, createTraffic(privateKey.export({ format: 'jwk' }), 0), seconds);
}

async function real(privateKey, jwk, seconds, rounds) {
  const key = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const inAll = String((rounds + 1) * 2 * seconds);
  const pairs = {};
  for (const name of ['bare', 'budget']) {
    const server = start(0, beside('flood-server.mjs'), [name, JSON.stringify(jwk)]);
    const { port } = await server.line();
    const load = start(1, beside('flood-load.mjs'), [String(port), key, inAll]);
    await load.line();
    pairs[name] = { server, load };
  }
  const play = async (name, flood, length, seed) => {
    const { server, load } = pairs[name];
    const before = await server.ask('');
    const result = await load.ask({ seconds: length, flood, seed });
    const after = await server.ask('');
    const cpu = (after.user + after.system - before.user - before.system) / 1e4 / result.seconds;
    return { ...result, cpu };
  };
  // Code is compiled, caches are filled, and the flood's addresses have spent what each may have checked at once.
  for (const name of ['bare', 'budget']) {
    await play(name, false, seconds, 100);
    await play(name, true, seconds, 102);
  }
  const cases = [
    ['bare alone', 'bare', false],
    ['bare flood', 'bare', true],
    ['alone', 'budget', false],
    ['flood', 'budget', true],
  ];
  const played = Object.fromEntries(cases.map(([title]) => [title, []]));
  process.stdout.write('over sockets   p50 good  p99 good     p99.9   let through   CPU   load late by\n');
  for (let i = 0; i < rounds; i++) {
    for (const [title, name, flood] of i % 2 === 0 ? cases : [...cases].reverse()) {
      const one = await play(name, flood, seconds, 2 * i);
      played[title].push(one);
      process.stdout.write(
        `${`${title} ${i + 1}`.padEnd(14)}${ms(one.p50)} ${ms(one.p99)} ${ms(one.p999)}      ${(100 * one.passed).toFixed(1).padStart(5)} %  ${one.cpu.toFixed(0).padStart(3)} %  ${ms(one.late)}\n`,
      );
    }
  }
  await Promise.all(Object.values(pairs).flatMap(({ load, server }) => [load.stop(), server.stop()]));
  const of = (title, key) => median(played[title].map((one) => one[key]));
  const line = (title, name, [alone, flood]) =>
    process.stdout.write(
      `${title.padEnd(14)} p99 alone ${of(alone, 'p99').toFixed(2)}, beside the flood ${of(flood, 'p99').toFixed(2)}: ${(of(flood, 'p99') / of(alone, 'p99')).toFixed(2)} times ${name}\n`,
    );
  line('medians', '(wanted: at most 2)', ['alone', 'flood']);
  line('floor', "(Node's HTTP alone, on this machine at this moment)", ['bare alone', 'bare flood']);
  // What the load itself could not send in time is no answer of the server.
  const late = Math.max(of('alone', 'late'), of('flood', 'late'));
  if (late > of('alone', 'p99') / 2)
    process.stdout.write(`the load was late by ${late.toFixed(2)} ms (p99): other work disturbed it; run it alone\n`);
}

/** What a worker thread would cost in the place of a check on the spot: the way there and back, at the flood's rate. */
async function workers(jwk, { head, exp }, seconds) {
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

/** A program of its own, on one core where that can be said; `ask` writes a line and reads one. */
function start(core, path, args) {
  const pinned = spawnSync('taskset', ['--version']).status === 0;
  const [command, ...before] = pinned ? ['taskset', '-c', String(core), process.execPath] : [process.execPath];
  const child = spawn(command, [...before, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = (async function* () {
    let rest = '';
    for await (const chunk of child.stdout) {
      rest += chunk;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        yield JSON.parse(rest.slice(0, end));
        rest = rest.slice(end + 1);
      }
    }
    throw new Error(`${path} ended`);
  })();
  const line = async () => (await lines.next()).value;
  return {
    line,
    ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return line();
    },
    async stop() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

if (!isMainThread) {
  const options = { key: createPublicKey({ key: workerData, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  parentPort.on('message', ({ id, signed, signature }) => {
    parentPort.postMessage({
      id,
      good: verify('sha256', Buffer.from(signed), options, Buffer.from(signature, 'base64url')),
    });
  });
} else await main(Number(process.argv[2]) || 6, Number(process.argv.find((arg, i) => i > 2 && /^\d+$/.test(arg))) || 5);
