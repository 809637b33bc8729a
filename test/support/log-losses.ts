/** What the log of a gateway loses; `docs/log-formats.md` says the same, and tests hold both to it. */
export interface Loss {
  /** Requests that the gateway refuses leave no line. */
  refused?: 'unlogged' | 'without an address';
  /** Lines that a client made ambiguous. */
  ambiguous?: readonly string[];
  /** Agents are not in the log. */
  agents?: false;
  /** Characters beyond the first 65,536 are left out. */
  emoji?: false;
  /** How the table of the docs says it: words of its row, in the column of the shipped setting or of the default log. */
  says: readonly string[];
}

/** Of the gateways that the tests run, by the format of their log. */
export const LOSSES: Readonly<Record<string, Loss>> = {
  'haproxy-json': { emoji: false, says: ['emoji in agents'] },
  haproxy: { agents: false, says: ['`option httplog` (*run*): agent'] },
  caddy: { refused: 'unlogged', says: ['Caddy answers 400 and logs nothing'] },
  envoy: {
    refused: 'without an address',
    ambiguous: ['a forged address with quotes'],
    says: ['the client of every refused request', '`X-Forwarded-For` holds quotes are refused as ambiguous'],
  },
};

/** What a log says of the caller and of the decision beside the request, by the key of `bonafide-keys.ts`. */
export const KEYS = {
  user: 'user.id',
  session: 'session.id',
  device: 'device.id',
  attestation: 'attestation.status',
  outcome: 'risk.outcome',
  decision: 'risk.decision_id',
} as const;
export type Key = keyof typeof KEYS;

/** Which of them the shipped setting of a gateway leaves out, by its file and the format that reads it. */
export const UNSAID: Readonly<Record<string, { format: string; lost: readonly Key[] }>> = {
  'nginx-log.conf': { format: 'nginx-json', lost: [] },
  'envoy-log.yaml': { format: 'envoy-json', lost: ['user', 'session', 'device', 'attestation', 'outcome', 'decision'] },
  'haproxy-log.cfg': { format: 'haproxy-json', lost: [] },
  'caddy-log.Caddyfile': { format: 'caddy', lost: ['user', 'session', 'device', 'attestation', 'outcome', 'decision'] },
  'traefik-log.yml': { format: 'traefik-json', lost: [] },
  'kong-log.yml': { format: 'kong', lost: [] },
  'apisix-log.yaml': {
    format: 'nginx-json',
    lost: ['user', 'session', 'device', 'attestation', 'outcome', 'decision'],
  },
  'aws-api-gateway-log.json': {
    format: 'aws-api-gateway',
    lost: ['session', 'device', 'attestation', 'outcome', 'decision'],
  },
};
