import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ComponentType, useId } from "react";
import { isSection, type SectionId, sections } from "../lib/sections";
import { buttonClass } from "../parts/Button";
import { Backup } from "./settings/Backup";
import { Danger } from "./settings/Danger";
import { Fees } from "./settings/Fees";
import { General } from "./settings/General";
import { Notifications } from "./settings/Notifications";
import { Policy } from "./settings/Policy";
import { Power } from "./settings/Power";
import { Privacy } from "./settings/Privacy";
import { Security } from "./settings/Security";
import { SignIn } from "./settings/SignIn";
import { Tokens } from "./settings/Tokens";

const bodies: Record<SectionId, ComponentType> = {
  general: General,
  power: Power,
  policy: Policy,
  notifications: Notifications,
  signin: SignIn,
  tokens: Tokens,
  backup: Backup,
  security: Security,
  privacy: Privacy,
  fees: Fees,
  danger: Danger,
};

/** How adit behaves, section by section; the section stands in the address. */
export function Settings() {
  const { section = "general" } = useParams({ strict: false });
  if (!isSection(section)) return <Unknown />;
  const Body = bodies[section];
  const title = sections.find((s) => s.id === section)?.title;
  return (
    <>
      <h1 className="text-[20px] leading-7">
        Settings<span className="text-fg-1">, {title}</span>
      </h1>
      <div className="gap-8 lg:flex">
        <Pick section={section} />
        <List section={section} />
        <div className="min-w-0 max-w-3xl flex-1 space-y-4">
          <Body key={section} />
        </div>
      </div>
    </>
  );
}

function List({ section }: { section: SectionId }) {
  return (
    <nav aria-label="Sections of the settings" className="hidden w-44 shrink-0 lg:block">
      <ul className="sticky top-20 space-y-0.5">
        {sections.map((s) => (
          <li key={s.id}>
            <Link
              to="/settings/$section"
              params={{ section: s.id }}
              aria-current={s.id === section ? "page" : undefined}
              className="block rounded-md px-3 py-1.5 text-fg-1 hover:bg-bg-2 hover:text-fg-0 aria-[current]:bg-bg-2 aria-[current]:font-semibold aria-[current]:text-fg-0"
            >
              {s.title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The sections on a narrow screen. */
function Pick({ section }: { section: SectionId }) {
  const id = useId();
  const navigate = useNavigate();
  return (
    <div className="mb-4 lg:hidden">
      <label htmlFor={id} className="sr-only">
        Section of the settings
      </label>
      <select
        id={id}
        value={section}
        onChange={(e) => void navigate({ to: "/settings/$section", params: { section: e.target.value } })}
        className="min-h-10 w-full rounded-md border border-fg-2 bg-bg-0 px-2 text-fg-0"
      >
        {sections.map((s) => (
          <option key={s.id} value={s.id}>
            {s.title}
          </option>
        ))}
      </select>
    </div>
  );
}

function Unknown() {
  return (
    <div className="space-y-4">
      <h1 className="text-[20px] leading-7">There are no settings of that name</h1>
      <Link to="/settings/$section" params={{ section: "general" }} className={buttonClass("primary")}>
        Go to General
      </Link>
    </div>
  );
}
