import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { wordsOf } from './erase-names.ts';

const TABLE = 'routes_v1';

/**
 * Which templates of routes name somebody: `/users/alice`, learnt from her own requests. One that others ask for as well
 * stays, as their requests do: the name may be a word of the API. What goes is learnt anew when it is needed.
 * @param own condition on the raw table: her own events.
 */
export function templatesOf(names: readonly string[], own: string): { table: string; where: string } {
  const words = quoted(wordsOf(names));
  const ofOthers = `SELECT arrayJoin(arrayMap(n -> arrayStringConcat(arraySlice(parts, 1, n), '/'), range(2, length(parts) + 1)))
    FROM (SELECT DISTINCT splitByChar('/', toString(route)) AS parts FROM {db}.events_raw_v1 WHERE match(toString(route), ${words}) AND NOT (${own}))`;
  return { table: TABLE, where: `match(template, ${words}) AND template NOT IN (${ofOthers})` };
}

/** `/users/{alice|me}`: names that a position kept when it had too many. It stays one of ids, without her. */
export async function leaveOutOfMarks(clickhouse: ClickHouse, names: readonly string[]): Promise<void> {
  const words = wordsOf(names);
  const marks = await clickhouse.rows<{ host: string; above: string; kept: string[] }>(
    `SELECT host, above, arrayFilter(name -> NOT match(name, {words:String}), splitByChar('|', inner)) AS kept
     FROM (SELECT host, extract(template, '^(.*/)\\\\{[^/]*\\\\}$') AS above, extract(template, '^.*/\\\\{([^/]*)\\\\}$') AS inner
           FROM {db}.${TABLE} FINAL WHERE match(template, {words:String}) AND endsWith(template, '}'))
     WHERE match(inner, {words:String}) AND NOT match(above, {words:String})`,
    { params: { words } },
  );
  if (marks.length === 0) return;
  const rows = marks.map(({ host, above, kept }) => [host, `${above}{${kept.join('|')}}`]);
  await clickhouse.insert(TABLE, ['host', 'template'], rows);
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
