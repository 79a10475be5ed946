/**
 * Explains a missing service: names the task, the service, and where to provide the layer.
 *
 * Effect's own defect names the service alone. The caller is on another thread, and sees neither which handler asked
 * nor where the service belongs.
 *
 * @since 0.1.0
 */
import { isError } from "../model/brands.ts"
import * as Cause from "effect/Cause"
import type { RouteTarget } from "./handlers/handlers.ts"

const notFound = /^Service not found: (.+)$/

/**
 * Returns the same cause, with a better message for each missing service. Effect's own defect becomes the new error's
 * `cause`.
 */
export const explainMissing = (
  cause: Cause.Cause<unknown>,
  { module, name }: Pick<RouteTarget, "module" | "name">
): Cause.Cause<unknown> => {
  const reasons = cause.reasons.map((reason) => {
    const service = reason._tag === "Die" ? missingService(reason.defect) : undefined
    if (reason._tag !== "Die" || service === undefined) return reason
    const remedy =
      module === undefined
        ? "provide its layer to the handler's layer, in the entry of the worker"
        : "a module's function is given none, so define the task with Task.make and serve it with toLayer"
    const message = `${name} needs the service ${service}, which its worker does not provide: ${remedy}`
    return Cause.makeDieReason(new Error(message, { cause: reason.defect }))
  })
  return reasons.every((reason, index) => reason === cause.reasons[index])
    ? cause
    : Cause.fromReasons(reasons)
}

/** A defect can be any value; a defect that throws when read is no missing service. */
const missingService = (defect: unknown): string | undefined => {
  try {
    return isError(defect) ? notFound.exec(defect.message)?.[1] : undefined
  } catch {
    return undefined
  }
}
