/**
 * Conformance cases: PROC, a worker started for one task. The programs are those of Python's Process, each also
 * with a worker that dies in the middle.
 *
 * @since 0.2.0
 */
import { Supervisor } from "@heddle/core"
import * as DedicatedWorker from "@heddle/core/DedicatedWorker"
import type { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import {
  type Case,
  expect,
  expectEqual,
  expectFailure,
  expectReason,
  type Harness,
  type TransportOptions
} from "./Harness.ts"
import { Talk } from "./channel.tasks.ts"
import { ForkJoin } from "./nest.tasks.ts"
import * as Signal from "./Signal.ts"
import { range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { type Census, tapped } from "./Watch.ts"

const ints = { sends: Schema.Int, receives: Schema.Int }

const started = { startImmediately: true } as const

/** For cases of several starts, on machines that are slow. */
const patient = { startTimeout: 60_000 }

const withTransport = <A, E>(
  harness: Harness,
  effect: Effect.Effect<A, E, WorkerTransport | Scope.Scope>,
  transport?: TransportOptions
) => Effect.scoped(effect).pipe(Effect.provide(harness.transport(transport)))

/** A case that runs an effect with the harness's transport. */
const onTransport = <E>(
  name: string,
  effect: OnTransport<E> | ((harness: Harness) => OnTransport<E>),
  more?: Pick<Case, "timeout">
): Case => ({
  ...more,
  name,
  run: (harness) => withTransport(harness, typeof effect === "function" ? effect(harness) : effect)
})

type OnTransport<E> = Effect.Effect<void, E, WorkerTransport | Scope.Scope>

/** A worker on a transport of its own: the sabotage of simulated workers finds its worker by the order of spawns. */
const apart = <A, E>(
  harness: Harness,
  starting: Effect.Effect<A, E, WorkerTransport | Scope.Scope>
): Effect.Effect<A, E, Scope.Scope> =>
  Effect.flatMap(Layer.build(harness.transport()), (transport) => Effect.provide(starting, transport))

const mailboxes: ReadonlyArray<Case> = [
  onTransport(
    "a worker with a mailbox answers each message in order, and ends when its owner says so: S258, G15",
    Effect.gen(function* () {
      const { exit, join, mailbox } = yield* DedicatedWorker.startWithMailbox(Talk, ints, (end) => ({
        end
      }))
      for (const n of range(20)) yield* mailbox.send(n)
      const answers = yield* Effect.forEach(range(20), () => mailbox.receive)
      expectEqual(
        answers,
        range(20).map((n) => n * 2),
        "the answers"
      )
      yield* mailbox.end
      yield* join
      expectEqual((yield* exit).exitCode ?? 0, 0, "its exit code")
    })
  ),
  onTransport(
    "a worker that dies over its mailbox is PeerLost to its owner, after what it had sent; Python hangs: S258, G15",
    Effect.gen(function* () {
      const { join, mailbox } = yield* DedicatedWorker.startWithMailbox(Talk, ints, (end) => ({
        end,
        dieAt: 3
      }))
      for (const n of range(2)) {
        yield* mailbox.send(n)
        expectEqual(yield* mailbox.receive, n * 2, "an answer")
      }
      yield* Effect.exit(mailbox.send(2))
      const lost = expectFailure(yield* Effect.exit(mailbox.receive))
      expectEqual(lost.reason._tag, "PeerLost", "what its owner hears")
      expectReason(yield* Effect.exit(join), "WorkerLost")
    })
  )
]

const programs: ReadonlyArray<Case> = [
  onTransport(
    "a worker runs its task and ends: alive until then, joined with its outcome, exit code 0: S255",
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const worker = yield* DedicatedWorker.start(Tasks.Gate, { signal, value: "done" }, { name: "one" })
        yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
        expectEqual([worker.name, yield* worker.isAlive], ["one", true], "the worker")
        const isNumbered = worker.pid !== undefined || worker.threadId !== undefined
        expect(isNumbered || !harness.has.realThreads, "it has the number of its process or thread")
        const joining = yield* Effect.forkChild(worker.join, started)
        yield* Signal.add(signal, Tasks.gate.open)
        expectEqual(yield* Fiber.join(joining), "done", "joined")
        expectEqual(yield* worker.isAlive, false, "alive when it was joined")
        const exit = yield* worker.exit
        expectEqual([exit.exitCode, exit.signal], [0, undefined], "its end")
        expectEqual(yield* worker.join, "done", "joined again")
        expectEqual((yield* worker.terminate)._tag, "clean", "receipt of an ended worker")
        expectEqual((yield* worker.kill)._tag, "clean", "receipt of an ended worker, killed")
      })
  ),
  onTransport(
    "an interrupted join leaves the worker alone: S255",
    Effect.gen(function* () {
      const signal = Signal.make()
      const worker = yield* DedicatedWorker.start(Tasks.Gate, { signal, value: 1 })
      yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
      expectEqual((yield* Effect.timeoutOption(worker.join, 20))._tag, "None", "a join with a limit")
      expect(yield* worker.isAlive, "it goes on")
      yield* Signal.add(signal, Tasks.gate.open)
      expectEqual(yield* worker.join, 1)
    })
  ),
  onTransport(
    "a declared failure is joined as itself, after an orderly end of the worker: S255, G9",
    Effect.gen(function* () {
      const worker = yield* DedicatedWorker.start(Tasks.Fail, { value: 7 })
      const error = expectFailure(yield* Effect.exit(worker.join))
      expect(error instanceof Tasks.Refusal && error.details.value === 7, "the error of the task")
      expectEqual((yield* worker.exit).exitCode, 0, "exit code")
    })
  ),
  onTransport(
    "a task may call tasks, which run on its own worker: S255, S145",
    Effect.gen(function* () {
      const worker = yield* DedicatedWorker.start(ForkJoin, { width: 2, depth: 3, how: "all" })
      expectEqual(yield* worker.join, 8, "leaves")
    })
  ),
  onTransport(
    "terminate runs the finalizers and waits; join tells of the interruption: S255, G3",
    Effect.gen(function* () {
      const signal = Signal.make()
      const worker = yield* DedicatedWorker.start(Tasks.Cleanup, { work: 600_000, cleanup: 20, signal })
      yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
      const receipt = yield* worker.terminate
      expectEqual([receipt._tag, Signal.read(signal, Tasks.cleanup.finalized)], ["clean", 1], "the receipt")
      expectEqual(yield* worker.isAlive, false, "alive")
      expectEqual((yield* worker.exit).exitCode, 0, "exit code")
      expectEqual(expectReason(yield* Effect.exit(worker.join), "Interrupted").by, "handle")
    })
  ),
  onTransport(
    "terminate ends a worker that does not listen, after its grace: S255, G4",
    Effect.gen(function* () {
      const signal = Signal.make()
      const worker = yield* DedicatedWorker.start(Tasks.Sabotage, { how: "spin", signal }, { grace: 50 })
      yield* Signal.awaitAtLeast(signal, 0, 1)
      expectEqual((yield* worker.terminate)._tag, "forced", "the receipt")
      expectEqual(yield* worker.isAlive, false, "alive")
      expectReason(yield* Effect.exit(worker.join), "Interrupted")
    })
  ),
  onTransport(
    "kill ends a worker at once, without finalizers: S255, G4",
    Effect.gen(function* () {
      const signal = Signal.make()
      const payload = { work: 600_000, cleanup: 600_000, signal }
      const worker = yield* DedicatedWorker.start(Tasks.Cleanup, payload, { grace: "infinity" })
      yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
      expectEqual((yield* worker.kill)._tag, "forced", "the receipt")
      expectEqual(Signal.read(signal, Tasks.cleanup.finalized), 0, "ended clean-ups")
      expectEqual(yield* worker.isAlive, false, "alive")
      expectReason(yield* Effect.exit(worker.join), "Interrupted")
    })
  ),
  {
    name: "closing the scope interrupts the task and waits for it and for the worker: S255, G2, G3",
    run: (harness) => {
      const census: Census = { spawned: 0, exited: 0 }
      return withTransport(
        tapped(harness, census),
        Effect.gen(function* () {
          const scope = yield* Scope.fork(yield* Scope.Scope)
          const signal = Signal.make()
          const starting = DedicatedWorker.start(Tasks.Cleanup, { work: 600_000, cleanup: 20, signal })
          const worker = yield* Scope.provide(starting, scope)
          yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
          yield* Scope.close(scope, Exit.void)
          expectEqual(Signal.read(signal, Tasks.cleanup.finalized), 1, "ended clean-ups")
          expectEqual([census.spawned, census.exited, yield* worker.isAlive], [1, 1, false], "the worker")
          expectReason(yield* Effect.exit(worker.join), "Interrupted")
        })
      )
    }
  }
]

