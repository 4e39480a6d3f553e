import { useNavigate } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { type ExportFormat, exportProfiles, type Profile, profiles } from "../../api/profiles";
import { useCall } from "../../lib/call";
import { download } from "../../lib/download";
import { buttonClass, Failure } from "../Button";
import { Confirm } from "../Confirm";
import { DownIcon } from "../Icons";

const item =
  "flex min-h-10 w-full items-center rounded-sm px-3 outline-none data-[highlighted]:bg-bg-2 data-[highlighted]:outline-2 data-[highlighted]:outline-lamp";

/** What else can be done with a profile. */
export function ProfileMenu({ profile: p, onChanged }: { profile: Profile; onChanged: () => void }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const save = useCall((format: ExportFormat) => saveFile(p.id, fileStem(p.name), format));
  const go = (view: "edit" | "copy" | "versions") => () =>
    void navigate({ to: "/profiles", search: { view, id: p.id } });
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={buttonClass("plain", true)} aria-label={`More for ${p.name}`}>
          More <DownIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            collisionPadding={8}
            className="z-50 min-w-48 rounded-md border border-fg-2 bg-bg-0 p-1 text-fg-0"
          >
            <DropdownMenu.Item className={item} onSelect={go("edit")}>
              Edit
            </DropdownMenu.Item>
            <DropdownMenu.Item className={item} onSelect={go("copy")}>
              Duplicate
            </DropdownMenu.Item>
            <DropdownMenu.Item className={item} onSelect={go("versions")}>
              Versions
            </DropdownMenu.Item>
            <DropdownMenu.Item className={item} onSelect={() => void save.run("yaml")}>
              Export as YAML
            </DropdownMenu.Item>
            <DropdownMenu.Item className={item} onSelect={() => void save.run("json")}>
              Export as JSON
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="my-1 border-t border-bg-2" />
            <DropdownMenu.Item className={`${item} text-crit`} onSelect={() => setAsking(true)}>
              Delete
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Failure words={save.error} />
      {asking ? (
        <Confirm
          title={`Delete ${p.name}`}
          about="The profile and all its versions go; this cannot be undone. A program that runs from it goes on until it is stopped."
          yes={`Delete ${p.name}`}
          order={() => profiles.remove(p.id)}
          onDone={() => {
            setAsking(false);
            onChanged();
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}

/** A name for a file. */
export const fileStem = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "profile";

/** Fetches profiles as a file and hands it to the browser. Secrets are left out. */
export async function saveFile(id: string | null, stem: string, format: ExportFormat): Promise<void> {
  const words = await exportProfiles(id, format);
  download(`${stem}.${format}`, words, format === "json" ? "application/json" : "application/yaml");
}
