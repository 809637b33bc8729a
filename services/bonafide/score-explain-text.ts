import type { ExplainedCurve, ExplainedTerm, ScoreExplainAnswer } from '../../schemas/api-explain.ts';
import { plainNumber } from '../../shared/feature-text.ts';
import { printable } from '../../shared/printable.ts';

/** A derivation as text for a terminal, in the order in which a score is made. */

const WINDOWS = ['10s', '1m', '10m', '1h', '24h'];
/** Text of a log: nothing in it moves the cursor, or turns writing round. */
const visible = (text: string) => printable(text).replace(/\p{Cf}/gu, '\ufffd');
const db = (value: number) => value.toFixed(2);
const MARK = { genuine: 'genuine', population: 'population', shipped: 'shipped' } as const;

export function derivationText(answer: ScoreExplainAnswer): string {
  return [
    headOf(answer),
    countsOf(answer),
    termsOf(answer),
    weightsOf(answer),
    curvesOf(answer),
    linesOf(answer),
    `Within a request\n${answer.joins.map((text) => wrapped(text)).join('')}`,
    `Reasons\n${answer.reasons.length === 0 ? '  none: nothing about it stands out\n' : answer.reasons.map(({ sentence }) => wrapped(sentence)).join('')}`,
  ].join('\n');
}

function headOf({
  kind,
  id,
  scope,
  scopes,
  step,
  risk_db,
  over,
  policy,
  held,
  first_seen,
}: ScoreExplainAnswer): string {
  const line =
    over === 'allow'
      ? `below the challenge line of ${db(policy.challenge_db)} dB`
      : `over the ${over} line of ${db(over === 'block' ? policy.block_db : policy.challenge_db)} dB`;
  const others = scopes.filter((name) => name !== scope);
  return [
    `${kind}:${visible(id)} in scope ${scope} at ${step}${first_seen === null ? '' : `, first seen ${first_seen}`}`,
    `${db(risk_db)} dB, ${line}${held === 'none' ? '' : ', held'}`,
    ...(others.length === 0 ? [] : [`Seen in other scopes too: ${others.join(', ')} (--scope NAME)`]),
    '',
  ].join('\n');
}

function countsOf({ counts, incomplete_windows }: ScoreExplainAnswer): string {
  const rows = counts.map(({ name, windows }) => [name, ...WINDOWS.map((window) => numberAt(windows[window]))]);
  const cut =
    incomplete_windows.length === 0
      ? ''
      : `  ! Counts are kept for 25 hours, and there are too many events to count again: in ${incomplete_windows.join(', ')} they may be too small.\n`;
  const text = rows.length === 0 ? '  nothing\n' : table([['', ...WINDOWS], ...rows]);
  return `1. What it did before that second, by window (surprises in hundredths of a nat, gaps in hundredths of ln ms)\n${text}${cut}`;
}

const numberAt = (value: number | undefined) => (value === undefined ? '.' : plainNumber(value));

function termsOf({ terms, reference, kind }: ScoreExplainAnswer): string {
  const learnt = terms.some(({ scale }) => scale !== null) || reference.entity_hours > 0;
  const from = learnt
    ? `learnt from ${plainNumber(reference.entity_hours)} ${reference.basis === 'genuine' ? 'genuine hours' : 'hours of everybody'} of this kind that ended before ${reference.period}, weight ${reference.weight.toFixed(2)}`
    : `as shipped: no ${kind} hours before ${reference.period}`;
  const head = [
    '',
    'value',
    'usual',
    'tail',
    'tail dB',
    '1 in 10',
    '1 in 100',
    'height',
    '1 in 100 reaches',
    'allowed to',
  ];
  const rows = terms.map((term) => [
    `${term.feature}:${term.window}${term.speaks ? ' *' : ''}`,
    plainNumber(term.value),
    term.tail.kind === 'count' ? plainNumber(term.tail.usual) : plainNumber(term.tail.base * term.tail.whole),
    tailText(term),
    db(term.shipped_db),
    term.scale === null ? '10.00' : db(term.scale.low_db),
    term.scale === null ? '20.00' : db(term.scale.high_db),
    db(term.height_db),
    term.usual === null ? 'never' : plainNumber(term.usual),
    allowedText(term),
  ]);
  const text = rows.length === 0 ? '  nothing is a decibel over its shipped tail\n' : table([head, ...rows]);
  return `2. Against the shipped tail, then on the scale of genuine peers (${from}); * speaks for its feature\n${text}`;
}

