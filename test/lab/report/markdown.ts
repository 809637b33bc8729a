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
  const part = new RegExp(`(<!-- ${name}\\b[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!part.test(page)) throw new Error(`the page has no part <!-- ${name} --> … <!-- /${name} -->`);
  return page.replace(part, (_, opening: string, closing: string) => `${opening}\n${text}\n\n${closing}`);
}
