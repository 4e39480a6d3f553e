/** Numbers that people type: 0.28, 0,28, 4.2e11; empty is "not known". */

/** The number, null for empty, NaN for what is none. */
export function typedNumber(text: string): number | null {
  const t = text.trim().replace(/\s/g, "");
  if (t === "") return null;
  // A single comma is a decimal sign; with a point beside it, it parts thousands.
  const plain = t.includes(".") ? t.replace(/,/g, "") : t.replace(",", ".");
  return /^\d*\.?\d+(e[+-]?\d+)?$|^\d+\.$/i.test(plain) ? Number(plain) : Number.NaN;
}

/** A number as it is put into a field: no exponent where it can be avoided, nothing lost. */
export function asTyped(n: number | null): string {
  if (n === null) return "";
  const text = String(n);
  if (!/e/i.test(text) || Math.abs(n) >= 1e21) return text;
  return n.toFixed(20).replace(/0+$/, "").replace(/\.$/, "");
}

/** Days after which a typed price is too old to be believed without a word. */
export const oldDays = 7;

/** The host that a feed's address leads to; empty when it is no address. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}
