/** Mining programs on this computer. */
export function Install() {
  return <h1 className="text-[20px] leading-7">Install</h1>;
}
