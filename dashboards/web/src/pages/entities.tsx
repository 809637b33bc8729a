import { useState } from 'preact/hooks';
import type { EntitiesAnswer } from '../../../../schemas/api.ts';
import { KIND_NAMES } from '../format.ts';
import { ENTITY_KIND_LIST, type EntityKindName } from '../kinds.ts';
import { Choice, Fault, Section, Waiting } from '../parts/basics.tsx';
import { RiskList } from '../parts/risk-list.tsx';
import { entityHref, go } from '../router.ts';
import { useApi } from '../use-api.ts';

/** Everybody at risk, by kind, and a way to anybody else by id. */
export function EntitiesPage() {
  const [kind, setKind] = useState<EntityKindName | 'any'>('any');
  const list = useApi<EntitiesAnswer>(
    `/api/v1/entities?limit=100${kind === 'any' ? '' : `&kind=${kind}`}`,
    10_000,
    true,
  );
  return (
    <>
      <header class="answer">
        <h1>Entities</h1>
        <p>Everything whose behaviour is scored: users, sessions, devices, addresses, networks and API clients.</p>
      </header>
      <FindEntity />
      <Section
        title="Riskiest now"
        aside={
          <Choice
            label="Kind of entity"
            name="kind"
            value={kind}
            options={[
              { value: 'any' as const, label: 'all' },
              ...ENTITY_KIND_LIST.map((name) => ({ value: name, label: KIND_NAMES[name].many })),
            ]}
            onChange={setKind}
          />
        }
      >
        {list.error === '' ? null : <Fault text={list.error} retry={list.reload} />}
        {list.data === null ? (
          <Waiting height={240} />
        ) : list.data.entities.length === 0 ? (
          <p class="empty">None of these is above 0 dB.</p>
        ) : (
          <RiskList entities={list.data.entities} lines={list.data.policy} />
        )}
      </Section>
    </>
  );
}

function FindEntity() {
  const [kind, setKind] = useState<EntityKindName>('ip');
  const [id, setId] = useState('');
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() !== '') go(entityHref(kind, id.trim(), ''));
      }}
    >
      <label>
        <span>Kind</span>
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as EntityKindName)}>
          {ENTITY_KIND_LIST.map((name) => (
            <option key={name} value={name}>
              {KIND_NAMES[name].one}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        <span>Id, as it stands in the log</span>
        <input
          type="text"
          value={id}
          autocomplete="off"
          spellcheck={false}
          maxLength={512}
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  );
}
