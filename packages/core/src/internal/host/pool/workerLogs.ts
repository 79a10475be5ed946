/**
 * Logs the log entries and the printed lines of workers on the host, with the host's loggers and log level.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Severity } from "effect/LogLevel"
import * as Cause from "effect/Cause"
import * as References from "effect/References"
import type { WorkerId } from "../../model/ids.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import type { LogData } from "../../../protocol/messages/Message.ts"
import type { WorkerLost } from "../../../TaskError.ts"
import type { PrintedLine } from "../../../WorkerTransport.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import { type LoggerFailure, logNow } from "../../shared/hostLog.ts"

const severities = new Set<string>(["Fatal", "Error", "Warn", "Info", "Debug", "Trace"])

/** Forwards a log entry, annotated with the worker, and with the task while the task is running. */
export const forwardLog = (
  context: Context.Context<never>,
  worker: WorkerId,
  task: HostTask | undefined,
  log: LogData
): LoggerFailure => {
  const level = (severities.has(log.level) ? log.level : "Info") as Severity
  const annotations: Record<string, unknown> = { worker }
  if (task !== undefined) annotations["task"] = task.name
  for (const key of Object.keys(log.annotations ?? {})) {
    if (key !== "__proto__") annotations[key] = log.annotations[key]
  }
  const message = log.cause.length === 0 ? log.message : [...log.message, causeOf(log)]
  const base = task?.fiber.pollUnsafe() === undefined ? (task?.fiber.context ?? context) : context
  // Log at once: in fibers of their own, entries could overtake each other.
  return logNow(
    base,
    // Annotate a complete Effect: a bare record with one of Effect's keys would pass for an Effect (S210).
    Effect.annotateLogs(Effect.logWithLevel(level)(...message), annotations).pipe(
      Effect.provideService(References.CurrentLogSpans, log.spans as Array<[string, number]>)
    )
  )
}

/** Logs a line printed by a worker, with the pool's own loggers: the task which printed the line may have ended. */
export const logPrinted = (
  context: Context.Context<never>,
  worker: WorkerId,
  { line, stream, task }: PrintedLine
): LoggerFailure => {
  const annotations = { worker, stream, ...(task === undefined ? undefined : { task }) }
  return logNow(
    context,
    Effect.annotateLogs(Effect.logWithLevel(stream === "stdout" ? "Info" : "Warn")(line), annotations)
  )
}

/** Warns the user why the program does not exit. */
export const reportLeftBehind = (context: Context.Context<never>, workers: ReadonlyArray<WorkerId>): void => {
  const which = workers.length === 1 ? "Worker" : "Workers"
  const message = `${which} ${workers.join(", ")} of a pool that has closed did not end: native code holds what cannot be terminated. The program can exit once that code returns. Use processes for such work.`
  logNow(context, Effect.logWarning(message))
}

/** Logs a failed stop. `failure` is `undefined` for a worker which was merely too slow. */
export const logBadStop = (
  context: Context.Context<never>,
  worker: WorkerId,
  failure: WorkerLost | undefined,
  grace: number
): LoggerFailure => {
  const log =
    failure === undefined
      ? Effect.logWarning(
          `worker ${worker} did not stop within its grace of ${grace} ms and was terminated: finalizers of its layer may not have run`
        )
      : Effect.logError(failure.message, Cause.die(failure.cause ?? failure))
  return logNow(context, Effect.annotateLogs(log, { worker }))
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
