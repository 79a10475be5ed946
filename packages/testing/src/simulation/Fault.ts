/**
 * `Fault`: the faults of a simulated worker, and their places.
 *
 * A fault happens at a {@link Point} in the life of a worker. In a list, each fault says by `worker`, `task` and
 * `nth` which points are meant; a function is asked at every point. Both are deterministic (G12).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * A moment in the life of a worker.
 *
 * - `spawn`: the host asks for a worker.
 * - `beforeRun`: a frame with the task has arrived, and the worker has not looked at it.
 * - `duringRun`: the handler is called; once per item of a chunk.
 * - `afterRun`: the handler has ended, finalizers included; nothing is made of its result yet.
 * - `beforeReply`, `afterReply`: the frame with the task's reply is about to be posted, or was.
 * - `idle`: the worker has become ready, or has no unanswered task.
 * - `stop`: the host has asked the worker to stop, and the worker has not looked at it.
 *
 * @category models
 * @since 0.1.0
 */
export type At =
  | "spawn"
  | "beforeRun"
  | "duringRun"
  | "afterRun"
  | "beforeReply"
  | "afterReply"
  | "idle"
  | "stop"

/**
 * - `worker`: the number of the spawn, from 1; refused spawns count.
 * - `task`: absent at `spawn` and `stop`, and at `idle` before the first reply.
 * - `nth`: the count of this point with this task, on all workers together, from 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface Point {
  readonly at: At
  readonly worker: number
  readonly task: string | undefined
  readonly nth: number
}

/**
 * The points of a fault; an absent property means any. `nth` counts only points fitting the rest, from 1;
 * without `nth`, the fault happens every time. `times`: at the first so many matching points, and at no later one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Where {
  readonly worker?: number | undefined
  readonly task?: string | undefined
  readonly nth?: number | undefined
  readonly times?: number | undefined
}

/**
 * How a worker dies. Default: exit code 1. With `signal` there is no exit code.
 *
 * @category models
 * @since 0.1.0
 */
export interface Death {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly outOfMemory?: boolean | undefined
  /** The uncaught exception behind the death. */
  readonly cause?: unknown
}

/**
 * Where in the life of a worker a {@link crash} happens.
 *
 * @category models
 * @since 0.1.0
 */
export type CrashAt = Exclude<At, "spawn">

/**
 * @category models
 * @since 0.1.0
 */
export type Fault = Where &
  (
    | { readonly _tag: "SpawnRefused"; readonly cause: unknown }
    | { readonly _tag: "SlowStart"; readonly millis: number }
    | { readonly _tag: "HangAtStart" }
    | ({ readonly _tag: "CrashAtStart" } & Death)
    | ({ readonly _tag: "Crash"; readonly at: CrashAt; readonly after: number } & Death)
    | { readonly _tag: "Hang" }
    | { readonly _tag: "Stuck"; readonly millis: number }
    | { readonly _tag: "Stopped"; readonly millis: number }
    | { readonly _tag: "HangAtStop" }
    | { readonly _tag: "SlowLink"; readonly millis: number }
    | { readonly _tag: "LateFrame"; readonly millis: number }
    | { readonly _tag: "HostPause"; readonly millis: number }
    | { readonly _tag: "ClockJump"; readonly millis: number }
    | { readonly _tag: "DropFrame" }
    | { readonly _tag: "DropReply" }
    | { readonly _tag: "DuplicateFrame" }
    | { readonly _tag: "MalformedReply"; readonly raw: unknown }
    | { readonly _tag: "Stray"; readonly message: unknown }
  )

/**
 * Decides at every point. An answer unfit for the point is no fault.
 *
 * @category models
 * @since 0.1.0
 */
export type Decide = (point: Point) => Fault | undefined

/**
 * The platform refuses to start a worker: `spawn` throws `cause`. With `times: 3`, three times.
 *
 * @category faults at start
 * @since 0.1.0
 */
export const spawnRefused = (where: Where & { readonly cause?: unknown } = {}): Fault => ({
  cause: new Error("spawn refused"),
  ...where,
  _tag: "SpawnRefused"
})

/**
 * The worker takes this long before building its handlers.
 *
 * @category faults at start
 * @since 0.1.0
 */
export const slowStart = (delay: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "SlowStart",
  millis: Duration.toMillis(delay)
})

