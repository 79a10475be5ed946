/**
 * `NodeHost`: the entry of a program with pools, and the handling of signals.
 *
 * **Why not `NodeRuntime.runMain`.** Effect's own exits with 130 for SIGTERM as well, and ignores a second signal: with a
 * finalizer that hangs, only SIGKILL ends the program, and runs no further finalizer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Runtime from "effect/Runtime"
import { own } from "./internal/own.ts"
import * as processGroup from "./internal/processGroup.ts"

/**
 * - `disableErrorReporting`: do not log the cause of a failure. Default `false`.
 * - `teardown`: maps the exit of a program to an exit code, unless a signal ended the program. Default: Effect's, 0 for a success,
 *   130 for an interruption, else 1 or the error's own code.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly disableErrorReporting?: boolean | undefined
  readonly teardown?: Runtime.Teardown | undefined
}

/** By the convention of shells, 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

type Signal = keyof typeof exitCodes

const signals = Object.keys(exitCodes) as ReadonlyArray<Signal>

/**
 * Runs a program as the main program of this process.
 *
 * **Details**
 *
 * - The first SIGINT or SIGTERM interrupts the program and waits for its finalizers, so pools close and their workers
 *   end. Then the process exits with 130 or 143. A Ctrl-C in a terminal does not reach workers: processes are in groups of
 *   their own, and threads get no signals.
 * - A second SIGINT or SIGTERM forces: every worker process is killed with its descendants, and this process dies of the
 *   signal at once, even while threads run native code. Shells show 130 or 143 for such an end too.
 * - Without a signal, a success lets the process end when nothing is left to do. Otherwise the process exits with the code
 *   of `teardown`.
 *
 * **Gotchas**
 *
 * A program with a blocked event loop hears no signal until the loop turns. A thread inside of native code keeps the process
 * from exiting until the code returns (G4); a second signal does not wait.
 *
 * @example
 * ```ts no-run
 * import { Task, TaskPool } from "@heddle/core"
 * import { NodeHost, NodeProcesses } from "@heddle/node-workers"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Schema from "effect/Schema"
 *
 * const Index = Task.make("Index", { payload: { folder: Schema.String } })
 *
 * const workers = NodeProcesses.layer({ entry: new URL("./worker.ts", import.meta.url) })
 *
 * Index({ folder: "/var/log" }).pipe(
 *   Effect.provide(Layer.provide(TaskPool.layer({ size: 4 }), workers)),
 *   NodeHost.runMain
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const runMain: {
  (options?: Options): <E, A>(effect: Effect.Effect<A, E>) => void
  <E, A>(effect: Effect.Effect<A, E>, options?: Options): void
} = dual(
  (args) => Effect.isEffect(args[0]),
  <E, A>(effect: Effect.Effect<A, E>, options: Options = {}) => main(effect, own(options))
)

const main = Runtime.makeRunMain(({ fiber, teardown }) => {
  let first: Signal | undefined
  const onSignal = (signal: Signal): void => {
    if (first !== undefined) return force(signal)
    first = signal
    fiber.interruptUnsafe(fiber.id)
  }
  for (const signal of signals) process.on(signal, onSignal)
  fiber.addObserver((exit) => {
    // From here on signals have their default effect. The exit may still wait for a thread in native code.
    for (const signal of signals) process.off(signal, onSignal)
    if (first !== undefined) process.exit(exitCodes[first])
    teardown(exit, (code) => {
      if (code !== 0) process.exit(code)
    })
  })
})

/** Dies of the signal. `process.exit` would wait for threads; a signal without a listener does not. */
const force = (signal: Signal): void => {
  processGroup.killAll()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}
