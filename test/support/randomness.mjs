// Random numbers that a seed gives again for ever, for programs that are made at random: next() in [0, 1), below(n), pick(list), chance(p).
// Nothing of Node.js: it runs inside isolates too.
export function randomness(seed) {
  let s = seed >>> 0 || 1;
  const imul = Math.imul;
  const next = () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = imul(s ^ (s >>> 15), 1 | s);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => (next() * n) >>> 0;
  return { next, below, pick: (list) => list[below(list.length)], chance: (p) => next() < p, seed: () => below(2 ** 31) };
}
