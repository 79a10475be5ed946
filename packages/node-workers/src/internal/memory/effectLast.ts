/**
 * The two forms of a combinator whose effect comes last, or before its options: `combine(lock, effect)` and
 * `effect.pipe(combine(lock))`. `Function.dual` makes another one, of which the effect is the first argument.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"

/** `begin`: takes the arguments that are no effects, those before the effect and those behind it. */
export const effectLast =
  (
    begin: (
      ...args: ReadonlyArray<any>
    ) => (effect: Effect.Effect<any, any, any>) => Effect.Effect<any, any, any>
  ) =>
  (...args: ReadonlyArray<any>): any => {
    const at = args.findIndex((arg) => Effect.isEffect(arg))
    return at < 0 ? begin(...args) : begin(...args.slice(0, at), ...args.slice(at + 1))(args[at])
  }
