/**
 * Steps of the cases of services: start one in a scope of its own, have calls run, wait, and die.
 *
 * @since 0.2.0
 */
import * as SharedService from "@heddle/core/SharedService"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type AnyStore, Store, words } from "./service.tasks.ts"
import * as Signal from "./Signal.ts"

/**
 * All at once.
 *
 * @category steps
 * @since 0.2.0
 */
export const together = { concurrency: "unbounded" } as const

/**
 * Forked fibers that have begun.
 *
 * @category steps
 * @since 0.2.0
 */
export const started = { startImmediately: true } as const

/**
 * A machine that is slow starts many workers.
 *
 * @category steps
 * @since 0.2.0
 */
export const patient = { timeout: 30_000 } as const

type StoreOptions = SharedService.StartOptions & Partial<Parameters<typeof Store.start>[0]>

/**
 * Starts a service in a scope of its own, which `close` closes.
 *
 * @category steps
 * @since 0.2.0
 */
export const start = ({ dieFrom, from, lingers, refuse, ...options }: StoreOptions = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Scope.Scope)
    const signal = Signal.make()
    const beginning = {
      signal,
      ...(dieFrom === undefined ? undefined : { dieFrom }),
      ...(from === undefined ? undefined : { from }),
      ...(lingers === undefined ? undefined : { lingers }),
      ...(refuse === undefined ? undefined : { refuse })
    }
    const store = yield* Scope.provide(Store.start(beginning, options), scope)
    return { close: Scope.close(scope, Exit.void), signal, store }
  })

/**
 * A call of `wait`, which runs.
 *
 * @category steps
 * @since 0.2.0
 */
export const waiting = (store: AnyStore, signal: Signal.Signal, count = 1) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(store.wait(), started)
    yield* Signal.awaitAtLeast(signal, words.arrived, count)
    return fiber
  })

/**
 * Waits until the service is in a state.
 *
 * @category steps
 * @since 0.2.0
 */
export const awaitState = (store: AnyStore, state: SharedService.ServiceSnapshot["state"]) =>
  Effect.gen(function* () {
    while ((yield* SharedService.snapshot(store)).state !== state) yield* Effect.sleep(1)
  }).pipe(Effect.timeout("20 seconds"))

/**
 * Waits until so many calls wait for the service.
 *
 * @category steps
 * @since 0.2.0
 */
export const awaitWaiting = (store: AnyStore, count: number) =>
  Effect.gen(function* () {
    while ((yield* SharedService.snapshot(store)).waiting !== count) yield* Effect.sleep(1)
  }).pipe(Effect.timeout("20 seconds"))

/**
 * The exits of a call that ends the worker, and of the calls that wait behind it, in order.
 *
 * @category steps
 * @since 0.2.0
 */
export const dieBefore = (
  store: AnyStore,
  signal: Signal.Signal,
  behind: ReadonlyArray<Effect.Effect<unknown, unknown>>
) =>
  Effect.gen(function* () {
    const dying = yield* Effect.forkChild(Effect.exit(store.exit({ code: 9, held: true })), started)
    yield* Signal.awaitAtLeast(signal, words.arrived, 1)
    const fibers = []
    for (const call of behind) {
      fibers.push(yield* Effect.forkChild(Effect.exit(call), started))
      yield* awaitWaiting(store, fibers.length)
    }
    yield* Signal.add(signal, words.open)
    return { running: Fiber.join(dying), queued: Effect.forEach(fibers, (fiber) => Fiber.join(fiber)) }
  })
