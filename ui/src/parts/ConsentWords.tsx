import { useId } from "react";

/** What mining does to a computer, before anybody agrees to it. */
export function ConsentWords({ practice }: { practice: boolean }) {
  return (
    <ul className="list-disc space-y-1.5 pl-5 text-fg-1 marker:text-fg-2">
      <li>The processor works at full load for as long as mining runs. Other programs may become slower.</li>
      <li>The computer becomes warm, its fans may become loud, and a laptop&rsquo;s battery empties fast.</li>
      <li>The electricity costs money. adit does not promise that mining earns it back.</li>
      {practice ? (
        <li>Practice earns nothing: its work is real, is checked on this computer, and is then thrown away.</li>
      ) : (
        <li>
          What the pool credits goes to the address that you give. adit keeps no part of it and cannot get it back.
        </li>
      )}
      <li>
        You can pause, stop, or withdraw this consent at any time, here or with{" "}
        <code className="num text-[13px]">adit pause</code> in a terminal.
      </li>
    </ul>
  );
}

/** The explicit yes. */
export function ConsentCheck({ checked, onChange }: { checked: boolean; onChange: (yes: boolean) => void }) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 rounded-md border border-fg-2 bg-bg-0 p-3">
      <input
        id={id}
        type="checkbox"
        required
        checked={checked}
        onChange={(e) => onChange(e.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-lamp"
      />
      <label htmlFor={id}>This computer is mine, or I may use it for this. I allow adit to mine on it.</label>
    </div>
  );
}
