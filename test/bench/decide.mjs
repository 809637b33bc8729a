// Throughput and latency of a decision beside the floor, in the same run:
//   node test/bench/decide.mjs [seconds a measurement, default 8] [runs, default 1]
// Server and load generator are processes of their own, each on a core of its own where `taskset` is there. Arrivals
// are constant in time; a latency runs from the time at which a request should have been sent.
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const SECONDS = Number(process.argv[2] ?? 8);
const RUNS = Number(process.argv[3] ?? 1);
const pinned = spawnSync('taskset', ['--version']).status === 0;
if (!existsSync(join(here, '../../dist/services/decide/app.js'))) {
  process.stderr.write('Build first: npx tsc -p tsconfig.build.json\n');
  process.exit(1);
}
if (pinned) spawnSync('taskset', ['-cp', '1', String(process.pid)]);

async function startServer(kind) {
  const args = [join(here, 'decide-server.mjs'), kind];
  const [command, all] = pinned ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, args];
  const child = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  const waiting = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    rest += chunk;
    let at = rest.indexOf('\n');
    for (; at >= 0; at = rest.indexOf('\n')) {
      const line = JSON.parse(rest.slice(0, at));
      rest = rest.slice(at + 1);
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next(line);
    }
  });
  const nextLine = () =>
    lines.length > 0 ? Promise.resolve(lines.shift()) : new Promise((done) => waiting.push(done));
  const { port } = await nextLine();
  return {
    port,
    usage() {
      child.stdin.write('\n');
      return nextLine();
    },
    async stop() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const content = `${part({ alg: 'HS256' })}.${part({ exp: Math.floor(Date.now() / 1000) + 86_400 })}`;
const token = `${content}.${createHmac('sha256', Buffer.alloc(32, 7)).update(content).digest('base64url')}`;

/** Bodies of 739 bytes, of callers of whom a tenth have a risk. */
const requests = Array.from({ length: 512 }, (_, i) => {
  const body = {
    subject: { type: 'user', id: `user-${i}` },
    action: { name: 'GET' },
    resource: { type: 'route', id: `/v1/orders/${10_000 + i}/items` },
    context: {
      ip: i % 10 === 0 ? `10.0.${i >> 8}.${i & 255}` : `198.51.${i >> 8}.${i & 255}`,
      session: `session-${i}`,
      device: `device-${i}`,
      host: 'api.example.com',
      user_agent: 'ShopApp/3.2 (Android 14)',
      headers: { 'Approov-Token': token, Accept: 'application/json', 'Accept-Language': 'en', Pad: '' },
    },
  };
  body.context.headers.Pad = 'x'.repeat(Math.max(0, 739 - JSON.stringify(body).length));
  const text = JSON.stringify(body);
  return Buffer.from(
    `POST /access/v1/evaluation HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench-key\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
});

/** One kept-alive connection; `ask` sends one request and calls back with the bytes of the answer. */
async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let done = null;
  let buffer = null;
  socket.on('data', (chunk) => {
    buffer = buffer === null ? chunk : Buffer.concat([buffer, chunk]);
    const head = buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const text = buffer.latin1Slice(0, head);
    const at = text.toLowerCase().indexOf('content-length: ');
    const length = Number.parseInt(text.slice(at + 16), 10);
    if (buffer.length < head + 4 + length) return;
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text);
    buffer = null;
    const call = done;
    done = null;
    call();
  });
  return {
    ask(request, callback) {
      done = callback;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}

async function throughput(server, seconds, connections = 32) {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(server.port)));
  let count = 0;
  let running = true;
  const before = await server.usage();
  const started = performance.now();
  await Promise.all(
    open.map(
      (connection, i) =>
        new Promise((resolve) => {
          const next = () => {
            count++;
            if (running) connection.ask(requests[(count + i) & 511], next);
            else resolve();
          };
          connection.ask(requests[i], next);
          setTimeout(() => {
            running = false;
          }, seconds * 1000);
        }),
    ),
  );
  const elapsed = (performance.now() - started) / 1000;
  const after = await server.usage();
  for (const connection of open) connection.close();
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { perSecond: count / elapsed, cpuUs: cpu / count, busy: cpu / 1e6 / elapsed, rssMiB: after.rss / 1_048_576 };
}

async function latency(server, rate, seconds) {
  const idle = await Promise.all(Array.from({ length: 64 }, () => openConnection(server.port)));
  const all = [...idle];
  const total = Math.floor(rate * seconds);
  const taken = new Float64Array(total);
  let sent = 0;
  let answered = 0;
  const queue = [];
  const before = await server.usage();
  await new Promise((resolve) => {
    const started = performance.now() + 20;
    const send = (n) => {
      const connection = idle.pop();
      if (connection === undefined) {
        queue.push(n);
        return;
      }
      connection.ask(requests[n & 511], () => {
        taken[n] = performance.now() - (started + (n * 1000) / rate);
        idle.push(connection);
        answered++;
        if (queue.length > 0) send(queue.shift());
        if (answered === total) resolve();
      });
    };
    // A timer wakes a millisecond late; turning on the spot does not.
    const turn = () => {
      const due = Math.min(total, Math.floor(((performance.now() - started) * rate) / 1000) + 1);
      while (sent < due) send(sent++);
      if (sent < total) setImmediate(turn);
    };
    turn();
  });
  const after = await server.usage();
  for (const connection of all) connection.close();
  // The first second warms up.
  const sorted = taken.slice(Math.min(total - 1, rate)).sort();
  const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), cpuUs: cpu / total };
}

const ms = (value) => value.toFixed(3).padStart(8);
process.stdout.write(`node ${process.version}, ${pinned ? 'pinned' : 'not pinned'}, load ${loadavg()[0].toFixed(1)}\n`);
for (let run = 0; run < RUNS; run++) {
  const results = {};
  for (const kind of ['floor', 'service', 'attested']) {
    const server = await startServer(kind);
    await throughput(server, 2);
    results[kind] = {
      most: await throughput(server, Math.min(SECONDS, 5)),
      1000: await latency(server, 1000, SECONDS),
      3000: await latency(server, 3000, SECONDS),
    };
    await server.stop();
    const { most } = results[kind];
    process.stdout.write(
      `${kind.padEnd(9)} at most ${Math.round(most.perSecond)}/s, ${most.cpuUs.toFixed(1)} µs CPU a request (server ${(most.busy * 100).toFixed(0)} % busy), ${most.rssMiB.toFixed(0)} MiB\n`,
    );
    for (const rate of [1000, 3000]) {
      const { p50, p99, p999, cpuUs } = results[kind][rate];
      process.stdout.write(
        `${kind.padEnd(9)} ${rate}/s  p50 ${ms(p50)}  p99 ${ms(p99)}  p99.9 ${ms(p999)} ms  ${cpuUs.toFixed(0)} µs CPU\n`,
      );
    }
  }
  for (const kind of ['service', 'attested']) {
    const ratio = (rate, q) => (results[kind][rate][q] / results.floor[rate][q]).toFixed(2);
    process.stdout.write(
      `${kind} / floor: throughput ${(results[kind].most.perSecond / results.floor.most.perSecond).toFixed(2)}` +
        `, 1000/s p50 ${ratio(1000, 'p50')} p99 ${ratio(1000, 'p99')} p99.9 ${ratio(1000, 'p999')}` +
        `, 3000/s p50 ${ratio(3000, 'p50')} p99 ${ratio(3000, 'p99')} p99.9 ${ratio(3000, 'p999')}\n`,
    );
  }
}
process.exit(0);
