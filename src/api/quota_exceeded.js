// QuotaExceededError: a DOMException that says how much there was and how much was wanted.
// https://webidl.spec.whatwg.org/#quotaexceedederror
const { Number, NumberIsFinite, RangeError, TypeError } = primordials;
const { DOMException } = internal.load('domexception');
const { dictionary } = internal.load('webidl');

// A finite number, not negative; null when it is not given.
function amount(v, name) {
  if (v === undefined) return null;
  const n = Number(v);
  if (!NumberIsFinite(n)) throw new TypeError(`${name} must be a finite number`);
  if (n < 0) throw new RangeError(`${name} must not be negative`);
  return n;
}

class QuotaExceededError extends DOMException {
  #quota;
  #requested;
  constructor(message = '', options = undefined) {
    super(message, 'QuotaExceededError');
    const o = dictionary(options, 'options');
    this.#quota = amount(o?.quota, 'quota');
    this.#requested = amount(o?.requested, 'requested');
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) throw new RangeError('requested must not be less than quota');
  }
  get quota() {
    return this.#quota;
  }
  get requested() {
    return this.#requested;
  }
}
internal.shape(QuotaExceededError, 'QuotaExceededError');

return { QuotaExceededError };
