import type { Results } from '../results.ts';
import { escapeHtml, recallChart, reliabilityChart, rivalChart } from './charts.ts';
import { allTables, type Table } from './tables.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:13px}td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
figure{display:inline-block;margin:0 1.5rem 1rem 0}figcaption{font-size:13px;color:#555}`;

/** One page without script or network: tables and pictures of a run. */
export function reportPage(results: Results): string {
  const tables = allTables(results);
  const pictures = [
    [reliabilityChart(results, 'all'), 'The promise over all hours; dashed: twice nominal, black: worlds together.'],
    [reliabilityChart(results, 'genuine'), 'The promise over hours whose decibels rest on genuine callers.'],
    [rivalChart(results), 'Recall averaged over attack kinds at 0.1 % and 1 % of benign events.'],
    [recallChart(results), 'Recall by attack kind.'],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laboratory: ${escapeHtml(results.set)}</title><style>${STYLE}</style></head><body>
<h1>Laboratory: set ${escapeHtml(results.set)}</h1>
<p>Commit ${results.commit.slice(0, 12)}, method ${results.method}; ${results.worlds.length} worlds of about ${results.events.toLocaleString('en')} events.</p>
${pictures.map(([picture, text]) => `<figure>${picture}<figcaption>${text}</figcaption></figure>`).join('\n')}
${tables.map(html).join('\n')}
</body></html>
`;
}

function html({ title, note, head, rows }: Table): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<h2>${escapeHtml(title)}</h2><p>${escapeHtml(note)}</p><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}
