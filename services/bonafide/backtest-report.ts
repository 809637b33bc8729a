import { writeFileSync } from 'node:fs';
import { againText, falsePositivesText, type Summary, type SummaryData, type TimeBucket } from './backtest-summary.ts';

/** Writes one self-contained page: no script, no network, readable on paper. Log content is escaped everywhere. */
export function writeReport(path: string, summary: Summary): void {
  writeFileSync(path, reportHtml(summary.data()));
}

const COLUMNS = 240;
/** What the summary counts by. */
const BUCKET_MS = 60_000;

/** The page as text. */
export function reportHtml(data: SummaryData): string {
  const refused = data.outcomes.challenge + data.outcomes.block;
  const share = data.events === 0 ? 0 : (100 * refused) / data.events;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Bonafide backtest</title>
<style>${STYLE}</style></head><body><main>
<h1>Backtest</h1>
<p class="answer"><strong>${count(refused)}</strong> of ${count(data.events)} requests (${share.toFixed(2)} %) would have been refused;
${count(data.genuine.refused)} of them with a genuine token.</p>
<p>${data.outcomes.block > 0 || data.outcomes.challenge > 0 ? `${count(data.outcomes.challenge)} challenged, ${count(data.outcomes.block)} blocked. ` : ''}Decibels rest on
${[...data.bases].map(([basis, n]) => `${basis} calibration (${((100 * n) / Math.max(1, data.events)).toFixed(0)} % of requests)`).join(', ')}.
${rejects(data)}${againText(data.again)
  .map((line) => ` ${line}.`)
  .join('')}</p>
${falsePositives(data)}<h2>Risk over time</h2>
${picture(data)}
<h2>Riskiest entities, most refused first</h2>
<div class="scroll"><table class="top"><thead><tr><th>Entity</th><th>Scope</th><th class="n">Peak risk, dB</th><th class="n">Requests it carried</th><th class="n">Refused</th><th>First refused, UTC</th><th>Why</th></tr></thead><tbody>
${data.top
  .map(
    (entity) =>
      `<tr><td>${text(entity.entity)}</td><td data-label="Scope">${text(entity.scope)}</td><td data-label="Peak risk, dB" class="n">${entity.peak.toFixed(1)}</td><td data-label="Requests it carried" class="n">${count(entity.requests)}</td><td data-label="Refused" class="n">${count(entity.refused)}</td><td data-label="First refused, UTC">${entity.refused > 0 ? new Date(entity.firstRefused).toISOString().slice(0, 19).replace('T', ' ') : '–'}</td><td>${text(entity.evidence)}<br><small>${text([...entity.codes].join(', '))}</small></td></tr>`,
  )
  .join('\n')}
</tbody></table></div>
<p><small>Risk is in decibels: 30 dB is a height that 1 in 1,000 caller-hours of genuine callers reaches, 40 dB 1 in 10,000.
With shipped calibration the decibels are those of a built-in reference, not of your own genuine traffic.</small></p>
</main></body></html>
`;
}

/** The realised false-positive share, with attestation and without. */
function falsePositives({ falsePositives: measured, lines }: SummaryData): string {
  const budget = (line: number) => 10 ** (-line / 10);
  const rows = falsePositivesText(measured, { challenge: budget(lines.challenge), block: budget(lines.block) });
  return rows.length === 0 ? '' : `<p>${text(rows.map((row) => row.trim()).join(' '))}</p>\n`;
}

function rejects(data: SummaryData): string {
  const all = [...data.rejected.values()].reduce((sum, n) => sum + n, 0);
  if (all === 0) return 'Every line could be read.';
  return `${count(all)} lines could not be read (${[...data.rejected].map(([reason, n]) => `${count(n)} ${text(reason)}`).join(', ')}).`;
}

/** Peak risk and refused requests by time, as SVG with axes and units. */
function picture(data: SummaryData): string {
  const first = data.timeline[0];
  const last = data.timeline.at(-1);
  if (first === undefined || last === undefined) return '<p>No events.</p>';
  const columns = squeeze(data.timeline, first.startMs, last.startMs + BUCKET_MS);
  const width = 960;
  const height = 320;
  const left = 56;
  const bottom = 40;
  const topDb = Math.max(50, ...columns.map((column) => column.peak)) * 1.05;
  const topRequests = Math.max(1, ...columns.map((column) => column.requests));
  const x = (index: number) => left + (index * (width - left - 56)) / columns.length;
  const y = (decibels: number) => height - bottom - (decibels * (height - bottom - 16)) / topDb;
  const step = (width - left - 56) / columns.length;
  const columnMs = columnWidth(first.startMs, last.startMs + BUCKET_MS);
  const bar = (column: TimeBucket, index: number) => {
    const full = (n: number) => ((height - bottom - 16) * n) / topRequests;
    const refused = column.challenge + column.block;
    return `<rect class="all" x="${x(index).toFixed(1)}" y="${(height - bottom - full(column.requests)).toFixed(1)}" width="${step.toFixed(2)}" height="${full(column.requests).toFixed(1)}"/>${refused > 0 ? `<rect class="refused" x="${x(index).toFixed(1)}" y="${(height - bottom - full(refused)).toFixed(1)}" width="${step.toFixed(2)}" height="${full(refused).toFixed(1)}"/>` : ''}`;
  };
  const lines = [
    { name: 'challenge', at: data.lines.challenge },
    { name: 'block', at: data.lines.block },
  ].map(
    (line) =>
      `<line class="limit" x1="${left}" x2="${width - 56}" y1="${y(line.at)}" y2="${y(line.at)}"/><text x="${left + 4}" y="${y(line.at) - 4}">${line.name} ${line.at.toFixed(0)} dB</text>`,
  );
  const ticks = [0, 20, 40, 60, 80, 100, 150, 200].filter((tick) => tick <= topDb);
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = new Date(first.startMs + share * columns.length * columnMs);
    return `<text class="mid" x="${x(share * columns.length)}" y="${height - bottom + 18}">${at.toISOString().slice(5, 16).replace('T', ' ')}</text>`;
  });
  // Broken where nothing was asked: no request is not a request without risk.
  const path = columns.map((column, i) => {
    if (column.requests === 0) return '';
    const begins = (columns[i - 1]?.requests ?? 0) === 0;
    const alone = begins && (columns[i + 1]?.requests ?? 0) === 0;
    return `${begins ? 'M' : 'L'}${(x(i) + step / 2).toFixed(1)} ${y(column.peak).toFixed(1)}${alone ? 'h0.1' : ''}`;
  });
  return `<div class="scroll"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Requests, refused requests and peak risk over time">
${columns.map(bar).join('')}
${ticks.map((tick) => `<text class="end" x="${left - 6}" y="${y(tick) + 4}">${tick}</text>`).join('')}
<text class="end" x="${width - 8}" y="${y(topDb) + 4}">${count(topRequests)}</text><text class="end" x="${width - 8}" y="${height - bottom}">0</text>
${lines.join('')}<path class="peak" d="${path.join('')}"/>
${times.join('')}
<text x="4" y="12">dB (line)</text><text class="end" x="${width - 4}" y="12">requests (bars)</text><text class="mid" x="${width / 2}" y="${height - 4}">time, UTC</text>
</svg></div><p class="key"><span class="k all"></span> requests <span class="k refused"></span> refused <span class="k peak"></span> peak risk</p>`;
}

/** Whole minutes, so that no column falls between two of the summary's. */
function columnWidth(from: number, to: number): number {
  return Math.max(1, Math.ceil((to - from) / BUCKET_MS / COLUMNS)) * BUCKET_MS;
}

function squeeze(timeline: readonly TimeBucket[], from: number, to: number): TimeBucket[] {
  const width = columnWidth(from, to);
  const columns = Array.from({ length: Math.ceil((to - from) / width) }, (_, i): TimeBucket => {
    return { startMs: from + i * width, requests: 0, challenge: 0, block: 0, peak: 0 };
  });
  for (const bucket of timeline) {
    const column = columns[Math.floor((bucket.startMs - from) / width)];
    if (column === undefined) continue;
    column.requests += bucket.requests;
    column.challenge += bucket.challenge;
    column.block += bucket.block;
    column.peak = Math.max(column.peak, bucket.peak);
  }
  return columns;
}

const count = (value: number) => Math.round(value).toLocaleString('en');

/** Escapes markup and shows control and bidirectional characters as code points: a log line is an attacker's text. */
export function text(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6572;--line:#d5dae0;--all:#c3ccd6;--refused:#c2410c;--peak:#1d4ed8;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#333b45;--all:#46525f;--refused:#fb923c;--peak:#7ea6ff;--paper:#14181d}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 16px}
h1{font-size:22px;margin:0 0 8px}h2{font-size:16px;margin:32px 0 8px}
.answer{font-size:19px;margin:0 0 4px}
.scroll{overflow-x:auto}svg{width:100%;min-width:640px;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--soft)}svg .mid{text-anchor:middle}svg .end{text-anchor:end}
rect.all{fill:var(--all)}rect.refused{fill:var(--refused)}path.peak{fill:none;stroke:var(--peak);stroke-width:1.5}
line.limit{stroke:var(--soft);stroke-dasharray:4 4}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;vertical-align:top;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere;min-width:12ch}.n{text-align:right;font-variant-numeric:tabular-nums}
@media(max-width:640px){.top,.top tbody,.top tr,.top td{display:block}.top thead{display:none}.top tr{padding:8px 0;border-bottom:1px solid var(--line)}
.top td{border:0;padding:1px 0;text-align:left}.top td:first-child{font-weight:600}.top [data-label]::before{content:attr(data-label) ": ";color:var(--soft)}}
small{color:var(--soft)}.key{color:var(--soft);margin:4px 0}.k{display:inline-block;width:12px;height:12px;margin:0 4px 0 12px;vertical-align:-1px}
.k.all{background:var(--all)}.k.refused{background:var(--refused)}.k.peak{background:var(--peak);height:3px;vertical-align:4px}
`;
