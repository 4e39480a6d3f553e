import type { ReactNode } from "react";

function Icon({ children, size = 18 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      {children}
    </svg>
  );
}

/** The mark: a doorway with a lit floor line going in. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      strokeWidth="1.75"
      strokeLinecap="square"
      aria-hidden="true"
      className="shrink-0"
    >
      <path className="stroke-fg-0" d="M3 14V2.5h10V14" />
      <path className="stroke-lamp" d="M8 14V9" />
    </svg>
  );
}

export const OverviewIcon = () => (
  <Icon>
    <path d="M2.5 2.5h5.5v7H2.5zM10.5 2.5h5v4h-5zM10.5 9h5v6.5h-5zM2.5 12h5.5v3.5H2.5z" />
  </Icon>
);
export const ComputerIcon = () => (
  <Icon>
    <path d="M2.5 3.5h13v8.5h-13zM6.5 15h5M9 12v3" />
  </Icon>
);
export const CoopIcon = () => (
  <Icon>
    <path d="M9 6.5v3M9 9.5l-4 2.7M9 9.5l4 2.7" />
    <circle cx="9" cy="4.5" r="2" />
    <circle cx="3.7" cy="13.3" r="2" />
    <circle cx="14.3" cy="13.3" r="2" />
  </Icon>
);
export const ActionsIcon = () => (
  <Icon>
    <path d="M3 5h12M3 9h12M3 13h7" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon size={16}>
    <path d="M6 4v10M12 4v10" strokeWidth="2.25" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon size={16}>
    <path d="M5.5 3.5v11l8.5-5.5z" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="3" />
    <path d="M9 2v1.5M9 14.5V16M2 9h1.5M14.5 9H16M4.05 4.05l1.06 1.06M12.89 12.89l1.06 1.06M4.05 13.95l1.06-1.06M12.89 5.11l1.06-1.06" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M14.5 10.8A6 6 0 0 1 7.2 3.5a6 6 0 1 0 7.3 7.3z" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M4.5 4.5l9 9M13.5 4.5l-9 9" />
  </Icon>
);
export const DownIcon = () => (
  <Icon size={14}>
    <path d="M4.5 7l4.5 4.5L13.5 7" />
  </Icon>
);
export const ProfilesIcon = () => (
  <Icon>
    <path d="M5.5 2.5h10v10h-10zM5.5 5.5h-3v10h10v-3M8.5 6h4M8.5 9h4" />
  </Icon>
);
export const InstallIcon = () => (
  <Icon>
    <path d="M9 2.5v8.5M5.5 7.5L9 11l3.5-3.5M2.5 12v3.5h13V12" />
  </Icon>
);
export const StatisticsIcon = () => (
  <Icon>
    <path d="M2.5 2.5v13h13M5.5 11.5l3-3.5 2.5 2 4-5" />
  </Icon>
);
export const DoctorIcon = () => (
  <Icon>
    <path d="M2 9.5h3l2-5 3.5 9 2-4H16" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M2.5 5h6M12.5 5h3M2.5 13h3M9.5 13h6" />
    <circle cx="10.5" cy="5" r="2" />
    <circle cx="7.5" cy="13" r="2" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M4 9h.01M9 9h.01M14 9h.01" strokeWidth="2.5" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M4.5 12.5V8a4.5 4.5 0 0 1 9 0v4.5l1 1h-11zM7.5 15.5h3" />
  </Icon>
);
