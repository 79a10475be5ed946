/**
 * The schemas by which ends cross: encoded, an end is a token; decoded, it is bound to the side where it arrives.
 *
 * @since 0.2.0
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import type * as SchemaIssue from "effect/SchemaIssue"
import { portsAnnotation } from "../../../protocol/values/Codec.ts"
import type { ElementCodec } from "../../../protocol/values/ElementCodec.ts"
import { collect, type EndToken, type Ports, type ReceivePort, type SendPort } from "../../model/ports.ts"
import * as crossing from "../crossing.ts"
import { isReceiverEnd, isSenderEnd, makeReceiver, makeSender, type Receiver, type Sender } from "./ends.ts"

const token = <S extends EndToken["side"]>(side: S) =>
  Schema.Struct({
    channel: Schema.Int.check(Schema.isGreaterThan(0)),
    side: Schema.Literal(side),
    acknowledge: Schema.Boolean,
    isExclusive: Schema.Literal(false)
  })

/** An encoded end. */
export type Token<S extends EndToken["side"]> = EndToken & { readonly side: S; readonly isExclusive: false }

const nowhere = "an end of a channel crosses only inside payloads, results and elements of its pool"
const foreign = "the end belongs to a channel of another pool"

/** Lets an end leave inside the value that is being encoded. */
export const leaving = <A>(
  port: SendPort | ReceivePort,
  leave: () => A
): Effect.Effect<A, SchemaIssue.Issue> => crossing.leaving(port.ports.pool, { nowhere, foreign }, leave)

export const arriving = <A>(arrive: (ports: Ports) => A): Effect.Effect<A, SchemaIssue.Issue> =>
  crossing.arriving(nowhere, arrive)

const tokenOf = (port: SendPort | ReceivePort, acknowledge: boolean | undefined) => {
  if (acknowledge !== undefined && acknowledge !== port.token.acknowledge) {
    const is = port.token.acknowledge ? "acknowledge" : "do not acknowledge"
    return crossing.refuse(`the takers of this channel ${is}, and the schema says otherwise`)
  }
  return leaving(port, () => {
    collect(port)
    return port.token as any
  })
}

export const senderSchema = (codec: ElementCodec): Schema.Codec<Sender<any, any>, Token<"send">> =>
  token("send").pipe(
    Schema.decodeTo(Schema.declare(isSenderEnd, { expected: "Channel.Sender" }), {
      decode: SchemaGetter.transformEffect((sent: Token<"send">) =>
        arriving((ports) => makeSender(ports.openSender(sent), codec) as any)
      ),
      encode: SchemaGetter.transformEffect((end: any) => tokenOf(end.port, undefined))
    }),
    Schema.annotate({ [portsAnnotation]: true })
  ) as any

export const receiverSchema = (
  codec: ElementCodec,
  acknowledge: boolean
): Schema.Codec<Receiver<any, any>, Token<"receive">> =>
  token("receive").pipe(
    Schema.decodeTo(Schema.declare(isReceiverEnd, { expected: "Channel.Receiver" }), {
      decode: SchemaGetter.transformEffect((sent: Token<"receive">) =>
        sent.acknowledge === acknowledge
          ? arriving((ports) => makeReceiver(ports.openReceiver(sent), codec) as any)
          : crossing.refuse("the channel and the schema differ in acknowledge")
      ),
      encode: SchemaGetter.transformEffect((end: any) => tokenOf(end.port, acknowledge))
    }),
    Schema.annotate({ [portsAnnotation]: true })
  ) as any
