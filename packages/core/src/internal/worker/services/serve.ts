/**
 * The worker's side of a service: acquires the state when the host asks for it, runs the methods, releases the state.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { InvalidOption } from "../../../InvalidOption.ts"
import { get } from "../../model/foreign.ts"
import { type HandlerContext, TaskHandlers } from "../../model/handler.ts"
import type { ServiceDefinition } from "../../model/service.ts"

type MethodFunction = (payload: unknown, context: HandlerContext) => unknown

/** The state of a service in its worker. */
interface Instance {
  readonly methods: ReadonlyMap<string, MethodFunction>
  readonly scope: Scope.Closeable
}

type Acquire =
  | Effect.Effect<object, unknown, any>
  | ((payload: unknown) => Effect.Effect<object, unknown, any>)

/** Every worker builds the layer; the one on which the service is started runs `acquire`. */
export const toLayer = (definition: ServiceDefinition, acquire: Acquire): Layer.Layer<never, never, any> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { close, methods, name, start } = definition
      if (!Effect.isEffect(acquire) && typeof acquire !== "function")
        throw new InvalidOption(
          "acquire",
          `${name} needs an Effect of its methods, or a function that returns one`
        )
      const handlers = yield* TaskHandlers
      const context = yield* Effect.context()
      let instance: Instance | undefined
      const release = Effect.suspend(() => {
        const released = instance
        instance = undefined
        return released === undefined ? Effect.void : Scope.close(released.scope, Exit.void)
      })
      // A worker that is asked to end before its service is closed.
      yield* Effect.addFinalizer(() => release)
      const opens = (payload: unknown) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            if (instance !== undefined) throw new Error(`this worker has a service ${name} already`)
            const scope = yield* Scope.make()
            const acquired = Effect.isEffect(acquire) ? acquire : Effect.suspend(() => acquire(payload))
            const made = Effect.map(acquired, (given) => functionsOf(definition, given))
            const functions = yield* Effect.onError(restore(Scope.provide(made, scope)), (cause) =>
              Scope.close(scope, Exit.failCause(cause))
            )
            instance = { methods: functions, scope }
          })
        )
      const add = (task: ServiceDefinition["start"], handler: MethodFunction) =>
        handlers.add({ definition: task, kind: "effect", handler, context })
      add(start, opens)
      add(close, () => release)
      for (const [method, task] of Object.entries(methods)) {
        add(task, (payload, call) => {
          const run = instance?.methods.get(method)
          return run === undefined
            ? Effect.die(new Error(`this worker has no service ${name}`))
            : run(payload, call)
        })
      }
    })
  )

/** The methods are read once, so that what runs later is what was there. */
const functionsOf = ({ methods, name }: ServiceDefinition, given: object): Instance["methods"] => {
  const functions = new Map<string, MethodFunction>()
  for (const method of Object.keys(methods)) {
    const found = get(given, method)
    if (typeof found !== "function")
      throw new InvalidOption("acquire", `${name} does not implement its method ${method}`)
    functions.set(method, (payload, context) => found.call(given, payload, context))
  }
  return functions
}
