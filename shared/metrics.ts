/**
 * Prometheus text exposition, the part that we need: counters, gauges, histograms with fixed labels.
 * Labels come from closed lists only (outcome, reason, adapter): never an address, a user or a path.
 */
type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(value?: number, labels?: Labels): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
}
export interface Histogram {
  observe(value: number): void;
}
export interface Metrics {
  /** @param name ends in `_total`, base units (seconds, bytes). */
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** @param bounds upper bounds, ascending, without +Inf. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** The whole exposition, `text/plain; version=0.0.4`. */
  text(): string;
}

const escapeLabel = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
const key = (labels: Labels | undefined) =>
  labels === undefined
    ? ''
    : `{${Object.entries(labels)
        .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
        .join(',')}}`;

export function createMetrics(): Metrics {
  const families = new Map<string, { head: string; lines: () => string[] }>();

  function family(name: string, type: string, help: string, lines: () => string[]): void {
    if (families.has(name)) throw new Error(`metric ${name} is registered twice`);
    families.set(name, { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, lines });
  }

  function series(name: string): { values: Map<string, number>; lines: () => string[] } {
    const values = new Map<string, number>();
    return { values, lines: () => [...values].map(([labels, value]) => `${name}${labels} ${value}`) };
  }

  return {
    counter(name, help) {
      const { values, lines } = series(name);
      family(name, 'counter', help, lines);
      return {
        add(value = 1, labels) {
          const at = key(labels);
          values.set(at, (values.get(at) ?? 0) + value);
        },
      };
    },
    gauge(name, help) {
      const { values, lines } = series(name);
      family(name, 'gauge', help, lines);
      return {
        set(value, labels) {
          values.set(key(labels), value);
        },
      };
    },
    histogram(name, help, bounds) {
      const buckets = new Array<number>(bounds.length + 1).fill(0);
      let sum = 0;
      family(name, 'histogram', help, () => {
        let running = 0;
        const lines = buckets.map((count, i) => {
          running += count;
          return `${name}_bucket{le="${bounds[i] ?? '+Inf'}"} ${running}`;
        });
        return [...lines, `${name}_sum ${sum}`, `${name}_count ${running}`];
      });
      return {
        observe(value) {
          sum += value;
          let i = 0;
          while (i < bounds.length && value > (bounds[i] ?? Number.POSITIVE_INFINITY)) i++;
          buckets[i] = (buckets[i] ?? 0) + 1;
        },
      };
    },
    text() {
      return [...families.values()].map(({ head, lines }) => `${head}${lines().join('\n')}\n`).join('');
    },
  };
}
