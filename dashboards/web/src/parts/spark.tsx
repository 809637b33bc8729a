/** A share from 0 to 1 over time as a small line; gaps where nothing is known. The words beside it say the same. */
export function Spark(props: { values: readonly (number | null)[]; label: string }) {
  const { values } = props;
  const width = 120;
  const height = 24;
  const x = (i: number) => (values.length < 2 ? width / 2 : (i / (values.length - 1)) * (width - 4) + 2);
  const y = (value: number) => height - 2 - value * (height - 4);
  const runs: string[][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const before = values[i - 1];
    const point = `${x(i).toFixed(1)},${y(value).toFixed(1)}`;
    if (before === null || before === undefined) runs.push([point]);
    else runs.at(-1)?.push(point);
  }
  return (
    <svg class="spark" role="img" aria-label={props.label} viewBox={`0 0 ${width} ${height}`}>
      <line class="spark-floor" x1="0" x2={width} y1={height - 2} y2={height - 2} />
      {runs.map((points) =>
        points.length === 1 ? (
          <circle key={points[0]} cx={points[0]?.split(',')[0]} cy={points[0]?.split(',')[1]} r="1.5" />
        ) : (
          <polyline key={points[0]} points={points.join(' ')} />
        ),
      )}
    </svg>
  );
}
