/**
 * Reduces outcomes to the part which an interrupted caller still receives: defects.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"

/** The defects of an exit, which finalizers may have raised; `undefined` when there are none. */
export const defectsOf = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<never> | undefined => {
  const defects = exit._tag === "Success" ? [] : exit.cause.reasons.filter(Cause.isDieReason)
  return defects.length === 0 ? undefined : Exit.failCause(Cause.fromReasons(defects))
}

/** Reduces an exit to its defects: values and failures have no reader after an interruption. */
export const onlyDefects = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<void> =>
  defectsOf(exit) ?? Exit.void
