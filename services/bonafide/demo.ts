import { fork } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { PolicyInput } from '../../schemas/policy.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Io } from './command.ts';
import { fromShop } from './demo-messages.ts';

/** `--demo` has a data folder, a policy and an attestation issuer of its own: nothing of it touches a real install. */
export interface Demo {
  settings: Settings;
  /** Starts the shop in a child process; `stop` ends it. */
  play(url: string, gatewayKey: string, io: Io): { stop(): void };
}

const TOKEN_TTL_S = 300;

const POLICY: PolicyInput = {
  mode: 'enforce',
  // A shop of a few minutes has no calibration yet; a demo may trust the shipped reference, your install need not.
  trust_uncalibrated: true,
  routes: [{ match: { method: 'POST', path: '/v1/auth/*' }, attestation: 'require' }],
  clients: [{ match: { user_agent: 'ShopApp/*' }, platform: 'app', can_attest: true, issuer: 'shop-app' }],
};

/** @param demoDir exists and is locked by this process. */
export function prepareDemo(settings: Settings, demoDir: string): Demo {
  const secret = randomBytes(32);
  const policyFile = join(demoDir, 'policy.yaml');
  const credentialsFile = join(demoDir, 'credentials.yaml');
  writeFileSync(policyFile, stringify(POLICY));
  const issuer = {
    name: 'shop-app',
    proves: 'what',
    algorithms: ['HS256'],
    keys: [{ kid: 'demo', secret_base64: secret.toString('base64') }],
  };
  writeFileSync(credentialsFile, stringify({ issuers: [issuer] }), { mode: 0o600 });

  return {
    settings: {
      ...settings,
      dataDir: demoDir,
      policyFile,
      credentialsFile,
      kafka: null,
      clickhouse: { ...settings.clickhouse, url: null, cluster: null },
      tls: null,
      pseudonymKey: null,
      gatewayKeys: null,
    },
    play(url, gatewayKey, io) {
      const shop = fork(fileURLToPath(new URL('./demo-shop.js', import.meta.url)), [], {
        env: {},
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      let stopping = false;
      shop.on('message', (raw) => {
        const message = fromShop.parse(raw);
        if (message.type === 'say') io.stdout.write(`${message.line}\n`);
        else if (shop.connected)
          shop.send({ type: 'token', device: message.device, token: mint(secret, message.device) });
      });
      shop.on('exit', (code) => {
        if (!stopping)
          io.stderr.write(`The demo's shop ended unexpectedly (${code}); Bonafide itself keeps running.\n`);
      });
      shop.send({ type: 'start', url, key: gatewayKey, attackAfterMs: 30_000 });
      return {
        stop() {
          stopping = true;
          shop.kill('SIGKILL');
        },
      };
    },
  };
}

/** What an attestation service hands a genuine app: a token of minutes, HS256. */
function mint(secret: Buffer, device: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = encode({ alg: 'HS256', typ: 'JWT', kid: 'demo' });
  const body = encode({ did: device, jti: randomUUID(), iat: now, exp: now + TOKEN_TTL_S });
  return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`;
}
