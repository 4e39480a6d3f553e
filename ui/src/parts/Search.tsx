/** Narrows what is shown; "/" puts the cursor here. */
export function Search({
  value,
  onChange,
  label,
}: {
  value: string;
  onChange: (words: string) => void;
  label: string;
}) {
  return (
    <input
      type="search"
      aria-label={label}
      aria-keyshortcuts="/"
      placeholder="Filter"
      value={value}
      onChange={(e) => onChange(e.target.value)}
      className="min-h-8 w-full max-w-64 min-w-0 rounded-md border border-fg-2 bg-bg-0 px-3 text-[13px] sm:w-64"
    />
  );
}
