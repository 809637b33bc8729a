// The pure decision alone, on one core, by CPU time: node test/bench/decide-pure.mjs
const at = (path) => import(`../../dist/${path}.js`);
const { compilePolicy } = await at('shared/policy');
const { policySchema } = await at('schemas/policy');
const { SHIPPED_CURVE } = await at('shared/calibration');
const { decide } = await at('services/decide/decide');
const { createLimits } = await at('services/decide/limits');
const { createRiskTable, StoredRisk } = await at('services/decide/risk-table');

const policy = compilePolicy(
  policySchema.parse({
    mode: 'enforce',
    routes: [{ match: { method: 'POST', path: '/v1/auth/*' }, attestation: 'require' }],
  }),
);
const table = createRiskTable();
const reasons = JSON.stringify(
  [1, 2, 3, 4].map((n) => ({ feature: `f${n}:1m`, value: 900 / n, usual: 20, part: 40 - n })),
);
for (let i = 0; i < 100_000; i++) {
  table.set('default', 'ip', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, new StoredRisk(1 + (i % 50), 0, reasons));
}
const view = {
  step: 1,
  ageMs: () => 100,
  risk: (scope, kind, id) => table.get(scope, kind, id) ?? undefined,
  curve: () => SHIPPED_CURVE,
};
const requestsOf = (net) =>
  Array.from({ length: 512 }, (_, i) => ({
    id: `r${i}`,
    method: 'GET',
    path: `/v1/orders/${i}/items`,
    host: 'api.example.com',
    scope: 'default',
    address: `${net}.${i >> 8}.${i & 255}`,
    entities: [
      { kind: 'user', id: `user-${i}` },
      { kind: 'session', id: `session-${i}` },
      { kind: 'device', id: `device-${i}` },
      { kind: 'ip', id: `${net}.${i >> 8}.${i & 255}` },
      { kind: 'net', id: `${net}.${i >> 8}.0/24` },
    ],
    attestation: { status: 'genuine', code: 'ok', issuer: 'app' },
    platform: 'app',
    canAttest: true,
    userAgent: 'ShopApp/3.2',
  }));

function measure(name, requests, count) {
  const limits = createLimits();
  let refused = 0;
  const turn = (n) => {
    for (let i = 0; i < n; i++) {
      if (!decide(requests[i & 511], view, policy, 1e12, limits).decision) refused++;
    }
  };
  turn(count / 10);
  const before = process.cpuUsage();
  turn(count);
  const { user, system } = process.cpuUsage(before);
  const us = (user + system) / count;
  process.stdout.write(
    `${name}: ${us.toFixed(2)} µs CPU, ${Math.round(1e6 / us)}/s on one core (${refused} refused)\n`,
  );
}
measure('without risk', requestsOf('198.51'), 2_000_000);
measure('with a risk and four reasons', requestsOf('10.0'), 400_000);
