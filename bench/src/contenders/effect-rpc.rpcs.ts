// The contracts of the measured tasks for Effect's RPC.
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Transferable from "effect/workers/Transferable"

const Article = Schema.Struct({
  id: Schema.Finite,
  title: Schema.String,
  tags: Schema.Array(Schema.String),
  sections: Schema.Array(Schema.Struct({ heading: Schema.String, text: Schema.String, words: Schema.Finite }))
})

const Reading = Schema.Struct({
  sensor: Schema.String,
  at: Schema.Finite,
  value: Schema.Finite,
  isValid: Schema.Boolean
})

const Chunk = Transferable.schema(Schema.instanceOf(Float64Array<ArrayBuffer>), ({ buffer }) => [buffer])

export const Rpcs = RpcGroup.make(
  Rpc.make("add", { payload: { n: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("bytes", { payload: { bytes: Schema.Uint8Array }, success: Schema.Uint8Array }),
  Rpc.make("moved", { payload: { bytes: Transferable.Uint8Array }, success: Transferable.Uint8Array }),
  Rpc.make("object", { payload: { article: Article }, success: Article }),
  Rpc.make("spin", { payload: { n: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("fault", { payload: { n: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("readings", { payload: { count: Schema.Finite }, success: Reading, stream: true }),
  Rpc.make("chunks", { payload: { count: Schema.Finite }, success: Chunk, stream: true })
)
