/**
 * An attestation token by which alone its software is known: nothing names the installation that shows it. It is counted as a session
 * beside the caller's. As SQL over rows of `events_raw_v1`; `facts.ts` has the same for a request, the views 010 to 012 for roll-ups.
 */

/** Its id, `''` for none: beside an installation, or where it is the session itself, a token is nobody of its own. */
export const LONE_TOKEN = "if(device_id != '' OR attestation_token = session_id, '', attestation_token)";
/** Its number among sessions (kind 2), 0 for none. */
export const LONE_TOKEN_ENTITY = `if(${LONE_TOKEN} = '', 0, sipHash64(toString(scope), toUInt8(2), attestation_token))`;
/** Rows of the session or token `{id:String}`. */
export const OF_SESSION = "(session_id = {id:String} OR (device_id = '' AND attestation_token = {id:String}))";
