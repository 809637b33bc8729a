import { useState } from 'preact/hooks';
import { cutText, logParts } from '../log-text.ts';

/**
 * Text that came out of a log: always text nodes, hidden characters shown by their code point, isolated from the
 * direction of what stands around it, and cut with a button that shows the rest.
 */
export function LogText(props: { text: string; most?: number; empty?: string }) {
  const [whole, setWhole] = useState(false);
  const most = props.most ?? 64;
  if (props.text === '') return <span class="quiet">{props.empty ?? '–'}</span>;
  const cut = cutText(props.text, most);
  const shown = cut === null || whole ? props.text : cut;
  return (
    <bdi class="log">
      {logParts(shown).map((part) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <span class="hidden-char" title={part.name}>
            {part.code}
          </span>
        ),
      )}
      {cut === null ? null : (
        <button
          type="button"
          class="more"
          aria-expanded={whole}
          onClick={(event) => {
            event.preventDefault();
            event.stopPropagation();
            setWhole(!whole);
          }}
        >
          {whole ? 'less' : `… ${props.text.length - shown.length} more`}
        </button>
      )}
    </bdi>
  );
}
