// What is under way, by key. Whoever asks for a key that is under way gets the same result.
export class Flights {
  #underWay = new Map();

  async join(key, start) {
    const known = this.#underWay.get(key);
    if (known) return { value: await known, shared: true };
    const flight = start().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, flight);
    return { value: await flight, shared: false };
  }
}
