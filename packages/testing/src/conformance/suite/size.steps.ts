/**
 * Observations of cases about the lives of workers: the present workers, and the number of living ones.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import { type Activity, type Memory, WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Harness } from "./Harness.ts"
import type { Census } from "./Watch.ts"

/**
 * Counts living workers, from the platform's view.
 *
 * @category models
 * @since 0.1.0
 */
export interface Alive extends Census {
  most: number
}

/**
 * @category constructors
 * @since 0.1.0
 */
export const counting = (): Alive => {
  const census = { spawned: 0, exited: 0, most: 0 }
  return new Proxy(census, {
    set: (target, key, value: number) => {
      Reflect.set(target, key, value)
      target.most = Math.max(target.most, target.spawned - target.exited)
      return true
    }
  })
}

/**
 * The present workers, in order of their numbers.
 *
 * @category observing
 * @since 0.1.0
 */
export const present: Effect.Effect<Array<number>, never, TaskPool.TaskPool> = Effect.map(
  TaskPool.snapshot,
  ({ workers }) => workers.map(({ worker }) => worker).toSorted((a, b) => a - b)
)

/**
 * A case's stand-in for the host's observation of workers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Appearance {
  readonly memory?: () => Memory
  readonly activity?: (worker: number) => Activity
  /** Whether each worker is a process; default: as the harness says. */
  readonly isProcess?: boolean
}

/**
 * The same harness, but workers look as the case says.
 *
 * @category observing
 * @since 0.1.0
 */
export const seen = (harness: Harness, { activity, isProcess, memory }: Appearance): Harness => ({
  ...harness,
  transport: (options) =>
    Layer.effect(
      WorkerTransport,
      Effect.map(WorkerTransport, (transport) => ({
        ...transport,
        isProcess: isProcess ?? transport.isProcess,
        spawn: (start, listener) =>
          Object.assign(transport.spawn(start, listener), {
            memory: memory && ((report: (memory: Memory) => void) => report(memory())),
            activity:
              activity && ((report: (activity: Activity) => void) => report(activity(start.workerEpoch)))
          })
      }))
    ).pipe(Layer.provide(harness.transport(options)))
})
