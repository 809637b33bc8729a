// Time of verifying a token beside node:crypto alone, jose and fast-jwt, in the same run:
//   npx tsc -p tsconfig.build.json && node test/bench/verify.mjs [rounds, default 15]
// CPU time of the whole process; contenders take turns within a round, so that a busy machine slows all of them; the
// median round counts.
// `op` is the cryptographic operation alone. `bare` is the least that a verification with node:crypto can be: split,
// decode, compare, parse, `exp`. Nobody but `again` sees a token twice.
import { createHmac, createSecretKey, generateKeyPairSync, sign, timingSafeEqual, verify } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import { jwtVerify } from 'jose';

const at = (path) => import(`../../dist/${path}.js`);
const [
  { createTokenVerifier },
  { secretKey, readKeySet },
  { fixedKeys },
  { credentialsSchema },
  { createLocalHooks },
  { createBudget },
  { emptyRequest },
  { NOT_OBSERVED },
] = await Promise.all(
  [
    'services/decide/identity/token-verifier',
    'services/decide/identity/keys',
    'services/decide/identity/key-set',
    'schemas/credentials',
    'services/decide/identity/replay',
    'services/decide/identity/budget',
    'services/decide/decider',
    'services/decide/facts',
  ].map(at),
);

const ROUNDS = Number(process.argv[2] ?? 15);
const SECRET = Buffer.alloc(64, 7);
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secretObject = createSecretKey(SECRET);
const now = Date.now();
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
let serial = 0;
function make(alg, count) {
  const head = part({ alg, typ: 'JWT', kid: 'k1' });
  return Array.from({ length: count }, () => {
    const claims = {
      exp: Math.floor(now / 1000) + 300,
      iat: Math.floor(now / 1000),
      did: `c6AKS5zO${serial++}`,
      iss: 'shop.approov.io',
      aud: 'api.example.com',
      ip: '192.0.2.7',
    };
    const content = `${head}.${part(claims)}`;
    const signature =
      alg === 'HS256'
        ? createHmac('sha256', SECRET).update(content).digest()
        : sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  });
}

const request = {
  raw: emptyRequest('r', NOT_OBSERVED),
  headers: () => null,
  now,
  hooks: createLocalHooks(),
  budget: createBudget(),
  certificateHeader: null,
};
function ours(alg) {
  const entry =
    alg === 'HS256'
      ? { name: 'app', keys: [{ kid: 'k1', secret_base64: SECRET.toString('base64') }] }
      : { name: 'app', jwks_file: 'x' };
  const { issuers } = credentialsSchema.parse({
    issuers: [{ ...entry, audience: 'api.example.com', issuer: 'shop.approov.io' }],
  });
  const keys =
    alg === 'HS256'
      ? [secretKey('k1', SECRET)]
      : readKeySet({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] }).keys;
  return createTokenVerifier(issuers[0], fixedKeys(keys));
}

function contenders(alg) {
  const es = { key: publicKey, dsaEncoding: 'ieee-p1363' };
  const op =
    alg === 'HS256'
      ? (signed, given) => timingSafeEqual(createHmac('sha256', SECRET).update(signed).digest(), given)
      : (signed, given) => verify('sha256', Buffer.from(signed), es, given);
  const bare = (token) => {
    const [head, body, signature] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    if (header.alg !== alg || !op(`${head}.${body}`, Buffer.from(signature, 'base64url'))) return false;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    return typeof claims.exp === 'number' && claims.exp > now / 1000;
  };
  const verifier = ours(alg);
  const options = { algorithms: [alg], audience: 'api.example.com', issuer: 'shop.approov.io' };
  const joseKey = alg === 'HS256' ? secretObject : publicKey;
  const fast = createVerifier({
    key: alg === 'HS256' ? SECRET : publicKey.export({ type: 'spki', format: 'pem' }),
    algorithms: [alg],
    allowedAud: 'api.example.com',
    allowedIss: 'shop.approov.io',
    cache: false,
  });
  return {
    op: (_token, parts) => op(parts.signed, parts.signature),
    bare,
    'first, ours': (token) => verifier.verify(token, false, request).kind === 'good',
    'fast-jwt': (token) => fast(token).exp > 0,
    jose: (token) => jwtVerify(token, joseKey, options).then(({ payload }) => payload.exp > 0),
    'again, ours': (token) => verifier.verify(token, false, request).kind === 'good',
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(alg, perRound) {
  const all = contenders(alg);
  const times = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    const tokens = make(alg, perRound);
    const parts = tokens.map((token) => {
      const dot = token.lastIndexOf('.');
      return { signed: token.slice(0, dot), signature: Buffer.from(token.slice(dot + 1), 'base64url') };
    });
    for (const [name, check] of Object.entries(all)) {
      const started = process.cpuUsage();
      for (let i = 0; i < perRound; i++) {
        const answer = check(tokens[i], parts[i]);
        if ((typeof answer === 'boolean' ? answer : await answer) !== true)
          throw new Error(`${name} refuses a good token`);
      }
      // The first two rounds warm up.
      const { user, system } = process.cpuUsage(started);
      if (round >= 0) times[name].push((user + system) / perRound);
    }
  }
  const bare = median(times.bare);
  process.stdout.write(`${alg}, CPU µs a token (median of ${ROUNDS} rounds of ${perRound})\n`);
  for (const [name, values] of Object.entries(times)) {
    const ratios = values.map((value, i) => value / times.bare[i]);
    process.stdout.write(
      `  ${name.padEnd(12)} ${median(values).toFixed(2).padStart(8)}   ${median(ratios).toFixed(2).padStart(6)} × bare\n`,
    );
  }
  return bare;
}

process.stdout.write(`Node ${process.version}\n`);
await measure('HS256', 3000);
await measure('ES256', 300);
