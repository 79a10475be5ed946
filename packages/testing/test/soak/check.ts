import type { Explore } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"

/** How a schedule of the soak must end: well, and with nothing left behind (G2). */
export const check = ({
  exit,
  left
}: Parameters<NonNullable<Explore.Options<void, unknown>["check"]>>[0]): void => {
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  if (left.fibers + left.timers > 0)
    throw new Error(`G2: ${left.fibers} fibers and ${left.timers} timers are left`)
}
