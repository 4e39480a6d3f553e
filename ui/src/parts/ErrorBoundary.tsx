import { Component, type ReactNode } from "react";

interface Props {
  children: ReactNode;
  /** Shown instead when drawing failed. */
  fallback: (err: unknown) => ReactNode;
}

/** Keeps one part's fault from taking the page along. */
export class ErrorBoundary extends Component<Props, { err: unknown; failed: boolean }> {
  override state = { err: null as unknown, failed: false };

  static getDerivedStateFromError(err: unknown) {
    return { err, failed: true };
  }

  override render() {
    return this.state.failed ? this.props.fallback(this.state.err) : this.props.children;
  }
}
