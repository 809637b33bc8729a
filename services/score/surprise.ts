/** From so many genuine caller-hours on, a context is described by genuine callers alone. */
const ENOUGH_GENUINE = 100;

/** Counts of caller-hours that showed something in a context, hour by hour. */
export interface Shown {
  /** Rows of hours: the columns of `context`, `value`, `callers`, `genuine`; and `start`, the moment that they are asked for. */
  rows: string;
  /** Columns that name a context. */
  context: string;
  /** The value, as SQL, by which a context itself is counted. */
  whole: string;
  /** Whose hours describe a context: those of genuine callers once there are enough, or everybody's. */
  of: 'genuine' | 'everybody';
}

/**
 * SELECT of what surprises: `start`, the columns of the context, `value`, `usual` (its surprise) and `others` (that of a value which
 * nobody showed), both in hundredths of a nat. The surprise of a value is that of its tail: how many caller-hours show a value at
 * most as common as it. Where many show something that nobody else does, as people do with networks, one more such value is no
 * surprise; of a value never seen, those seen once speak (Good 1953).
 */
export function surprisesSql({ rows, context, whole, of }: Shown): string {
  const enough = of === 'genuine' ? `of_genuine >= ${ENOUGH_GENUINE}` : '0';
  const surprise = (shown: string) => `least(800, toUInt16(-100 * log(least(1, (${shown} + 0.5) / (whole + 1)))))`;
  return `
SELECT start, ${context}, value, shown, ${surprise('tail')} AS usual, ${surprise('once')} AS others
FROM (
    SELECT start, ${context}, value, shown, whole,
        sum(shown) OVER (PARTITION BY start, ${context} ORDER BY if(value = ${whole}, 4294967295, greatest(shown, 1)) RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS tail,
        countIf(shown = 1) OVER (PARTITION BY start, ${context}) AS once
    FROM (
        SELECT start, ${context}, value, if(value = ${whole}, 0, if(${enough}, genuine, callers)) AS shown, if(${enough}, of_genuine, of_all) AS whole
        FROM (
            SELECT start, ${context}, value, sum(callers) AS callers, sum(genuine) AS genuine,
                max(if(value = ${whole}, callers, 0)) OVER w AS of_all, max(if(value = ${whole}, genuine, 0)) OVER w AS of_genuine
            FROM (${rows})
            GROUP BY start, ${context}, value
            WINDOW w AS (PARTITION BY start, ${context})
        )
    )
)`;
}
