/**
 * `Law`: a property of every pool, on every transport, under every schedule: a program and its required results.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Case, type Harness, withPool } from "../suite/Harness.ts"
import type { Starts } from "../suite/StartMode.ts"

/**
 * - `name`: a few words.
 * - `numbers`: the guarantees behind the law.
 * - `states`: the law, in a sentence.
 * - `needs`: required features of the transport.
 * - `holds`: uses a pool of the harness, closes it, and dies if the law is broken.
 *
 * @category models
 * @since 0.1.0
 */
export interface Law {
  readonly name: string
  readonly numbers: ReadonlyArray<string>
  readonly states: string
  readonly needs?: Case["needs"]
  readonly holds: (harness: Harness) => Effect.Effect<void, unknown>
}

/**
 * The source of a law.
 *
 * - `pool`: the pool of the program; `starts`: how its workers start.
 * - `program`: returns its observations.
 * - `check`: throws if the observations, or the pool's events so far, break the law. Runs before the pool closes.
 * - `afterwards`: the same check with all events, after the pool has closed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Statement<A> extends Omit<Law, "holds"> {
  readonly pool: TaskPool.PoolOptions
  readonly starts?: Starts
  readonly program: Effect.Effect<A, unknown, TaskPool.TaskPool | Scope.Scope>
  readonly check?: (seen: A, events: ReadonlyArray<PoolEvent>) => void
  readonly afterwards?: (seen: A, events: ReadonlyArray<PoolEvent>) => void
}

/**
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(statement: Statement<A>): Law => {
  const { afterwards, check, name, needs, numbers, pool, program, starts, states } = statement
  const holds = (harness: Harness) =>
    Effect.suspend(() => {
      const events: Array<PoolEvent> = []
      const use = Effect.gen(function* () {
        const { subscribe } = yield* TaskPool.TaskPool
        // Runs until the pool has closed, since the way of closing counts.
        subscribe((event) => events.push(event))
        const seen = yield* program
        check?.(seen, events)
        return seen
      })
      return Effect.map(withPool(harness, pool, use, { start: starts }), (seen) => afterwards?.(seen, events))
    })
  return { name, numbers, states, needs, holds }
}

/**
 * The law as a case of the conformance suite, for `TransportConformance.register`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toCase = ({ holds, name, needs, numbers, states }: Law): Case => ({
  name: `${name}: ${states}: ${numbers.join(", ")}`,
  needs,
  run: holds
})
