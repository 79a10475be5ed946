/**
 * Streams as pulls, made and run without `effect/Stream`, which is a sixth of what a worker loads.
 *
 * A stream holds its channel, and the channel a function from a scope to a pull. That function is no part of Effect's types, so only
 * streams of plain modules are made and run here, and a test compares them with the streams of `effect/Stream`.
 *
 * @since 0.2.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import { pipeArguments } from "effect/Pipeable"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import type { Stream } from "effect/Stream"

/** Takes the next elements. */
export type ElementsPull = Pull.Pull<NonEmptyReadonlyArray<any>, any>

/** Sends elements, and waits while the receiver has no room. */
export type Emit = (elements: ReadonlyArray<unknown>) => Effect.Effect<void, unknown>

/** Sends all elements of a stream. */
export type SendElements = (emit: Emit) => Effect.Effect<void, any, any>

type Transform = (upstream: ElementsPull, scope: Scope.Scope) => Effect.Effect<ElementsPull>

const pipeable = {
  pipe(...steps: ReadonlyArray<unknown>): unknown {
    return pipeArguments(this, steps as unknown as IArguments)
  }
}

const channelProto = {
  ...pipeable,
  "~effect/Channel": {
    _Env: identity,
    _InErr: identity,
    _InElem: identity,
    _OutErr: identity,
    _OutElem: identity
  }
}

const streamProto = { ...pipeable, "~effect/Stream": { _R: identity, _E: identity, _A: identity } }

/** Returns the stream of a task, which the first pull opens. The scope of the stream owns the task. */
export const fromOpened = (opened: Effect.Effect<ElementsPull, any, Scope.Scope>): Stream<any, any, any> => {
  const transform: Transform = (_, scope) => {
    let pull: ElementsPull | undefined
    const open = Effect.flatMap(Scope.provide(opened, scope), (made) => (pull = made))
    return Effect.succeed(Effect.suspend(() => pull ?? open))
  }
  const channel: unknown = Object.assign(Object.create(channelProto), { transform })
  return Object.assign(Object.create(streamProto), { channel })
}

/** Runs a stream, and hands each of its arrays to `emit`. `mapError`: for the failure of the stream. */
export const forEachArray = (
  { channel }: Stream<unknown, unknown, any>,
  emit: Emit,
  mapError: (error: unknown) => unknown
): Effect.Effect<void, unknown> =>
  Effect.suspend(() => {
    const scope = Scope.makeUnsafe()
    const { transform } = channel as unknown as { readonly transform: Transform }
    const all = Effect.flatMap(transform(Cause.done(), scope), (pull) =>
      untilDone(
        Effect.flatMap(
          Effect.mapError(pull, (error) => (Cause.isDone(error) ? error : mapError(error))),
          emit
        )
      )
    )
    return Effect.onExit(all, (exit) => Scope.close(scope, exit))
  })

/** Repeats a step until it fails with `Cause.Done`. */
export const untilDone = (step: Effect.Effect<unknown, unknown>): Effect.Effect<void, unknown> =>
  Pull.catchDone(Effect.forever(step, { disableYield: true }), () => Effect.void)
