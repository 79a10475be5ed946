/**
 * What a pool hands out to its user: events and task states as streams, handles, reserved workers. Workers do not import this
 * file, so they start without `Stream`. Wires only.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { PoolEvent } from "../../../PoolEvent.ts"
import { defaults } from "../../model/defaults.ts"
import type { TaskStatus } from "../../model/outcome.ts"
import type { Progress } from "../../model/progress.ts"
import { openStream, pack } from "../../model/callable.ts"
import { type AnyTask, TypeId } from "../../model/definition.ts"
import type { ForEachOptions, ForkedTask, PoolService, ReservedWorker, TaskHandle } from "../../model/pool.ts"
import type { Reserved } from "../../model/reservation.ts"

/** `start` begins to offer to the queue, and returns a function which stops offering. */
const watch = <A>(
  start: (queue: Queue.Queue<A, any>) => () => void,
  options?: { readonly bufferSize: number; readonly strategy: "sliding" }
): Stream.Stream<A> =>
  Stream.callback<A>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => start(queue)),
        (stop) => Effect.sync(stop)
      ),
    options
  )

export const eventsOf = (pool: PoolService): Stream.Stream<PoolEvent> =>
  watch<PoolEvent>(
    (queue) =>
      pool.subscribe(
        (event) => Queue.offerUnsafe(queue, event),
        () => Queue.endUnsafe(queue)
      ),
    { bufferSize: defaults.eventBuffer, strategy: "sliding" }
  )

export const toHandle = (forked: ForkedTask): TaskHandle<any, any> => ({
  id: forked.id,
  await: forked.await,
  interrupt: forked.interrupt,
  setDeadline: (deadline) => forked.setDeadline(deadline),
  observe: watch<TaskStatus>((queue) =>
    forked.watch((status) => {
      Queue.offerUnsafe(queue, status)
      if (status === "settled") Queue.endUnsafe(queue)
    })
  ),
  progress: watch<Progress>(
    (queue) =>
      forked.watchProgress(
        (progress) => Queue.offerUnsafe(queue, progress),
        () => Queue.endUnsafe(queue)
      ),
    { bufferSize: 1, strategy: "sliding" }
  )
})

export const toReserved = (worker: ReservedWorker): Reserved => ({
  worker: worker.worker,
  run: (task, payload, options) => worker.run(task[TypeId], pack(task, payload), options),
  forEach: (task: AnyTask, inputs: Iterable<unknown>, options?: ForEachOptions) =>
    worker.forEach(task[TypeId], inputs, options),
  runStream: (task: AnyTask, payload: unknown, ...rest: ReadonlyArray<any>) =>
    openStream(worker, task, payload, rest) as Stream.Stream<any, any>,
  fork: (task, payload, options) =>
    Effect.map(worker.fork(task[TypeId], pack(task, payload), options), toHandle),
  exit: worker.exit,
  snapshot: worker.snapshot
})
