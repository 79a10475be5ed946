// Machines whose own actions come back to them: transports answering on the same stack, and listeners
// closing the pool in the middle of a step.
import { Task, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as Message from "@heddle/core/protocol/messages/Message"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import { SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"

const Never = Task.make("Never")

/** Workers ending at the request to end, on the caller's own stack. */
const hasty = (on: "stop" | "terminate") =>
  Layer.effect(
    WorkerTransport,
    Effect.gen(function* () {
      const context = yield* Effect.context()
      const later = (f: () => void) =>
        Effect.runForkWith(context)(Effect.andThen(Effect.yieldNow, Effect.sync(f)))
      return WorkerTransport.of({
        name: "hasty",
        parallelism: 1,
        sharedMemory: true,
        endOfTurn: later,
        spawn: (start, listener) => {
          const end = () => listener.onExit({ exitCode: 0, outOfMemory: false, stderr: "" })
          later(() => {
            const frame = Message.emptyFrame(start.workerEpoch, 0)
            Message.pushReady(frame, ["Never"])
            listener.onFrame(frame)
          })
          return {
            drain: () => {},
            terminate: end,
            post: (frame) => {
              const heard: Array<string> = []
              Message.readRequests(frame, {
                route: () => {},
                run: () => {},
                interrupt: () => heard.push("interrupt"),
                stop: () => heard.push("stop"),
                returned: () => {},
                accepted: () => {},
                snapshot: () => {}
              })
              if (on === "stop" && heard.length > 0) end()
            }
          }
        }
      })
    })
  )

const run = <A, E>(
  effect: Effect.Effect<A, E, TaskPool.TaskPool | Scope.Scope>,
  options: TaskPool.PoolOptions,
  transport: Layer.Layer<WorkerTransport>
) => Simulation.run(Effect.scoped(Effect.provide(effect, Layer.provide(TaskPool.layer(options), transport))))

const listenTo = (events: Array<PoolEvent>) =>
  Effect.map(TaskPool.TaskPool, ({ subscribe }) => {
    subscribe((event) => events.push(event))
    return events
  })

const listen = Effect.suspend(() => listenTo([]))

const eventsOf = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  return exit.value
}

/** A worker ending on the stack of the request to stop has not reported its stop: closing dies of the missing report (S214). */
const endsAsItShould = <A, E>(on: "stop" | "terminate", exit: Exit.Exit<A, E>): void => {
  if (on === "terminate") return void eventsOf(exit)
  expect(Exit.isFailure(exit) && exit.cause.reasons.map(({ _tag }) => _tag)).toEqual(["Die"])
}

const states = (events: ReadonlyArray<PoolEvent>) =>
  events.flatMap((event) => (event._tag === "PoolStateChanged" ? [event.state] : []))

describe("machines do not step inside their own actions", () => {
  for (const on of ["stop", "terminate"] as const) {
    it(`a worker exiting on the stack of the request to ${on} leaves no limit armed, and the pool closes: S219, G2`, () => {
      const events: Array<PoolEvent> = []
      const { exit, left } = run(listenTo(events), { size: 1, grace: 50 }, hasty(on))
      endsAsItShould(on, exit)
      expect(states(events)).toEqual(["closing", "closed"])
      expect(left).toEqual({ fibers: 0, timers: 0 })
    })

    it(`a task whose worker exits at the request to ${on} has one outcome: S219, G1, G2`, () => {
      const events: Array<PoolEvent> = []
      const program = Effect.gen(function* () {
        yield* listenTo(events)
        const handle = yield* TaskPool.fork(Never, undefined)
        yield* Effect.sleep(1)
        yield* Effect.forkChild(handle.interrupt, { startImmediately: true })
        yield* Effect.exit(handle.await)
      })
      const { exit, left } = run(program, { size: 1, grace: 50 }, hasty(on))
      endsAsItShould(on, exit)
      expect(events.filter(({ _tag }) => _tag === "TaskSettled")).toHaveLength(1)
      expect(left).toEqual({ fibers: 0, timers: 0 })
    })
  }

  it("a pool closed again at the start of its drain drains once, within its limit: S219, G4", () => {
    const program = Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        TaskPool.layer({ size: 2, onClose: "drain", drainTimeout: 100, grace: 20 }).pipe(
          Layer.provide(SimulatedWorkers.layer(Never.toLayer(() => Effect.never)))
        ),
        scope
      )
      return yield* Effect.gen(function* () {
        const events = yield* listen
        const { subscribe } = yield* TaskPool.TaskPool
        const services = yield* Effect.context()
        const calls = yield* Effect.forkChild(Effect.exit(Never()), { startImmediately: true })
        let closing: Fiber.Fiber<void> | undefined
        // Delivered within the step at the start of the drain.
        subscribe((event) => {
          if (event._tag === "PoolStateChanged") {
            closing ??= Effect.runForkWith(services)(Scope.close(scope, Exit.void))
          }
        })
        yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
        yield* Fiber.await(calls)
        if (closing !== undefined) yield* Fiber.await(closing)
        return events
      }).pipe(Effect.provide(context))
    })
    const { exit, left } = Simulation.run(program)
    const events = eventsOf(exit)
    expect(states(events)).toEqual(["draining", "closing", "closed"])
    expect(left).toEqual({ fibers: 0, timers: 0 })
  })
})
