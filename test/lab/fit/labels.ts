/** Labels by the number that `heights.bin` has for them. */
export const LABELS: readonly string[] = ['benign', 'attack', 'victim'];
