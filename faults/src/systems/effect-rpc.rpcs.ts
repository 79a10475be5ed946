import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Transferable from "effect/workers/Transferable"

export const Rpcs = RpcGroup.make(
  Rpc.make("add", { payload: { n: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("echo", { payload: { value: Schema.Any }, success: Schema.Any }),
  Rpc.make("inject", { payload: { name: Schema.String }, success: Schema.Any }),
  Rpc.make("lie", { payload: { n: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("stage", { payload: { order: Schema.Any }, success: Schema.Any }),
  Rpc.make("nest", { payload: { nesting: Schema.Any }, success: Schema.Any }),
  Rpc.make("callBack", { payload: { port: Transferable.MessagePort }, success: Schema.Any })
)
