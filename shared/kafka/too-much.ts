/** What was packed becomes more than there is room for. */
export class TooMuch extends Error {
  constructor() {
    super('It unpacks to more than is taken.');
    this.name = 'TooMuch';
  }
}