const deaths: ReadonlyArray<Case> = [
  {
    name: "a worker that dies in the middle is joined as lost, with its exit code, and is not replaced: S256, G1",
    run: (harness) => {
      const census: Census = { spawned: 0, exited: 0 }
      return withTransport(
        tapped(harness, census),
        Effect.gen(function* () {
          const signal = Signal.make()
          const worker = yield* DedicatedWorker.start(Tasks.SabotageAgain, { how: "exit", code: 3, signal })
          const lost = expectReason(yield* Effect.exit(worker.join), "WorkerLost")
          expectEqual([lost.phase, lost.exitCode], ["run", 3], "what join tells")
          expectEqual([(yield* worker.exit).exitCode, yield* worker.isAlive], [3, false], "the exit")
          expectEqual((yield* worker.terminate)._tag, "clean", "receipt of a dead worker")
          // Longer than any delay of a replacement.
          yield* Effect.sleep(100)
          expectEqual([census.spawned, Signal.read(signal)], [1, 1], "workers, and runs of the task")
        })
      )
    }
  },
  onTransport(
    "of many workers, the one whose exit comes first is found, as with a list of sentinels: S256",
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const waiting = yield* DedicatedWorker.start(Tasks.Gate, { signal }, patient)
        yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
        const dying = yield* apart(
          harness,
          DedicatedWorker.start(Tasks.Sabotage, { how: "exit", code: 9 }, patient)
        )
        const first = yield* Effect.raceFirst(
          Effect.as(waiting.exit, "waiting"),
          Effect.map(dying.exit, ({ exitCode }) => `dying with ${exitCode}`)
        )
        expectEqual(first, "dying with 9", "the first exit")
        expect(yield* waiting.isAlive, "the other one goes on")
      }),
    { timeout: 120_000 }
  ),
  {
    name: "a worker that cannot start, and a task that nobody serves, fail the start: S256, G11",
    timeout: 60_000,
    run: (harness) => {
      const census: Census = { spawned: 0, exited: 0 }
      const starting = (
        start: "throws" | "normal",
        worker: ReturnType<typeof DedicatedWorker.start<readonly [], void, never>>
      ) => withTransport(tapped(harness, census), Effect.exit(worker), { start })
      return Effect.gen(function* () {
        expectReason(
          yield* starting("throws", DedicatedWorker.start(Tasks.Nothing, undefined)),
          "SpawnFailed"
        )
        expectReason(
          yield* starting("normal", DedicatedWorker.start(Tasks.Unserved, undefined)),
          "UnknownTask"
        )
        expectEqual([census.spawned, census.exited], [2, 2], "workers that were started, and ended")
      })
    }
  },
  onTransport(
    "a supervised worker that dies is started again; those who joined the first one hear of its death: S257, G11",
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const joined: Array<Exit.Exit<number, unknown>> = []
        // The first run kills its worker, the second returns.
        const starting = apart(harness, DedicatedWorker.start(Tasks.CrashOnce, { signal }, patient))
        const child = Supervisor.child({
          id: "worker",
          start: Effect.tap(starting, (worker) =>
            Effect.forkDetach(
              Effect.map(Effect.exit(worker.join), (exit) => void joined.push(exit)),
              started
            )
          ),
          run: (worker) => worker.join,
          restart: "transient"
        })
        yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
        yield* Signal.awaitUntil(() => joined.length === 2, "the ends of two workers")
        expectReason(joined[0]!, "WorkerLost")
        expectEqual(joined[1], Exit.succeed(2), "what the second was joined with")
      }),
    { timeout: 120_000 }
  )
]

/**
 * @category cases
 * @since 0.2.0
 */
export const dedicated: ReadonlyArray<Case> = [...programs, ...mailboxes, ...deaths]
