import type { DegradedPart } from '../schemas/reasons.ts';

export type Role = 'ingest' | 'score' | 'decide' | 'dashboard';

/** What one part says of itself: `ok`, or degraded with a sentence; `stopped` parts keep the role from its work. */
export interface PartHealth {
  state: 'ok' | 'degraded' | 'stopped';
  /** A sentence for an operator; empty when ok. */
  detail: string;
}

export interface ReadyReport {
  ready: boolean;
  parts: Partial<Record<DegradedPart, PartHealth & { role: Role }>>;
}

/**
 * `/readyz`: parts report by name, each for a role. A role is ready unless one of its parts is `stopped`; the process
 * is ready when the roles that serve callers are. `decide` is never stopped by ClickHouse or Kafka (a stale snapshot
 * still decides), which is why parts carry a role.
 */
export interface Health {
  register(part: DegradedPart, role: Role, check: () => PartHealth): void;
  report(role?: Role): ReadyReport;
}

export const OK: PartHealth = { state: 'ok', detail: '' };

/** @param vital the roles whose stopped parts make the whole process not ready when no role is asked for. */
export function createHealth(vital: readonly Role[]): Health {
  const checks = new Map<DegradedPart, { role: Role; check: () => PartHealth }>();
  return {
    register(part, role, check) {
      checks.set(part, { role, check });
    },
    report(role) {
      const asked = role === undefined ? vital : [role];
      const report: ReadyReport = { ready: true, parts: {} };
      for (const [part, { role: owner, check }] of checks) {
        const health = check();
        if (role !== undefined && owner !== role) continue;
        report.parts[part] = { ...health, role: owner };
        if (health.state === 'stopped' && asked.includes(owner)) report.ready = false;
      }
      return report;
    },
  };
}
