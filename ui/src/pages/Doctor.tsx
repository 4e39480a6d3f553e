/** What adit checked on this computer. */
export function Doctor() {
  return <h1 className="text-[20px] leading-7">Doctor</h1>;
}
