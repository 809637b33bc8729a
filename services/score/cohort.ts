import { FAMILY_LENGTH } from '../../shared/cohort.ts';

/** The kind number of a cohort: callers with one family of software on one route. */
export const COHORT_KIND = 7;
/** The family of software that an agent names: its text without numbers, as far as anybody would read it. */
export const AGENT_FAMILY = `substringUTF8(replaceRegexpAll(user_agent, '[0-9.]+', ''), 1, ${FAMILY_LENGTH})`;
/** Id of a raw row's cohort, as SQL; `shared/cohort.ts` makes the same for a decision. */
export const COHORT_ID = `concat(${AGENT_FAMILY}, ' ', method, ' ', route)`;
/** Its number. */
export const COHORT = `sipHash64(toString(scope), ${COHORT_KIND}, ${COHORT_ID})`;
