/**
 * `SharedMemory`: whether workers can share memory with this program.
 *
 * @since 0.3.0
 */
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"

/**
 * Whether the workers of the transport see the memory of this program: threads do, child processes do not. A `SharedArray` in a payload
 * for a worker that does not is refused with `NotSerializable`.
 *
 * **Example** (Threads or processes)
 *
 * ```ts
 * import { NodeProcesses, NodeThreads, SharedMemory } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * console.log(await Effect.runPromise(Effect.provide(SharedMemory.isShared, NodeThreads.layer()))) // => true
 * console.log(await Effect.runPromise(Effect.provide(SharedMemory.isShared, NodeProcesses.layer()))) // => false
 * ```
 *
 * @category accessors
 * @since 0.3.0
 */
export const isShared: Effect.Effect<boolean, never, WorkerTransport> = Effect.map(
  WorkerTransport,
  ({ sharedMemory }) => sharedMemory
)
