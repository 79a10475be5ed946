/**
 * `RunnerEndpoint`: the worker's port to its host.
 *
 * @since 0.1.0
 */
import type { Movable } from "./internal/model/movable.ts"
import * as Context from "effect/Context"
import type { Frame, Start } from "./protocol/messages/Message.ts"

/**
 * - `start`: the data given by the host at the start of this worker.
 * - `post`: throws the platform's exception if a frame cannot be cloned.
 * - `listen`: delivers frames from now on, in order; earlier frames are delivered first.
 * - `endOfTurn`: as in `WorkerTransport`.
 * - `importModule`: loads a plain module of `Task.fromModule`.
 * - `close`: the runner is done, so the worker may end.
 * - `isProcess`: as in `WorkerTransport`.
 * - `isExotic`: as in `WorkerTransport`.
 * - `quiet`: nothing runs and nothing waits to run, until the next frame; tasks that wait for a channel do not count as running. The
 *   endpoint may wait for the frame by a faster way than its event loop, while nothing else is open in the worker.
 * - `onServe`: called before the layer is built, with a function that returns the name of the currently running task.
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
