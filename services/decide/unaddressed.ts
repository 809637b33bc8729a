import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { Adapter } from './decider.ts';

/** Tells of gateways that ask without the client's address: they are answered, by much less than could be known. */
export interface Unaddressed {
  /** @param gateway name of its key. */
  saw(adapter: Adapter, gateway: string): void;
}

const TOLD_EACH_MS = 60_000;
const WHERE: Readonly<Record<Adapter, string>> = {
  authzen: 'context.ip',
  nginx: 'X-Real-IP or X-Forwarded-For',
};

/** Counts each, warns at once and then once a minute for each gateway. */
export function createUnaddressed(deps: { clock: Clock; metrics: Metrics; log: Logger }): Unaddressed {
  const { clock, metrics, log } = deps;
  const seen = metrics.counter(
    'bonafide_decisions_without_address_total',
    'Decisions for requests of whose client the gateway told no IP address',
  );
  const told = new Map<string, { at: number; since: number }>();

  return {
    saw(adapter, gateway) {
      seen.add(1, { adapter, gateway });
      const now = clock.now();
      const last = told.get(gateway);
      const requests = (last?.since ?? 0) + 1;
      if (last !== undefined && now - last.at < TOLD_EACH_MS) {
        last.since = requests;
        return;
      }
      told.set(gateway, { at: now, since: 0 });
      log.warn(
        { event: 'decision_without_address', gateway, adapter, requests },
        `The gateway "${gateway}" asks without the IP address of its client (${WHERE[adapter]}): what addresses and ` +
          'networks show cannot count. See docs/gateways.md.',
      );
    },
  };
}
