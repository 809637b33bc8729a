/** A command of the docs that the tests run. */
export interface RunCommand {
  /** As it stands in the docs, continued lines joined: the beginning of it is enough where it is long. */
  command: string;
  /** A telling piece of what it prints. */
  prints: RegExp;
  /** `own`: a data folder of its own; without it the running service's. */
  folder?: 'own';
}

const bonafide = (args: string) => `npm run -s bonafide -- ${args}`;
const EVENTS = 'curl -sS http://127.0.0.1:8080/v1/events -H "Authorization: Bearer $KEY"';
const REVOCATIONS = 'curl -sS http://127.0.0.1:8080/api/v1/revocations';

/** The service that all others share. */
export const SERVE = 'npm start';
export const DEMO = 'npm start -- --demo';

/** In an order in which each finds what it needs: a first event before questions about it, a policy before a rollback. */
export const RUN: readonly RunCommand[] = [
  { command: bonafide('--help'), prints: /Usage: bonafide <command>/ },
  { command: bonafide('migrate'), prints: /schema files stand in database bonafide/, folder: 'own' },
  { command: 'export KEY=', prints: /^bfg_/ },
  { command: 'export ADMIN=', prints: /^bfa_/ },
  {
    command: `${EVENTS} -H 'Content-Type: application/json'`,
    prints: /^\{"accepted":1,"duplicates":0,"dead_lettered":\[\]\}$/,
  },
  {
    command: 'curl -sS http://127.0.0.1:8080/access/v1/evaluation',
    prints: /"decision":true.*"outcome":"allow".*"mode":"shadow".*"calibration":"shipped"/,
  },
  { command: "curl -sS -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/gateway/nginx", prints: /^200\n$/ },
  { command: 'curl -sS http://127.0.0.1:8080/readyz', prints: /"ready":true/ },
  { command: `${EVENTS} -H 'Content-Type: application/x-ndjson'`, prints: /"accepted":475/ },
  { command: bonafide('import docs/example/shop-access.txt'), prints: /475 events imported, 0 were there already/ },
  { command: 'curl -sS "http://127.0.0.1:8080/api/v1/attestation?', prints: /"cohorts":\[.*"keys":\[/ },
  { command: 'curl -sS "http://127.0.0.1:8080/api/v1/entities?', prints: /"entities":\[/ },
  { command: 'curl -sS "http://127.0.0.1:8080/api/v1/entities/ip/192.0.2.7"', prints: /"kind":"ip","id":"192.0.2.7"/ },
  { command: bonafide('score-explain ip:192.0.2.7'), prints: /^ip:192\.0\.2\.7 in scope [\s\S]*\n {2}requests +/ },
  { command: 'curl -sS "http://127.0.0.1:8080/api/v1/score-explain?', prints: /"kind":"ip","id":"192\.0\.2\.7"/ },
  { command: 'curl -sS "http://127.0.0.1:8080/api/v1/events?', prints: /"\/v1\/orders\/1"/ },
  { command: `${REVOCATIONS} -H "Authorization: Bearer $ADMIN" -H 'Content-Type`, prints: /^\{"changed":1\}$/ },
  { command: `${REVOCATIONS} -H "Authorization: Bearer $ADMIN"`, prints: /"in_force":1.*"id":"s-4711"/ },
  { command: `${REVOCATIONS}/lift`, prints: /^\{"changed":1\}$/ },
  { command: bonafide('policy check policy.yaml'), prints: /is a good policy/ },
  {
    command: bonafide('backtest docs/example/shop-access.txt --policy policy.yaml'),
    prints: /475 events in .*, 0 lines rejected/,
  },
  { command: bonafide('policy apply policy.yaml'), prints: /Version 2 is in force/ },
  { command: bonafide('policy show'), prints: /# Version 2, applied .*challenge sign-in without a token/ },
  { command: bonafide('policy versions'), prints: /^ +2 .*\n +1 .*built-in defaults/ },
  { command: bonafide('policy rollback'), prints: /Version 3 is in force/ },
  { command: bonafide('dead-letters'), prints: /missing_field[\s\S]*In all: / },
  { command: bonafide('dead-letters --reason invalid_time --resend'), prints: /0 sent again, 0 refused/ },
  { command: bonafide('backup monday.tar'), prints: /monday\.tar: [\d.]+ MB/ },
  {
    command: bonafide('erase user:alice@example.com --linked'),
    prints: /Erased: 1 user\n {2}\w+ +\d+ removed +0 left/,
  },
  {
    command: bonafide('backtest docs/example/shop-access.txt --out decisions.ndjson --report report.html'),
    prints: /Riskiest entities[\s\S]*203\.0\.113\.66/,
  },
  {
    command: bonafide('backtest docs/example/shop-access.txt --report report.html'),
    prints: /decibels rest on shipped 100\.00 %/,
  },
  { command: bonafide('explain docs/example/shop-access.txt --lines 1'), prints: /line 1, byte 0: combined\n/ },
  {
    command: bonafide('explain docs/example/shop-access.txt --failures'),
    prints: /475 lines looked at, 475 read, 0 failed/,
  },
];

/** Commands of the docs that no test runs, and why. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci': 'it would take away the packages that this test runs on; the build server starts with it',
  'npm run -s bonafide -- restore monday.tar --replace':
    'needs the service stopped, which others here use; test/e2e/backup.test.ts runs it',
  'npm ci && npm test': 'this is npm test',
  'npm test': 'this is npm test',
  'npm test -- test/unit/settings.test.ts': 'this is npm test',
  'npm test -- --project unit': 'this is npm test',
  'npm run -s lint': 'npm test runs it before the tests',
  'npm run -s typecheck': 'npm test runs it before the tests',
  'npm run -s build': 'npm test runs it before the tests',
  'export GATEWAY_KEY=$(openssl rand -hex 24) BONAFIDE_ADMIN_TOKEN=$(openssl rand -hex 24)':
    'part of the container example',
  'docker compose up --build': 'needs a container engine; test/unit/compose.test.ts checks the file',
};

/** The entry that a command of the docs belongs to: the one with the longest beginning in common. */
export function entryOf(command: string): RunCommand | undefined {
  return RUN.filter((entry) => command.startsWith(entry.command)).sort(
    (a, b) => b.command.length - a.command.length,
  )[0];
}

export const isKnown = (command: string): boolean =>
  command === SERVE || command === DEMO || command in NOT_RUN || entryOf(command) !== undefined;
