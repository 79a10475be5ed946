/**
 * The interface of every model. Apart from `Model.ts`, so the models of pools and supervisors do not import
 * the module of their exports.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

export interface Model<State, Command, Real, Observation> {
  readonly initial: State
  readonly isEnabled?: ((state: State, command: Command) => boolean) | undefined
  readonly next: (state: State, command: Command) => State
  readonly expected: (state: State) => Observation
  readonly start: Effect.Effect<Real, unknown, Scope>
  readonly perform: (real: Real, command: Command, before: State) => Effect.Effect<void, unknown, Scope>
  readonly settle?: number | undefined
  readonly observe: (real: Real) => Effect.Effect<Observation, unknown>
}
