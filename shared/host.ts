/** Host names in one form: lower case, without port and trailing dot. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  const bare = lower.startsWith('[') ? lower.replace(/\]:\d*$/, ']') : lower.replace(/:\d*$/, '');
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}
