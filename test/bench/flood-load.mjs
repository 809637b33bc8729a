// The load of test/bench/verify-flood.mjs, a process of its own: node test/bench/flood-load.mjs PORT PRIVATE_JWK SECONDS
// For each line `{seconds, flood, seed}` of stdin it plays a round and prints its result.
// Open loop: a request is sent at its time, whether the one before was answered or not, and its latency runs from that
// time. The loop never sleeps: a timer's millisecond would be most of what is measured.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { arrivals, BAD, createTraffic, GOOD, summary } from './flood-traffic.mjs';

const CONNECTIONS = 64;
const [port, jwk, seconds] = [Number(process.argv[2]), JSON.parse(process.argv[3]), Number(process.argv[4])];
const traffic = createTraffic(jwk, seconds);

const idle = [];
const waiting = [];
let answered = 0;
/** Called with the job and the status line of its answer. */
let done = () => {};

async function dial() {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  const slot = { socket, job: null };
  let rest = '';
  socket.on('data', (chunk) => {
    rest += chunk.latin1Slice();
    // The nginx adapter's answers have no body.
    if (!rest.endsWith('\r\n\r\n')) return;
    answered++;
    done(slot.job, rest);
    rest = '';
    const next = waiting.shift();
    slot.job = next ?? null;
    if (next === undefined) idle.push(slot);
    else socket.write(next.text);
  });
  idle.push(slot);
}

const textOf = ({ token, address }) =>
  `GET /gateway/nginx HTTP/1.1\r\nHost: b\r\nX-Bonafide-Key: bench-key\r\nX-Original-URI: /v1/orders/1\r\nX-Original-Method: GET\r\nX-Real-IP: ${address}\r\nUser-Agent: ShopApp/3\r\nApproov-Token: ${token}\r\n\r\n`;

async function round({ seconds: length, flood, seed }) {
  const jobs = arrivals(GOOD, length, seed).map((at, i) => ({ at, isGood: true, text: textOf(traffic.good(i)) }));
  if (flood)
    for (const [i, at] of arrivals(BAD, length, seed + 1).entries())
      jobs.push({ at, isGood: false, text: textOf(traffic.distinct(i)) });
  jobs.sort((a, b) => a.at - b.at);
  const latencies = [];
  const late = [];
  let passed = 0;
  let goods = 0;
  answered = 0;
  const started = performance.now() + 5;
  done = ({ at, isGood }, text) => {
    if (!isGood) return;
    latencies.push(performance.now() - started - at);
    if (text.startsWith('HTTP/1.1 200')) passed++;
  };
  let next = 0;
  while (answered < jobs.length) {
    const elapsed = performance.now() - started;
    for (; next < jobs.length && jobs[next].at <= elapsed; next++) {
      const job = jobs[next];
      if (job.isGood) {
        goods++;
        late.push(elapsed - job.at);
      }
      // The longest idle first: a connection that never asked anything is closed after a minute.
      const slot = idle.shift();
      if (slot === undefined) waiting.push(job);
      else {
        slot.job = job;
        slot.socket.write(job.text);
      }
    }
    await new Promise(setImmediate);
  }
  return {
    ...summary(latencies),
    passed: passed / goods,
    late: summary(late).p99,
    seconds: (performance.now() - started) / 1000,
  };
}

for (let i = 0; i < CONNECTIONS; i++) await dial();
process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await round(JSON.parse(line)))}\n`);
}
process.exit(0);
