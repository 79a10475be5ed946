/**
 * The starts and the end of a service: reserves a worker, has it acquire the state, starts again after a loss, releases the state.
 *
 * Receives requests from `service.ts`, steps `Service.ts`. The start and the close are tasks on the reserved worker, so an interrupted
 * start takes the ladder of an interruption (G3, G4), and a state that is not released in time ends with its worker.
 *
 * @since 0.2.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { InvalidOption } from "../../../InvalidOption.ts"
import { PoolClosed, TaskError, WorkerLost } from "../../../TaskError.ts"
import { codecOf } from "../../../protocol/values/Codec.ts"
import * as Payload from "../../../protocol/values/Payload.ts"
import { describe } from "../../model/foreign.ts"
import { own } from "../../model/own.ts"
import {
  type ReferencePort,
  resolveService,
  type ServiceDefinition,
  type ServiceSettings,
  type StartOptions
} from "../../model/service.ts"
import { hold } from "../admission/reserve.ts"
import { run } from "../admission/submission.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import type { Service } from "./Service.ts"

/** A service, and what of it runs now. */
class Life {
  readonly engine: PoolEngine
  readonly service: Service
  private readonly context: Context.Context<never>
  /** Captured at the start, so that every restart has the same. */
  private readonly payload: unknown
  /** Releases the state, then gives the worker back. Defined while a worker is reserved. */
  private scope: Scope.Closeable | undefined
  private restarting: Fiber.Fiber<void> | undefined

  constructor(
    engine: PoolEngine,
    definition: ServiceDefinition,
    payload: unknown,
    settings: ServiceSettings,
    context: Context.Context<never>
  ) {
    this.context = context
    this.engine = engine
    this.service = engine.services.make(definition, settings, () => this.onLost())
    this.payload = payload
  }

  /** Acquires the state on a worker of its own. Succeeds when the service serves. */
  readonly open: Effect.Effect<void, unknown> = Effect.uninterruptibleMask((restore) =>
    Effect.gen({ self: this }, function* () {
      const { engine, service } = this
      const { definition, settings } = service
      const scope = (this.scope = Scope.makeUnsafe())
      const limits = { deadline: settings.startTimeout, grace: settings.grace }
      const start = Effect.gen({ self: this }, function* () {
        const waits = { wait: settings.startTimeout, reuse: false }
        const reservation = yield* Scope.provide(hold(engine, waits), scope)
        // Before the start: the reply of an interrupted start may say that the state was acquired.
        yield* Scope.addFinalizer(scope, this.release(definition, reservation))
        yield* run(engine, definition.start, this.payload, limits, reservation)
        const worker = reservation.worker!
        if (worker.isOver) {
          const reason = new WorkerLost(own({ ...worker.exitDetail, phase: "run", running: [] }))
          return yield* new TaskError({ task: definition.start.name, reason })
        }
        service.serve(worker)
      })
      yield* Effect.onError(restore(start), () => this.shut)
    })
  )

  /** Runs the state's finalizers. A state that is gone needs none; a defect of a finalizer is a defect of the close (G2). */
  private release({ close }: ServiceDefinition, reservation: Parameters<typeof run>[4]): Effect.Effect<void> {
    const { grace } = this.service.settings
    return Effect.ignore(run(this.engine, close, undefined, { timeout: grace, grace }, reservation))
  }

  /** Gives the worker up. */
  private get shut(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { scope } = this
      this.scope = undefined
      return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
    })
  }

  // --------------------------------------------------------------------------
  // restarts
  // --------------------------------------------------------------------------

  private onLost(): void {
    const { service } = this
    if (!service.mayRestart()) {
      service.step("giveUp")
      this.fork(this.shut)
      return
    }
    service.step("restart")
    this.fork(Effect.andThen(this.shut, this.again))
  }

  /** Starts until a start succeeds, within the intensity. */
  private readonly again: Effect.Effect<void> = Effect.suspend(() =>
    Effect.catchCause(this.open, (cause) => {
      const { service } = this
      if (service.isOver) return Effect.void
      if (!Cause.hasInterruptsOnly(cause) && service.mayRestart()) return this.again
      return Effect.sync(() => service.fail(describe(Cause.squash(cause))))
    })
  )

  private fork(effect: Effect.Effect<void>): void {
    const before = this.restarting
    const next = before === undefined ? effect : Effect.andThen(Fiber.await(before), effect)
    this.restarting = Effect.runForkWith(this.context)(next)
  }

  // --------------------------------------------------------------------------
  // the end
  // --------------------------------------------------------------------------

  /** Refuses the waiting calls, interrupts the running ones, waits for their end (G3), then releases the state. */
  readonly close: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const { engine, restarting, service } = this
    service.step("close")
    yield* Effect.callback<void>((resume) =>
      service.endCalls(() => engine.events.guard("caller", () => resume(Effect.void)))
    )
    if (restarting !== undefined) yield* Fiber.interrupt(restarting)
    yield* this.shut
    engine.services.forget(service)
  })
}

/** Starts a service, and closes it with the scope. Succeeds when the service serves. */
export const start = (
  engine: PoolEngine,
  definition: ServiceDefinition,
  given: unknown,
  options: StartOptions | undefined
): Effect.Effect<ReferencePort, any, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      if (scope.state._tag === "Closed")
        return yield* new TaskError({ task: definition.name, reason: new PoolClosed({ state: "closed" }) })
      const settings = resolveService(options)
      const payload = capture(engine, definition, given, settings)
      const life = new Life(engine, definition, payload, settings, yield* Effect.context())
      const inner = yield* Scope.fork(scope)
      yield* Scope.addFinalizer(inner, life.close)
      yield* Effect.onError(restore(life.open), () => Scope.close(inner, Exit.void))
      return portOf(life)
    })
  )

/** Restarts need the payload again. */
const capture = (
  engine: PoolEngine,
  { name, start: task }: ServiceDefinition,
  payload: unknown,
  { restart }: ServiceSettings
): unknown => {
  const codec = codecOf(task)
  if (restart === "never") return payload
  if (codec.transferPayload !== undefined)
    throw new InvalidOption("restart", `${name} transfers its payload, so it cannot be started again`)
  return Payload.drawing(codec, engine.transport, engine.channels)(payload)
}

const portOf = ({ engine, service }: Life): ReferencePort => ({
  pool: engine.channels.pool,
  token: { service: service.id, name: service.definition.name },
  services: engine.channels.services
})
