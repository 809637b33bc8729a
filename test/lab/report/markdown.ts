/** A table as Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('`', '')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/**
 * A page with another text between the comments `<!-- name … -->` and `<!-- /name -->`, which stay as they are.
 * @throws Error when the page has no such part.
 */
export function withPart(page: string, name: string, text: string): string {
  return replacePart(page, name, `\n${text}\n\n`);
}

/** The page with that part as an earlier page has it, if it has one. @throws Error when the page itself has no such part. */
export function keepPart(page: string, name: string, earlier: string): string {
  const kept = partOf(name).exec(earlier);
  return kept === null ? page : replacePart(page, name, kept[2] ?? '');
}

function replacePart(page: string, name: string, text: string): string {
  const part = partOf(name);
  if (!part.test(page)) throw new Error(`the page has no part <!-- ${name} --> … <!-- /${name} -->`);
  return page.replace(part, (_, opening: string, __: string, closing: string) => `${opening}${text}${closing}`);
}

const partOf = (name: string) => new RegExp(`(<!-- ${name}\\b[^>]*-->\n)([\\s\\S]*?)(<!-- /${name} -->)`);
