/**
 * Two channels of a pool, back to back, as the two ends of a pipe.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { ChannelError, Closed } from "../../../ChannelError.ts"
import type { ElementCodec } from "../../../protocol/values/ElementCodec.ts"
import { channelDefaults, type ChannelSettings, type MakePipe } from "../../model/channel.ts"
import { integer, unexpected } from "../../model/validation.ts"
import { PipeEnd } from "./pipeEnd.ts"

/** The options of a pipe, checked. Throws `InvalidOption`. */
export const pipeSettings = (
  buffer: number = channelDefaults.buffer,
  name: string | undefined
): ChannelSettings => {
  if (name !== undefined && typeof name !== "string") throw unexpected("name", "a text", name)
  return {
    capacity: integer("buffer", buffer, 1, channelDefaults.mostCapacity),
    name,
    policy: "suspend",
    acknowledge: false,
    redeliver: "never",
    onLost: "fail",
    isExclusive: true
  }
}

export interface Ends {
  readonly a: PipeEnd
  readonly b: PipeEnd
}

/** `there`: what `a` sends; `back`: what `b` sends. Closes both with the scope. Fails with `Closed` when the pool is closed. */
export const makePipe = (
  make: Effect.Effect<Effect.Success<ReturnType<MakePipe>>>,
  there: ElementCodec,
  back: ElementCodec
): Effect.Effect<Ends, ChannelError, Scope> => {
  const scoped = Effect.acquireRelease(make, (made) =>
    Effect.sync(() => {
      for (const channel of made ?? []) channel.close()
    })
  )
  return Effect.flatMap(scoped, (made) => {
    if (made === undefined) return Effect.fail(new ChannelError({ reason: new Closed({ by: "scope" }) }))
    const [outgoing, incoming] = made
    return Effect.succeed({
      a: new PipeEnd(outgoing.sender, incoming.receiver, there, back),
      b: new PipeEnd(incoming.sender, outgoing.receiver, back, there)
    })
  })
}
