/**
 * A worker started for one task: a pool of one, which closes when the task ends.
 *
 * Receives requests from `DedicatedWorker`, hands the task to the worker's own line. A worker that ends settles its task before
 * its seat is free, so the pool has closed by then, and no worker replaces the first.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { MakePipe } from "../../model/channel.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import { type DedicatedWorker, resolveStart, type StartOptions } from "../../model/dedicated.ts"
import { own } from "../../model/own.ts"
import { TaskError, WorkerLost } from "../../../TaskError.ts"
import type { WorkerTransport } from "../../../WorkerTransport.ts"
import { fork } from "../admission/handle.ts"
import { exitOf } from "../admission/reserve.ts"
import type { Pin } from "../tasks/HostTask.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import { open } from "./service.ts"

/** Makes the payload, given what makes the pipes of the worker's pool. */
export type MakePayload = (makePipe: MakePipe) => Effect.Effect<unknown, never, Scope.Scope>

/** Succeeds when the worker is ready and has been sent the task. */
export const start = Effect.fnUntraced(function* (
  definition: TaskDefinition,
  makePayload: MakePayload,
  given: StartOptions | undefined
): Effect.fn.Return<DedicatedWorker<any, any>, TaskError, WorkerTransport | Scope.Scope> {
  const { grace, name, startTimeout } = resolveStart(given, definition.name)
  let worker: HostWorker | undefined
  const engine = yield* open({ name, size: 1, startTimeout, restarts: { intensity: 0 } }, (made) => {
    // Before the pool opens, and its caller goes on.
    made.signals.workers.ready.lead((ready) => (worker ??= ready))
  })
  const mine = worker!
  if (mine.isOver) {
    engine.close()
    const reason = new WorkerLost(own({ ...mine.exitDetail, phase: "queue", running: [] }))
    return yield* new TaskError({ task: definition.name, reason })
  }
  const payload = yield* makePayload((settings) => Effect.sync(() => engine.channels.makePair(settings)))
  const pin: Pin = { line: mine.pinned, settled: () => engine.close() }
  const task = yield* fork(engine, definition, payload, grace === undefined ? undefined : { grace }, pin)
  // A refused task has no number, and ends nothing: the worker would wait for it.
  if (task.id === 0) {
    engine.close()
    return yield* task.await
  }
  const exit = exitOf(engine, mine)
  const { pid, threadId } = mine.outside
  const kill = Effect.sync(() => mine.terminate("kill"))
  return {
    name,
    pid,
    threadId,
    join: Effect.andThen(exit, task.await),
    exit,
    isAlive: Effect.sync(() => !mine.isOver),
    terminate: Effect.tap(task.interrupt, () => exit),
    // The interruption comes first, so that the receipt tells of a forced end, not of a crash.
    kill: Effect.map(
      Effect.all([task.interrupt, kill, exit], { concurrency: "unbounded" }),
      ([receipt]) => receipt
    )
  }
})
