/** An amount of money: always two decimals, more for amounts under a cent so that none becomes zero. */
export function money(amount: number, currency: string, signed = false): string {
  const size = Math.abs(amount);
  const places = size > 0 && size < 0.01 ? Math.min(8, Math.ceil(-Math.log10(size)) + 1) : 2;
  const sign = amount < 0 ? "−" : signed && amount > 0 ? "+" : "";
  return `${sign}${size.toFixed(places)} ${currency}`.trim();
}
