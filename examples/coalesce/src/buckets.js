// Token buckets: `burst` requests at once, then `perSecond`. The oldest clients are forgotten past MAX_CLIENTS.
const MAX_CLIENTS = 10_000;

export class Buckets {
  #clients = new Map();
  #burst;
  #perSecond;

  constructor({ burst, perSecond }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  take(client, nowMs) {
    const bucket = this.#clients.get(client) ?? { tokens: this.#burst, atMs: nowMs };
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * this.#perSecond);
    bucket.atMs = nowMs;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens--;
    this.#keep(client, bucket);
    return {
      allowed,
      left: Math.floor(bucket.tokens),
      retryAfterS: allowed ? 0 : Math.ceil((1 - bucket.tokens) / this.#perSecond),
    };
  }

  // A Map remembers the order of insertion: the first key is the one unused for longest.
  #keep(client, bucket) {
    this.#clients.delete(client);
    this.#clients.set(client, bucket);
    if (this.#clients.size > MAX_CLIENTS) this.#clients.delete(this.#clients.keys().next().value);
  }
}
