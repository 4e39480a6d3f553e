import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { api, Problem, wordsOf } from "./api/rest";
import { enterByLink } from "./api/session";
import { live } from "./live/browser";
import { useLink } from "./live/hooks";
import { SignIn } from "./pages/SignIn";
import { Failure } from "./parts/Button";
import { ErrorBoundary } from "./parts/ErrorBoundary";
import { HintProvider } from "./parts/Hint";
import { router } from "./router";

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: true, staleTime: 5_000 } },
});

/** Is this browser let in? Then the live store runs and the pages show. */
export function App() {
  const [inside, setInside] = useState(false);
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const link = useLink();

  const enter = useCallback(async () => {
    setProblem(null);
    try {
      await enterByLink();
    } catch (err) {
      // A used or old link, in a browser that may be signed in all the same.
      setProblem(wordsOf(err));
    }
    try {
      await api.state();
      setInside(true);
      live.start();
    } catch (err) {
      const refused = err instanceof Problem && (err.status === 401 || err.status === 403);
      setInside(!refused);
      if (!refused) live.start(); // no answer yet: the store tries again and says so
    }
    setAsked(true);
  }, []);

  useEffect(() => {
    void enter();
    // A new one-time link opened in this tab changes only the fragment.
    const onHash = () => {
      if (location.hash.includes("token=")) void enter();
    };
    window.addEventListener("hashchange", onHash);
    return () => window.removeEventListener("hashchange", onHash);
  }, [enter]);

  if (!asked) return null;
  if (!inside || link.state === "signedout") return <SignIn problem={problem} onEntered={() => void enter()} />;
  return (
    <ErrorBoundary fallback={(err) => <Broken words={wordsOf(err)} />}>
      <QueryClientProvider client={queries}>
        <HintProvider>
          <RouterProvider router={router} />
        </HintProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}

function Broken({ words }: { words: string }) {
  return (
    <main className="mx-auto max-w-lg space-y-4 p-6">
      <h1 className="text-[20px] leading-7">This page failed to draw</h1>
      <p>Mining is not touched by it. Load the page again; in a terminal, adit status shows the same state.</p>
      <Failure words={words} />
    </main>
  );
}