/**
 * The worker never says anything, as with an endless loop at import.
 *
 * @category faults at start
 * @since 0.1.0
 */
export const hangAtStart = (where: Where = {}): Fault => ({ ...where, _tag: "HangAtStart" })

/**
 * The worker ends before becoming ready, as with a throw at import.
 *
 * @category faults at start
 * @since 0.1.0
 */
export const crashAtStart = (options: Where & Death = {}): Fault => ({ ...options, _tag: "CrashAtStart" })

/**
 * The worker dies. None of its finalizers run; its posted messages still arrive.
 *
 * `after` is a delay, for two places: at `duringRun`, counted from the start of the handler (default 0: at its
 * first suspension; in any case before its end), and at `idle` (default 1 ms; not if work arrives meanwhile).
 *
 * @category faults while running
 * @since 0.1.0
 */
export const crash = (
  at: CrashAt,
  options: Where & Death & { readonly after?: Duration.Input | undefined } = {}
): Fault => ({
  ...options,
  _tag: "Crash",
  at,
  after: options.after === undefined ? (at === "idle" ? 1 : 0) : Duration.toMillis(options.after)
})

/**
 * The handler never lets go, as `while (true) {}`: from its start on the worker processes nothing, until
 * terminated.
 *
 * @category faults while running
 * @since 0.1.0
 */
export const hang = (where: Where = {}): Fault => ({ ...where, _tag: "Hang" })

/**
 * The handler calls native code for this long: the worker processes nothing, and a termination takes
 * effect only when the call returns. Without a termination, the handler goes on.
 *
 * @category faults while running
 * @since 0.1.0
 */
export const stuck = (duration: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "Stuck",
  millis: Duration.toMillis(duration)
})

/**
 * The worker is stopped, as by `SIGSTOP`, and goes on after so long. Meanwhile the worker processes nothing; a termination takes
 * effect at once.
 *
 * @category faults while running
 * @since 0.1.0
 */
export const stopped = (duration: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "Stopped",
  millis: Duration.toMillis(duration)
})

/**
 * Asked to stop, the worker hangs instead, and must be terminated.
 *
 * @category faults while running
 * @since 0.1.0
 */
export const hangAtStop = (where: Where = {}): Fault => ({ ...where, _tag: "HangAtStop" })

/**
 * While a handler runs, the whole machine is suspended for so long: time leaps, nothing runs meanwhile, and every timer
 * due in between rings late. Only in a simulation.
 *
 * @category faults of the host
 * @since 0.1.0
 */
export const clockJump = (duration: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "ClockJump",
  millis: Duration.toMillis(duration)
})

/**
 * When a reply is about to be posted, the host's event loop blocks for so long, while workers go on: nothing reaches it,
 * and then everything at once. Its due timers ring before the messages on the channels are delivered, as after a real pause.
 *
 * @category faults of the host
 * @since 0.1.0
 */
export const hostPause = (duration: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "HostPause",
  millis: Duration.toMillis(duration)
})

/**
 * Every frame from and to the worker takes so much longer.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const slowLink = (delay: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "SlowLink",
  millis: Duration.toMillis(delay)
})

/**
 * The frame with the reply takes so much longer, and delays all later frames.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const lateFrame = (delay: Duration.Input, where: Where = {}): Fault => ({
  ...where,
  _tag: "LateFrame",
  millis: Duration.toMillis(delay)
})

/**
 * The frame with the reply never arrives, and its sequence number is missing: the next frame breaks the protocol.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const dropFrame = (where: Where = {}): Fault => ({ ...where, _tag: "DropFrame" })

/**
 * The reply is missing from its frame, with the right sequence number: as if lost by the worker.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const dropReply = (where: Where = {}): Fault => ({ ...where, _tag: "DropReply" })

/**
 * The frame with the reply arrives twice.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const duplicateFrame = (where: Where = {}): Fault => ({ ...where, _tag: "DuplicateFrame" })

/**
 * Another value arrives in place of the frame with the reply. Must be clonable.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const malformedReply = (raw: unknown, where: Where = {}): Fault => ({
  ...where,
  _tag: "MalformedReply",
  raw
})

/**
 * The handler posts a message outside of the private channel, then runs as usual. The message must be clonable.
 *
 * @category faults of the channel
 * @since 0.1.0
 */
export const stray = (message: unknown, where: Where = {}): Fault => ({ ...where, _tag: "Stray", message })
