/** Full-jitter back-off: after the n-th failure (from 0), a random wait below min(15 s, 1 s × 2ⁿ), never under 300 ms. */
export function backoff(failures: number, random: () => number): number {
  const ceiling = Math.min(15_000, 1_000 * 2 ** Math.min(failures, 10));
  return Math.max(300, Math.round(random() * ceiling));
}
