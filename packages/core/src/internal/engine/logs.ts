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
import type { WorkerLost } from "../../TaskError.ts"
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
    Effect.logWithLevel(level)(...message).pipe(
      Effect.annotateLogs(annotations),
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

/** A worker that did not stop as it was asked to; `failure` is `undefined` for one that was only too slow. */
export const logBadStop = (
  context: Context.Context<never>,
  worker: WorkerId,
  failure: WorkerLost | undefined,
  grace: number
): void => {
  const log =
    failure === undefined
      ? Effect.logWarning(
          `worker ${worker} did not stop within its grace of ${grace} ms and was terminated: finalizers of its layer may not have run`
        )
      : Effect.logError(failure.message, Cause.die(failure.cause ?? failure))
  Effect.runSyncExitWith(context)(Effect.annotateLogs(log, { worker }))
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
