import { SHARED_KINDS } from '../../shared/kinds.ts';

/** Heads that user agents tell, at most: nobody buys a crowd without end. */
const AGENTS_AT_MOST = 100;
/** Ordinary requests that each head brings in a day: one that an agent tells, and one that has a name. */
const REQUESTS_OF_AGENT = 10;
const REQUESTS_OF_NAME = 3;
/** These make nobody a head: else a robot that guesses or scans would be a crowd as soon as it turns its agents or its names. A failed sign-in is among them by its status, and counts against a crowd once more. */
const NOT_ORDINARY = ['denied', 'notfound', 'badrequest', 'payload', 'scanner'];
const requestsBut = (...sums: string[]) =>
  ['requests', ...sums, ...NOT_ORDINARY].map((sum) => `${sum}_24h`).join(' - ');
/** Where nobody is named, a sign-in that failed may have been answered with 200. */
const HEADS_BY_AGENTS = `least((distinct_agents_24h - 1) / 2, (${requestsBut('signin')}) / ${REQUESTS_OF_AGENT}, ${AGENTS_AT_MOST})`;
/**
 * A name that nobody checked may be made up anew with each request. So what a caller does in its first hour makes nobody a
 * head, unless a genuine token vouches for it; what of it failed is taken off as such already. A sign-in that succeeded is
 * as ordinary as what follows it: on a host that does nothing else, an office of hundreds would be a crowd of one.
 */
const HEADS_BY_NAME = `least(greatest(distinct_users_24h, distinct_devices_24h / 2),
                        (${requestsBut('signin_failed')} - (newcomer_24h - newcomer_failed_24h) / 100 + att_genuine_24h) / ${REQUESTS_OF_NAME})`;

/**
 * How many callers share an address, network or key: what one address does is judged by the head, so that the hundreds
 * behind a carrier's address are not a crowd of one. App installations name themselves, so they count half. In a plain
 * access log nobody is named: there the user agents beyond the first tell the heads, and count half as well.
 */
export const CROWD = `if(kind IN (${SHARED_KINDS.join(', ')}), 1 + greatest(0, if(distinct_users_24h + distinct_devices_24h > 0,
                    ${HEADS_BY_NAME}, ${HEADS_BY_AGENTS})), 1)`;
