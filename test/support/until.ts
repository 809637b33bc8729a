/**
 * Asks again until the answer is truthy, and answers it. Tests wait for what they mean, never for a while.
 * @param what a phrase for the failure: "the broker answers".
 * @throws when `timeoutMs` is over, with the last error that `ask` threw.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const told = last instanceof Error ? (last.stack ?? last.message) : String(last);
      throw new Error(`${timeoutMs} ms passed and not yet: ${what}. Last: ${told}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
