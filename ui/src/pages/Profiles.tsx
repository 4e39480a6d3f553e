/** What shall be mined, with which program and on which pool. */
export function Profiles() {
  return <h1 className="text-[20px] leading-7">Profiles</h1>;
}
