import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { localTime, short, ZONE } from '../format.ts';

export interface ChartSeries {
  label: string;
  values: number[];
  /** Name of a CSS colour variable. */
  color: string;
}

export interface ChartLine {
  at: number;
  label: string;
  color: string;
}

interface ChartProps {
  /** What it shows, for those who cannot see it. */
  title: string;
  /** Epoch seconds, ascending, evenly spaced. */
  times: number[];
  series: ChartSeries[];
  /** Bars stacked on each other, first at the bottom; or one stepped line with its area. */
  form: 'stack' | 'steps';
  /** What the vertical axis counts, with its unit. */
  unit: string;
  height: number;
  lines?: ChartLine[];
  format?: (value: number) => string;
}

// The types call them optional since a build of uPlot may leave them out; ours has both.
const { bars, stepped } = uPlot.paths as Required<uPlot.Series.PathBuilderFactories>;
const FONT = '12px system-ui, sans-serif';
const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * Running sums, so that bars drawn from the tallest down look stacked. Where a layer adds nothing it is left out: its
 * bar would shine through at the edges of the one in front.
 */
function stacked(series: readonly ChartSeries[]): (number | null)[][] {
  const below = new Array<number>(series[0]?.values.length ?? 0).fill(0);
  const layers = series.map(({ values }) =>
    values.map((value, i) => {
      below[i] = (below[i] ?? 0) + value;
      return value === 0 ? null : (below[i] ?? 0);
    }),
  );
  return layers.reverse();
}

function toData(props: ChartProps): uPlot.AlignedData {
  if (props.form === 'stack') return [props.times, ...stacked(props.series)];
  // A step lasts to the end of its bucket: the last one needs a point there.
  const [, end] = spanOf(props.times);
  return [[...props.times, end], ...props.series.map(({ values }) => [...values, values.at(-1) ?? 0])];
}

function drawLines(plot: uPlot, lines: readonly ChartLine[]): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const highest = Math.max(...lines.map((line) => line.at));
  ctx.save();
  ctx.font = `${12 * pixels}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  for (const line of lines) {
    const y = Math.round(plot.valToPos(line.at, 'y', true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = color(line.color);
    ctx.fillStyle = color(line.color);
    ctx.lineWidth = pixels;
    ctx.setLineDash([5 * pixels, 4 * pixels]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // The upper line is named above itself and the lower one below, so that they never meet, however flat the scale.
    const above = line.at === highest;
    ctx.textBaseline = above ? 'bottom' : 'top';
    ctx.fillText(line.label, bbox.left + 6 * pixels, y + (above ? -2 : 4) * pixels);
  }
  ctx.restore();
}

function spanOf(times: ArrayLike<number>): [number, number] {
  const first = times[0] ?? 0;
  const last = times[times.length - 1] ?? first + 1;
  return [first, last + (times.length > 1 ? (times[1] ?? last) - first : 1)];
}

const hours = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The same clock as everywhere on the pages; midnight says which day begins. */
function clockLabels(ticks: readonly number[], step: number): string[] {
  return ticks.map((tick) => {
    const date = new Date(tick * 1000);
    if (step >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0)) return days.format(date);
    return (step < 60 ? seconds : hours).format(date);
  });
}

function optionsOf(
  props: ChartProps,
  bounds: () => [number, number],
  width: number,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const ink = color('--ink-3');
  const grid = { stroke: color('--grid'), width: 1 };
  const highest = Math.max(0, ...(props.lines ?? []).map((line) => line.at));
  const drawn = props.form === 'stack' ? [...props.series].reverse() : props.series;
  const axis = { stroke: ink, font: FONT, grid, ticks: { ...grid, size: 4 } };
  return {
    width,
    height: props.height,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: props.form === 'steps' }, drag: { setScale: false } },
    scales: {
      // A bar starts at its moment: without room for the last one, the newest bucket would be drawn outside.
      x: { time: true, range: () => bounds() },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.08, highest * 1.15, 4)] },
    },
    axes: [
      {
        ...axis,
        label: `local time (${ZONE})`,
        labelFont: FONT,
        labelSize: 18,
        size: 28,
        grid: { show: false },
        values: (_plot, ticks, _axis, _space, step) => clockLabels(ticks, step),
      },
      { ...axis, size: 52, values: (_plot, ticks) => ticks.map((tick) => (tick % 1 === 0 ? short(tick) : '')) },
    ],
    series: [
      {},
      ...drawn.map((series): uPlot.Series => {
        const stroke = color(series.color);
        return props.form === 'stack'
          ? {
              label: series.label,
              fill: stroke,
              width: 0,
              points: { show: false },
              paths: bars({ size: [0.86, 24], align: 1 }),
            }
          : {
              label: series.label,
              stroke,
              width: 2,
              fill: `color-mix(in srgb, ${stroke} 12%, transparent)`,
              points: { show: false },
              paths: stepped({ align: 1 }),
            };
      }),
    ],
    hooks: {
      draw: [(plot) => drawLines(plot, props.lines ?? [])],
      setCursor: [(plot) => onHover(plot.cursor.idx ?? null)],
    },
  } as uPlot.Options;
}

/** A chart of one span of time. The legend below says the numbers in words: of the whole span, or under the pointer. */
export function Chart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [theme, setTheme] = useState(0);
  const latest = useRef(props);
  latest.current = props;
  const shape = `${props.form} ${props.height} ${props.series.map((s) => s.label).join()} ${JSON.stringify(props.lines ?? [])} ${theme}`;

  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setTheme((n) => n + 1);
    scheme.addEventListener('change', changed);
    return () => scheme.removeEventListener('change', changed);
  }, []);

  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(
      optionsOf(latest.current, () => spanOf(latest.current.times), element.clientWidth, setHovered),
      toData(latest.current),
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: latest.current.height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(toData(latest.current));
  }, [props.times, props.series]);

  const at = hovered === null ? undefined : props.times[hovered];
  const say = props.format ?? short;
  const shownOf = (series: ChartSeries) =>
    hovered !== null && at !== undefined
      ? (series.values[hovered] ?? 0)
      : props.form === 'stack'
        ? series.values.reduce((sum, value) => sum + value, 0)
        : (series.values.at(-1) ?? 0);
  const when =
    at === undefined ? (props.form === 'stack' ? 'whole span' : 'now') : localTime(new Date(at * 1000).toISOString());
  return (
    <figure class="chart" aria-label={props.title}>
      <div class="chart-unit">{props.unit}</div>
      <div class="chart-area" ref={holder} style={{ height: `${props.height}px` }} aria-hidden="true" />
      <figcaption class="legend">
        <span class="legend-when">{when}</span>
        {props.series.map((series) => (
          <span key={series.label} class="legend-item">
            <span class={`swatch swatch-${series.color.slice(2)}`} aria-hidden="true" />
            {series.label} <b>{say(shownOf(series))}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
