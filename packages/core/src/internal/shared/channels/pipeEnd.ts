/**
 * One end of a pipe: two channels back to back, and the schema by which the end moves.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import type * as Stream from "effect/Stream"
import type { ChannelError } from "../../../ChannelError.ts"
import { portsAnnotation, transferAnnotation } from "../../../protocol/values/Codec.ts"
import type { ElementCodec } from "../../../protocol/values/ElementCodec.ts"
import * as Machine from "../../machine/linkMachine.ts"
import { oneAtATime } from "../../machine/transition.ts"
import type { ChannelEnd, End } from "../../model/end.ts"
import { isInstance } from "../../model/foreign.ts"
import { collect, type Over, type ReceivePort, type SendPort } from "../../model/ports.ts"
import { makeReceiver, makeSender } from "./ends.ts"
import { refuse } from "../crossing.ts"
import { arriving, leaving } from "./endSchemas.ts"

export class PipeEnd implements End<any, any> {
  readonly sends: SendPort
  readonly receives: ReceivePort
  /** Invariant: written by `take` alone. */
  private state: Machine.LinkState = "open"
  private readonly step = oneAtATime((event: Machine.LinkEvent) => this.take(event))
  private readonly waiters = new Set<() => void>()

  readonly send: (element: any) => Effect.Effect<void, ChannelError>
  readonly sendIfAvailable: (element: any) => Effect.Effect<boolean, ChannelError>
  readonly receive: Effect.Effect<any, ChannelError>
  readonly stream: Stream.Stream<any, ChannelError>
  readonly end: Effect.Effect<void>

  constructor(sends: SendPort, receives: ReceivePort, outgoing: ElementCodec, incoming: ElementCodec) {
    this.sends = sends
    this.receives = receives
    const sender = makeSender(sends, outgoing)
    const receiver = makeReceiver(receives, incoming)
    this.send = sender.send
    this.sendIfAvailable = sender.sendIfAvailable
    this.end = sender.end
    this.receive = receiver.take
    this.stream = receiver.stream
    sends.whenOver((over) => this.step(eventOf(over, "end")))
    receives.whenOver((over) => this.step(eventOf(over, "peerEnd")))
  }

  readonly closed: Effect.Effect<ChannelEnd> = Effect.callback((resume) => {
    const isOver = this.state !== "open" && this.state !== "mine" && this.state !== "theirs"
    const answer = () => resume(Effect.succeed(this.state === "lost" ? "lost" : "closed"))
    if (isOver) return answer()
    this.waiters.add(answer)
    return Effect.sync(() => this.waiters.delete(answer))
  })

  private take(event: Machine.LinkEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    if (!cell.actions.includes("tell")) return
    for (const waiter of this.waiters) waiter()
    this.waiters.clear()
  }
}

const eventOf = (over: Over, inOrder: "end" | "peerEnd"): Machine.LinkEvent =>
  over._tag === "Lost" ? "lose" : over._tag === "Moved" ? "move" : inOrder

const isPipeEnd = (u: unknown): u is PipeEnd => isInstance(u, PipeEnd)

/** An encoded end of a pipe. */
export interface PipeToken {
  readonly sends: number
  readonly receives: number
}

const token = Schema.Struct({
  sends: Schema.Int.check(Schema.isGreaterThan(0)),
  receives: Schema.Int.check(Schema.isGreaterThan(0))
})

const half = <S extends "send" | "receive">(channel: number, side: S) => ({
  channel,
  side,
  acknowledge: false,
  isExclusive: true
})

export const pipeSchema = (
  outgoing: ElementCodec,
  incoming: ElementCodec
): Schema.Codec<End<any, any>, PipeToken> =>
  token.pipe(
    Schema.decodeTo(Schema.declare(isPipeEnd, { expected: "Pipe.End" }), {
      decode: SchemaGetter.transformEffect((sent: PipeToken) =>
        arriving((ports) => {
          const sends = ports.openSender(half(sent.sends, "send"))
          const receives = ports.openReceiver(half(sent.receives, "receive"))
          return new PipeEnd(sends, receives, outgoing, incoming) as any
        })
      ),
      encode: SchemaGetter.transformEffect(({ receives, sends }: any) =>
        sends.hasMoved === true
          ? refuse("this end of a pipe was moved before")
          : leaving(sends, (): any => {
              collect(sends)
              collect(receives)
              return { sends: sends.token.channel, receives: receives.token.channel }
            })
      )
    }),
    // What moves cannot be sent twice, so a task with such a payload is not idempotent.
    Schema.annotate({ [transferAnnotation]: () => [], [portsAnnotation]: true })
  ) as any
