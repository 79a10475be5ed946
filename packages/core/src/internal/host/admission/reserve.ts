/**
 * From a caller's scope to a reservation: waits for the worker, makes the pinned calls, gives the worker back.
 *
 * Receives requests from `service.ts`, hands reservations to `fleet/Reservations.ts`. Upholds G2 and G3: closing the scope
 * interrupts the calls, and waits for their end.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { DeadlineExceeded, PoolClosed, type Reason, TaskError } from "../../../TaskError.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { ReservedWorker } from "../../model/pool.ts"
import { type ReserveOptions, type ReserveSettings, resolveReserve } from "../../model/reserveOptions.ts"
import { forEach } from "../../shared/forEach.ts"
import type { Reservation } from "../fleet/Reservation.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import { snapshotWorker } from "../pool/snapshot.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import { fork } from "./handle.ts"
import { openStream } from "../../shared/stream/openStream.ts"
import { hostCaller } from "./hostCaller.ts"
import { streamCaller } from "./streamCaller.ts"
import { run } from "./submission.ts"

/** Succeeds when a worker is held. The worker goes back when the scope closes. */
export const reserve = (
  engine: PoolEngine,
  options: ReserveOptions | undefined
): Effect.Effect<ReservedWorker, TaskError, Scope.Scope> =>
  Effect.map(
    Effect.suspend(() => hold(engine, resolveReserve(options))),
    (reservation) => fromReservation(engine, reservation)
  )

/** The reservation itself, as a pin of tasks. */
export const hold = (
  engine: PoolEngine,
  settings: ReserveSettings
): Effect.Effect<Reservation, TaskError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      const refused =
        scope.state._tag === "Closed" ? new PoolClosed({ state: "closed" }) : engine.refusalOfAll()
      if (refused !== undefined) return yield* new TaskError({ reason: refused })
      // Before the wait: an interruption may come between the grant and the return.
      const own = yield* Scope.fork(scope)
      let reservation: Reservation | undefined
      yield* Scope.addFinalizer(
        own,
        Effect.suspend(() => (reservation === undefined ? Effect.void : giveBack(engine, reservation)))
      )
      yield* restore(wait(engine, settings, (made) => (reservation = made))).pipe(
        Effect.onError(() => Scope.close(own, Exit.void))
      )
      return reservation!
    })
  )

const wait = (
  engine: PoolEngine,
  settings: ReserveSettings,
  onMade: (reservation: Reservation) => void
): Effect.Effect<void, TaskError> =>
  Effect.callback((resume) => {
    let cancel = () => {}
    const onGranted = (refused: Reason | undefined) => {
      cancel()
      const exit = refused === undefined ? Exit.void : Exit.fail(new TaskError({ reason: refused }))
      engine.events.guard("caller", () => resume(exit))
    }
    const reservation = engine.fleet.reservations.reserve(settings, onGranted)
    onMade(reservation)
    if (reservation.state !== "waiting") return
    const limit = settings.wait
    cancel = engine.timers.limit(limit, () =>
      reservation.refuse(new DeadlineExceeded({ phase: "queue", limit }))
    )
    return Effect.sync(cancel)
  })

const giveBack = (engine: PoolEngine, reservation: Reservation): Effect.Effect<void> =>
  Effect.callback((resume) => {
    reservation.step("giveBack")
    reservation.whenEmpty(() => engine.events.guard("caller", () => resume(Effect.void)))
  })

const fromReservation = (engine: PoolEngine, reservation: Reservation): ReservedWorker => {
  const worker = reservation.worker!
  const seat = worker.seat!
  const caller = hostCaller(engine, reservation)
  const streams = streamCaller(engine, reservation)
  return {
    worker: worker.id,
    run: (definition, payload, options) => run(engine, definition, payload, options, reservation),
    forEach: (definition, inputs, options) => forEach(caller, definition, inputs, options),
    openStream: (definition, payload, send, options) =>
      openStream(streams, "host", definition, payload, send, options),
    fork: (definition, payload, options) => fork(engine, definition, payload, options, reservation),
    exit: exitOf(engine, worker),
    snapshot: Effect.sync(() => snapshotWorker(worker, seat))
  }
}

/** Waits until a worker has ended, or is stuck. */
export const exitOf = ({ events, signals }: PoolEngine, worker: HostWorker): Effect.Effect<ExitDetail> =>
  Effect.callback((resume) => {
    const ends: Array<() => void> = []
    const stop = () => {
      for (const end of ends.splice(0)) end()
    }
    const look = () => {
      if (!worker.isOver) return
      stop()
      events.guard("caller", () => resume(Effect.succeed(worker.exitDetail)))
    }
    ends.push(signals.workers.gone.follow(look), signals.workers.stuck.follow(look))
    look()
    return Effect.sync(stop)
  })
