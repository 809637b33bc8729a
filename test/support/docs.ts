import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';

/** What is built or fetched, never written. */
const NOT_OURS = /^(node_modules|dist|coverage|test-results|\..*)$/;

/** Every *.md of the project, relative, with `/`. */
export function documents(folder = ''): string[] {
  return readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.test(entry.name)) return [];
    const path = relative(PACKAGE_ROOT, join(PACKAGE_ROOT, folder, entry.name))
      .split(sep)
      .join('/');
    if (entry.isDirectory()) return documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export const textOf = (path: string): string => readFileSync(join(PACKAGE_ROOT, path), 'utf8');

/** Contents of the fenced blocks of one language. */
export function fencedBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

/** Commands of the `sh` blocks, continued lines joined into one. */
export function shellCommands(text: string): string[] {
  return fencedBlocks(text, 'sh')
    .flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
