/**
 * Logs of an engine on the host, with the loggers and the level of the engine's context.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type { Thrower } from "./EventBus.ts"

/** The loggers which have thrown, and the error; `undefined` if none has. */
export type LoggerFailure = { readonly loggers: object; readonly cause: unknown } | undefined

/** Logs on the caller's stack; returns which loggers have thrown. */
export const logNow = (context: Context.Context<never>, entry: Effect.Effect<void>): LoggerFailure => {
  const exit = Effect.runSyncExitWith(context)(entry)
  return exit._tag === "Success"
    ? undefined
    : { loggers: Context.get(context, References.CurrentLoggers), cause: Cause.squash(exit.cause) }
}

const descriptions: Record<Thrower, string> = {
  listener: "A listener to the events of a",
  observer: "An observer of a task of a",
  caller: "An observer of a fiber that called a",
  logger: "A logger of a",
  schedule: "The back-off schedule of a"
}

/**
 * Reports to the user an error thrown by the user's code on the engine's stack. If a logger has thrown, Effect's default
 * logger reports.
 */
export const reportThrown = (
  context: Context.Context<never>,
  what: string,
  whose: Thrower,
  cause: unknown
): void => {
  const message = `${descriptions[whose]} ${what} has thrown. The ${what} goes on; this is reported once.`
  const entry = Effect.logError(message, Cause.die(cause))
  if (whose !== "logger" && logNow(context, entry) === undefined) return
  logNow(Context.add(context, References.CurrentLoggers, References.CurrentLoggers.defaultValue()), entry)
}
