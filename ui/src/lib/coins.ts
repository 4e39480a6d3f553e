/** What a crew earns: one coin is 10^decimals atomic units. */
export interface CoinUnits {
  symbol: string;
  decimals: number;
}

/** An amount of atomic units, given as digits, in coins: exact, without needless zeros. */
export function coins(atomic: string | null | undefined, coin: CoinUnits): string | null {
  if (atomic === null || atomic === undefined || !/^\d+$/.test(atomic)) return null;
  const padded = atomic.padStart(coin.decimals + 1, "0");
  const whole = padded.slice(0, padded.length - coin.decimals).replace(/^0+(?=\d)/, "");
  const part = padded.slice(padded.length - coin.decimals).replace(/0+$/, "");
  return `${part && coin.decimals > 0 ? `${whole}.${part}` : whole} ${coin.symbol}`;
}

/** At most so many digits after the point, for a table; the whole amount belongs in its title. */
export function shortCoins(atomic: string | null | undefined, coin: CoinUnits, places = 6): string | null {
  const exact = coins(atomic, coin);
  if (exact === null) return null;
  const [number = "", symbol = ""] = exact.split(" ");
  const [whole = "0", part = ""] = number.split(".");
  if (part.length <= places) return exact;
  const kept = part.slice(0, places);
  if (whole === "0" && /^0*$/.test(kept)) return `< 0.${"0".repeat(places - 1)}1 ${symbol}`;
  return `≈ ${whole}.${kept.replace(/0+$/, "") || "0"} ${symbol}`;
}

/** Atomic units, as digits, of an amount that a person typed in coins; null where it is none. */
export function atomicOf(typed: string, coin: CoinUnits): string | null {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(typed.trim());
  const part = match?.[2] ?? "";
  if (!match || part.length > coin.decimals) return null;
  const units = BigInt(`${match[1]}${part.padEnd(coin.decimals, "0")}`);
  return units > 0n && units < 1n << 64n ? units.toString() : null;
}
