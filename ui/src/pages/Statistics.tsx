/** Hashrate and shares over time. */
export function Statistics() {
  return <h1 className="text-[20px] leading-7">Statistics</h1>;
}
