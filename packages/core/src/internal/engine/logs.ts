/**
 * Log entries of workers, and what they print, logged on the host: its loggers and level decide.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Severity } from "effect/LogLevel"
import * as Cause from "effect/Cause"
import * as References from "effect/References"
import type { WorkerId } from "../model/ids.ts"
import * as Defect from "../../protocol/Defect.ts"
import type { LogData } from "../../protocol/Message.ts"
import type { PrintedLine } from "../../WorkerTransport.ts"
import type { Entry } from "./Entry.ts"

const severities = new Set<string>(["Fatal", "Error", "Warn", "Info", "Debug", "Trace"])

/** Annotated with the worker, and with the task while it runs. */
export const forwardLog = (
  context: Context.Context<never>,
  worker: WorkerId,
  entry: Entry | undefined,
  log: LogData
): void => {
  const level = (severities.has(log.level) ? log.level : "Info") as Severity
  const annotations: Record<string, unknown> = { worker }
  if (entry !== undefined) annotations["task"] = entry.name
  for (const key of Object.keys(log.annotations ?? {})) {
    if (key !== "__proto__") annotations[key] = log.annotations[key]
  }
  const message = log.cause.length === 0 ? log.message : [...log.message, causeOf(log)]
  const base = entry?.fiber.pollUnsafe() === undefined ? (entry?.fiber.context ?? context) : context
  // At once: as a fiber of its own each entry could overtake the one before it.
  Effect.runSyncExitWith(base)(
    // The annotations go second: alone, a record with a key of Effect's would pass for an Effect (S210).
    Effect.annotateLogs(Effect.logWithLevel(level)(...message), annotations).pipe(
      Effect.provideService(References.CurrentLogSpans, log.spans as Array<[string, number]>)
    )
  )
}

/** A line that a worker printed. The pool's own loggers hear it: whose it was may be over by now. */
export const logPrinted = (
  context: Context.Context<never>,
  worker: WorkerId,
  { line, stream, task }: PrintedLine
): void => {
  const annotations = { worker, stream, ...(task === undefined ? undefined : { task }) }
  Effect.runSyncExitWith(context)(
    Effect.annotateLogs(Effect.logWithLevel(stream === "stdout" ? "Info" : "Warn")(line), annotations)
  )
}

const causeOf = (log: LogData): Cause.Cause<unknown> =>
  Cause.fromReasons(
    log.cause.map((reason) =>
      reason[0] === "Die"
        ? Cause.makeDieReason(Defect.decode(reason[1]))
        : reason[0] === "Interrupt"
          ? Cause.makeInterruptReason()
          : Cause.makeFailReason(reason[1])
    )
  )
