// Tests that a platform cannot run.
import { it } from "vitest"

/** `it`; with a reason not to run, a test that is skipped and says so. A run prints each reason at its end. */
export const itUnless =
  (reason: string | false) =>
  (name: string, run: () => Promise<unknown>, timeout?: number): void =>
    it(
      name,
      async ({ skip }) => {
        skip(reason !== false, reason || undefined)
        await run()
      },
      timeout
    )