const tailText = ({ tail }: ExplainedTerm) =>
  tail.kind === 'count'
    ? `Lomax shape ${tail.shape}`
    : `${plainNumber(tail.whole)} at share ${tail.base}, rho ${tail.rho}`;

const allowedText = ({ allowed }: ExplainedTerm) =>
  allowed.kind === 'value' ? plainNumber(allowed.value) : allowed.kind === 'any' ? 'any' : 'none';

function weightsOf({ features, score, published, reference }: ScoreExplainAnswer): string {
  const spans = features[0]?.spans.map(({ from_db, to_db }) => `${from_db}-${to_db} dB`) ?? [];
  const rows = features.map(({ feature, window, height_db, by, spans: of, part_db, other_db, relief_db, since }) => [
    `${feature}:${window}${by === 'least' ? ' !' : ''}`,
    db(height_db),
    ...of.map(({ weight, adds_db }) => (weight === 0 ? '0' : `${plainNumber(weight)} -> ${db(adds_db)}`)),
    db(part_db),
    other_db === 0 ? '.' : db(other_db),
    relief_db === 0 ? '.' : db(relief_db),
    since === null ? '.' : since.slice(0, 19),
  ]);
  const relief = features.reduce((total, { relief_db }) => total + relief_db, 0);
  const blank = spans.map(() => '');
  const sum =
    features.length === 0
      ? []
      : [
          ['sum', '', ...blank, db(score + relief), '', db(relief), ''],
          ['score', '', ...blank, db(score), '', '', ''],
        ];
  const text =
    rows.length === 0
      ? '  nothing: score 0\n'
      : table([['', 'height', ...spans, 'adds', 'not', 'takes', 'since'], ...rows, ...sum]);
  const said =
    published === null
      ? '  Nothing was published of it in the 24 hours before.\n'
      : `  Published last at ${published.step}: ${db(published.score)}${published.held === 'none' ? '' : `, held at the ${published.held} line`}${differs(published.score, score)}\n`;
  const bound = features.some(({ by }) => by === 'least')
    ? `  ! its lower bound speaks: plain evidence adds at least so much while little is learnt; it counts ${(1 - reference.weight).toFixed(2)} of what the file says\n`
    : '';
  return `3. Weights: ten decibels of height add so much, in each span; the larger of learnt weights and lower bound adds, the other does not; ordinary life takes away\n${text}${bound}${said}`;
}

function differs(published: number, score: number): string {
  if (Math.abs(published - score) < 0.01) return ', the same';
  return '. It differs: events came later than their time, counts have aged out since, or age has changed what is new';
}

function curvesOf({ curves, score }: ScoreExplainAnswer): string {
  const rows = curves.map((curve) => [
    curve.segment === '' ? 'whole scope' : curve.segment,
    MARK[curve.basis],
    plainNumber(curve.units),
    curve.valid_from === null ? '.' : curve.valid_from.slice(0, 19),
    curve.knots.map((knot) => `${db(knot.score)}=${db(knot.decibels)}`).join(' '),
    `${db(curve.decibels)}${curve.extrapolated ? ' extrapolated' : ''}`,
    curve.p.toPrecision(3),
    oneIn(curve),
    db(curve.challenge_score),
    db(curve.block_score),
  ]);
  const head = ['', 'basis', 'units', 'valid from', 'knots score=dB', 'dB', 'p', 'one in', 'challenge at', 'block at'];
  return `4. Score ${db(score)} to decibels, by the curves in force; the page of the entity reads the whole scope's\n${table([head, ...rows])}`;
}

const oneIn = ({ decibels, extrapolated }: ExplainedCurve) =>
  extrapolated || decibels > 60 ? '.' : plainNumber(10 ** (decibels / 10));

function linesOf({ policy, routes }: ScoreExplainAnswer): string {
  const rows = [
    ['default', db(policy.challenge_db), db(policy.block_db)],
    ...routes.map(({ route, challenge_db, block_db }) => [visible(route), db(challenge_db), db(block_db)]),
  ];
  return `5. Lines of policy version ${policy.version} (${policy.mode}), dB\n${table([['', 'challenge', 'block'], ...rows])}`;
}

/** Columns as wide as their widest cell; the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      });
      return `  ${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

const WIDTH = 110;
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '  -';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join('\n')}\n`;
}
