import { normalHost } from '../../shared/host.ts';
import { identityId } from '../../shared/identity.ts';
import { ownText } from '../../shared/own-text.ts';
import { printable, printableUrl } from '../../shared/printable.ts';
import type { Pseudonymise } from '../../shared/pseudonym.ts';
import { createRedact, createRedactPeople, type Redact } from '../../shared/redact.ts';
import type { Fields } from './formats/adapter.ts';
import { createHidePeople, type Named } from './people.ts';
import { dropValues } from './query.ts';
import { sampleOf } from './sample.ts';
import type { CheckedEvent } from './validate.ts';

/** Law 7: no secret, no query value, and with a pseudonym key no identity goes further than this. */
export interface Protect {
  /** @returns its path without secrets, but with the people in it: class and route are told by what the caller asked for. */
  event(event: CheckedEvent): string;
  text(text: string): string;
  /** What is kept of a record that could not be read. @param fields as far as it could be. */
  sample(bytes: Buffer, fields: Fields | null): string;
}

export interface ProtectDeps {
  /** null: identities are stored as they are. */
  pseudonymise: Pseudonymise | null;
  /** Names that this install uses for secrets beside the usual ones; another array when they changed. */
  secretNames?: (() => readonly string[]) | undefined;
}

const NO_NAMES: readonly string[] = [];
const AGENTS = 5_000;
const IDENTITIES = ['user.id', 'login.subject', 'session.id', 'device.id'] as const;

export function createProtect({ pseudonymise, secretNames = () => NO_NAMES }: ProtectDeps): Protect {
  let names = secretNames();
  let made = make(names, pseudonymise);
  const current = () => {
    const now = secretNames();
    if (now !== names) {
      names = now;
      made = make(names, pseudonymise);
    }
    return made;
  };
  return {
    event: (event) => current().event(event),
    text: (text) => current().text(text),
    sample: (bytes, fields) => current().sample(bytes, fields),
  };
}

function make(names: readonly string[], pseudonymise: Pseudonymise | null): Protect {
  const redact = createRedact(names);
  const redactPeople = createRedactPeople(names);
  const people = pseudonymise === null ? null : createHidePeople(pseudonymise);
  const idOf: Pseudonymise = (kind, said) => {
    const id = identityId(said);
    return pseudonymise === null ? id : pseudonymise(kind, id);
  };
  const safe = (text: string) => (text === '' ? text : redact(printable(text)));
  const cleanAgent = createAgentCleaner(redact);

  return {
    event(event) {
      const named = people === null ? [] : namedIn(event);
      // What is no request has no path; its words may be anything, as those of `Bearer …` are.
      const isRequest = event.method !== '_OTHER' || /^(?:[/*]|https?:)/i.test(event.path);
      const asked = isRequest ? redact(printableUrl(event.path)) : '';
      event.path = asked;
      event.query = dropValues(redact(printableUrl(event.query)));
      event.route = safe(event.route);
      event.userAgent = cleanAgent(event.userAgent);
      // An id that had to be changed is none: two records could come to share it.
      const eventId = safe(event.eventId);
      event.eventId = eventId === event.eventId ? eventId : '';
      if (people !== null) {
        event.path = people.inPath(event.path, named);
        event.query = people.inQuery(event.query, named);
        event.route = people.inPath(event.route, named);
        event.userAgent = people.inText(event.userAgent, named);
        event.eventId = people.inText(event.eventId, named);
      }
      event.userId = idOf('user', event.userId);
      event.sessionId = idOf('session', event.sessionId);
      event.deviceId = idOf('device', event.deviceId);
      event.loginSubject = idOf('user', event.loginSubject);
      event.apiClient = identityId(event.apiClient);
      event.host = normalHost(safe(event.host));
      event.requestId = safe(event.requestId);
      event.appVersion = safe(event.appVersion);
      event.geoCountry = safe(event.geoCountry);
      event.ja4 = safe(event.ja4);
      event.attestationCode = safe(event.attestationCode);
      event.attestationIssuer = safe(event.attestationIssuer);
      event.attestationToken = identityId(event.attestationToken);
      event.identityCode = safe(event.identityCode);
      event.riskDecisionId = safe(event.riskDecisionId);
      return asked;
    },
    text: redact,
    sample(bytes, fields) {
      const known = IDENTITIES.map((name) => fields?.[name]).filter((value) => typeof value === 'string');
      return sampleOf(bytes, redact, people === null ? null : { redact: redactPeople, known });
    },
  };
}

function namedIn({ userId, loginSubject, sessionId, deviceId }: CheckedEvent): Named[] {
  const named: Named[] = [
    { kind: 'user', said: userId },
    { kind: 'user', said: loginSubject },
    { kind: 'session', said: sessionId },
    { kind: 'device', said: deviceId },
  ];
  return named.filter(({ said }) => said !== '');
}

/** Few agents make most requests: what one became is remembered. */
function createAgentCleaner(redact: Redact): (agent: string) => string {
  const known = new Map<string, string>();
  return (agent) => {
    if (agent === '') return agent;
    const before = known.get(agent);
    if (before !== undefined) return before;
    const clean = ownText(redact(printable(agent)));
    if (known.size >= AGENTS) known.clear();
    known.set(ownText(agent), clean);
    return clean;
  };
}
