/**
 * Says of a service that is not there what its worker should have provided.
 *
 * Effect's own defect names the service alone. Its caller is on another thread, and reads neither whose handler asked nor where
 * the service belongs.
 *
 * @since 0.1.0
 */
import { isError } from "../model/brands.ts"
import * as Cause from "effect/Cause"
import type { RouteTarget } from "./handlers/handlers.ts"

const notFound = /^Service not found: (.+)$/

/** The same cause, with a better message where a service was missing. The defect that Effect made is the cause of it. */
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

/** Defects are anything: one that throws when it is read says nothing of services. */
const missingService = (defect: unknown): string | undefined => {
  try {
    return isError(defect) ? notFound.exec(defect.message)?.[1] : undefined
  } catch {
    return undefined
  }
}
