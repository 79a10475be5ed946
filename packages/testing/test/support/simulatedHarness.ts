// The simulated workers, as the conformance suite sees them.
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import type { Harness, TransportOptions } from "@heddle/testing/conformance/suite/Harness"
import * as handlers from "@heddle/testing/conformance/suite/handlers"
import { nativeMillis, Saboteur } from "@heddle/testing/conformance/suite/Saboteur"
import { slowMillis, startOf } from "@heddle/testing/conformance/suite/StartMode"
import * as Fault from "@heddle/testing/simulation/Fault"
import * as SimulatedWorkers from "@heddle/testing/simulation/SimulatedWorkers"
import * as Simulation from "@heddle/testing/simulation/Simulation"

type Control = SimulatedWorkers.Control["Service"]

const faultsOf =
  ({ start }: TransportOptions): Fault.Decide =>
  (point) => {
    if (point.at === "duringRun" && point.task === "BlockNative") return Fault.stuck(nativeMillis)
    if (point.at !== "spawn") return undefined
    switch (startOf(start, point.worker)) {
      case "slow":
        return Fault.slowStart(slowMillis)
      case "throws":
        return Fault.crashAtStart({ exitCode: 1, cause: new Error("thrown at import") })
      case "exits":
        return Fault.crashAtStart({ exitCode: 7 })
      case "leaves":
        return Fault.crashAtStart({ exitCode: 0 })
      case "hangs":
        return Fault.hangAtStart()
      default:
        return undefined
    }
  }

/** `Control` does the harm done by a worker's own code, at the same point of the code. */
const saboteur = (control: () => Control): Layer.Layer<Saboteur> =>
  Layer.effect(
    Saboteur,
    Effect.gen(function* () {
      const { workerEpoch } = Option.getOrThrow(yield* Effect.serviceOption(RunnerEndpoint)).start
      const dispatcher = (yield* Scheduler.Scheduler).makeDispatcher()
      const die = (death: Fault.Death) =>
        Effect.andThen(
          Effect.suspend(() => control().crash(workerEpoch, death)),
          Effect.never
        )
      const throwLater = (error: unknown) =>
        Effect.sync(() =>
          dispatcher.scheduleTask(() => {
            throw error
          }, 0)
        )
      const spinUntil = (isDone: () => boolean): Effect.Effect<void> =>
        Effect.uninterruptible(
          Effect.whileLoop({ while: () => !isDone(), body: () => Effect.sleep(1), step: () => {} })
        )
      return {
        exit: (code) => die({ exitCode: code }),
        throwLater,
        rejectLater: throwLater,
        spin: Effect.andThen(
          Effect.suspend(() => control().pause(workerEpoch)),
          Effect.never
        ),
        spinUntil,
        exhaustHeap: die({ exitCode: 1, outOfMemory: true, cause: new RangeError("heap out of memory") }),
        blockNative: Effect.void,
        stray: (message) => Effect.suspend(() => control().stray(workerEpoch, message)),
        stderr: () => Effect.void
      }
    })
  )

const transport = (options: TransportOptions, sharedMemory: boolean): Layer.Layer<WorkerTransport> =>
  Layer.effectContext(
    Effect.gen(function* () {
      let control: Control | undefined
      const served = Layer.provide(
        handlers.layer(options.start),
        saboteur(() => control!)
      )
      const context = yield* Layer.build(
        SimulatedWorkers.layer(served, { faults: faultsOf(options), sharedMemory })
      )
      control = Context.get(context, SimulatedWorkers.Control)
      return Context.make(WorkerTransport, Context.get(context, WorkerTransport))
    })
  )

export const simulated = (options: Simulation.PromiseOptions = {}, sharedMemory = true): Harness => ({
  name: "simulated workers",
  has: { sharedMemory, realThreads: false, native: true, strays: true },
  transport: (transportOptions = {}) => transport(transportOptions, sharedMemory),
  run: async (effect) => {
    const { exit, left } = await Simulation.runPromise(effect, options)
    if (Exit.isSuccess(exit) && left.fibers + left.timers > 0) {
      return Exit.die(new Error(`left behind: ${left.fibers} fibers, ${left.timers} timers: G2`))
    }
    return exit
  }
})
