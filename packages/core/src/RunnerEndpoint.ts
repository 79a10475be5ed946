/**
 * `RunnerEndpoint`: the worker's port to its host.
 *
 * @since 0.1.0
 */
import type { Movable } from "./internal/model/movable.ts"
import * as Context from "effect/Context"
import type { Frame, Start } from "./protocol/messages/Message.ts"

/**
 * - `start`: what the host said when it started this worker.
 * - `post`: throws what the platform throws when a frame cannot be cloned.
 * - `listen`: frames from now on, in order; those that came before are delivered first.
 * - `endOfTurn`: as in `WorkerTransport`.
 * - `importModule`: loads a plain module of `Task.fromModule`.
 * - `close`: the runner is done; the worker may end.
 * - `isProcess`: as in `WorkerTransport`.
 * - `isExotic`: as in `WorkerTransport`.
 * - `quiet`: nothing runs and nothing waits to run, until the next frame: the endpoint may wait for it in a way that is
 *   quicker than its event loop.
 * - `onServe`: before the layer is built: how to learn the name of the task that the code which runs right now belongs to.
 *
 * @category services
 * @since 0.1.0
 */
export class RunnerEndpoint extends Context.Service<
  RunnerEndpoint,
  {
    readonly start: Start
    readonly post: (frame: Frame, transfer?: ReadonlyArray<Movable>) => void
    readonly listen: (onFrame: (frame: Frame) => void) => void
    readonly endOfTurn: (callback: () => void) => void
    readonly importModule: (url: string) => Promise<Record<string, unknown>>
    readonly close: () => void
    readonly isProcess?: boolean | undefined
    readonly isExotic?: ((value: object) => boolean) | undefined
    readonly quiet?: (() => void) | undefined
    readonly onServe?: ((currentTask: () => string | undefined) => void) | undefined
  }
>()("@heddle/core/RunnerEndpoint") {}
