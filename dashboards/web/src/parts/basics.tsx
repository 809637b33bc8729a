import type { ComponentChildren } from 'preact';
import type { LinesView } from '../../../../schemas/api.ts';
import type { EntityKind } from '../../../../schemas/event.ts';
import { decibels, KIND_NAMES, localTime, overWords } from '../format.ts';
import { entityHref, go } from '../router.ts';
import { LogText } from './log-text.tsx';

export function Link(props: { href: string; class?: string; current?: boolean; children: ComponentChildren }) {
  return (
    <a
      href={props.href}
      class={props.class}
      aria-current={props.current ? 'page' : undefined}
      onClick={(event) => {
        if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(props.href);
        scrollTo(0, 0);
      }}
    >
      {props.children}
    </a>
  );
}

/** Local time; the moment in UTC on hover. */
export function Time(props: { at: string | null; none?: string }) {
  if (props.at === null) return <span class="quiet">{props.none ?? 'never'}</span>;
  return (
    <time dateTime={props.at} title={`${props.at.replace('T', ' ').replace('Z', '')} UTC`}>
      {localTime(props.at)}
    </time>
  );
}

/** What a request met, in words and a mark: never by colour alone. */
export function Outcome(props: { outcome: string }) {
  const { outcome } = props;
  if (outcome === '') return <span class="quiet">not decided</span>;
  return (
    <span class={`badge badge-${outcome}`}>
      {outcome === 'allow' ? 'allowed' : outcome === 'block' ? 'blocked' : 'challenged'}
    </span>
  );
}

/** Risk on a scale to 60 dB with both lines marked; the number and the words say the same. */
export function RiskMeter(props: { risk: number; over: 'allow' | 'challenge' | 'block'; lines: LinesView }) {
  const scale = Math.max(60, props.lines.block_db * 1.25);
  const at = (db: number) => `${Math.min(100, (100 * db) / scale)}%`;
  return (
    <span class={`meter meter-${props.over}`}>
      <b class="meter-value">{decibels(props.risk)}</b>
      <span class="meter-track" title={overWords(props.over, props.lines)}>
        <span class="meter-fill" style={{ width: at(props.risk) }} />
        <span class="meter-line" style={{ left: at(props.lines.challenge_db) }} />
        <span class="meter-line" style={{ left: at(props.lines.block_db) }} />
      </span>
      <span class="meter-words">{props.over === 'allow' ? 'below lines' : `over ${props.over}`}</span>
    </span>
  );
}

export function EntityLink(props: { kind: EntityKind; id: string; scope: string; most?: number }) {
  return (
    <span class="entity">
      <span class="kind">{KIND_NAMES[props.kind].one}</span>{' '}
      <Link href={entityHref(props.kind, props.id, props.scope)}>
        <LogText text={props.id} most={props.most ?? 48} />
      </Link>
    </span>
  );
}

/** One of a few choices: a radio group that looks like one control. */
export function Choice<T extends string | number>(props: {
  label: string;
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{props.label}</legend>
      {props.options.map((option) => (
        <label key={option.value} class={option.value === props.value ? 'chosen' : ''}>
          <input
            type="radio"
            name={props.name}
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

export function Section(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** A fault in a sentence, with a way to try again. */
export function Fault(props: { text: string; retry: () => void }) {
  return (
    <div class="notice notice-fault" role="alert">
      <span>{props.text}</span>
      <button type="button" onClick={props.retry}>
        Try again
      </button>
    </div>
  );
}

/** Holds the room of what is still being read, so that nothing jumps. */
export function Waiting(props: { height: number; text?: string }) {
  return (
    <div class="waiting" style={{ minHeight: `${props.height}px` }} role="status">
      {props.text ?? 'Reading…'}
    </div>
  );
}

/** Facts in a row: a label, a value, and what the value means. */
export function Facts(props: {
  items: readonly { label: string; value: ComponentChildren; note?: ComponentChildren }[];
}) {
  return (
    <dl class="facts">
      {props.items.map((item) => (
        <div key={item.label}>
          <dt>{item.label}</dt>
          <dd>
            <span class="fact-value">{item.value}</span>
            {item.note === undefined ? null : <span class="fact-note">{item.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A wide table scrolls inside its own frame, by keyboard too. */
export function TableFrame(props: { label: string; bounded?: boolean; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section class={`table-frame${props.bounded === true ? ' bounded' : ''}`} aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}
