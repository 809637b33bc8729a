import { type LedgerLine, ledgerTable } from '../ledger.ts';
import type { Results } from '../results.ts';
import { markdownTable } from './markdown.ts';
import { allTables, type Table } from './tables.ts';

/** docs/figures.md: the tables of a run, and how to make them again. @param ledger the held-out runs so far. */
export function figuresPage(results: Results, ledger: readonly LedgerLine[]): string {
  const seeds =
    results.set === 'held-out'
      ? 'that no tuning ever saw: their seeds follow from the hash of the commit that is judged'
      : `of the set for ${results.set}, which says nothing about worlds never seen; the commit is`;
  const intro = `# Figures

How well risk tells attacks from people, measured on ${results.worlds.length} made-up worlds of about ${results.events.toLocaleString('en')} events (foreign ones of 60,000 to 100,000)
${seeds} (\`${results.commit.slice(0, 12)}\`).
Written by \`npm run -s lab -- run --set ${results.set}\`; each held-out run is a line of the ledger beside the laboratory, and
this page has the first one of method \`${results.method}\`. What the worlds are: [test/lab](../test/lab/README.md). How risk is
computed: [method.md](method.md).

![Nominal budget against the realised share of genuine caller-hours, each world in blue (pale where it is too small to say), all together in black; \
the dashed line is twice nominal](images/reliability.svg)
`;
  return [intro, ...allTables(results).map(markdown), ABLATION, markdown(ledgerTable(ledger))].join('\n');
}

/** What `ablate DIR… --write` fills in. */
const ABLATION = `## What each part is worth

<!-- ablation: written by \`npm run -s lab -- ablate DIR… --write\` on the worlds that \`run --keep\` left -->

Not taken yet.

<!-- /ablation -->
`;

function markdown({ title, note, head, rows }: Table): string {
  return `## ${title}\n\n${note}\n\n${markdownTable(head, rows)}\n`;
}
