import { SHARED_KINDS } from '../../shared/kinds.ts';

/** Heads that user agents tell, at most: nobody buys a crowd without end. */
const AGENTS_AT_MOST = 100;
/** Ordinary requests that each of those heads brings in a day. */
const REQUESTS_OF_HEAD = 10;
/** These make nobody a head: else a robot that guesses or scans would be a crowd as soon as it turns its agents. */
const NOT_ORDINARY = ['signin', 'denied', 'notfound', 'badrequest', 'payload', 'scanner'];
const HEADS_BY_AGENTS = `greatest(0, least((distinct_agents_24h - 1) / 2, (requests_24h - ${NOT_ORDINARY.map((sum) => `${sum}_24h`).join(' - ')}) / ${REQUESTS_OF_HEAD}, ${AGENTS_AT_MOST}))`;

/**
 * How many callers share an address, network or key: what one address does is judged by the head, so that the hundreds
 * behind a carrier's address are not a crowd of one. App installations name themselves, so they count half. In a plain
 * access log nobody is named: there the user agents beyond the first tell the heads, and count half as well.
 */
export const CROWD = `if(kind IN (${SHARED_KINDS.join(', ')}), 1 + if(distinct_users_24h + distinct_devices_24h > 0,
                    greatest(distinct_users_24h, distinct_devices_24h / 2), ${HEADS_BY_AGENTS}), 1)`;
