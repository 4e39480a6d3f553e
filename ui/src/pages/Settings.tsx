/** How adit behaves. */
export function Settings() {
  return <h1 className="text-[20px] leading-7">Settings</h1>;
}
