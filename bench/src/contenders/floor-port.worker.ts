import { parentPort, type Transferable, workerData } from "node:worker_threads"
import type { Operation } from "./contender.ts"
import { add, bytes, chunk, chunkTyped, fault, object, spin } from "./operations.ts"

const operation = workerData as Operation
const perform: (payload: any) => unknown = {
  add,
  "bytes-copy": bytes,
  "bytes-shared": bytes,
  "bytes-transfer": bytes,
  object,
  spin,
  fault,
  chunk,
  "chunk-typed": chunkTyped
}[operation]
const moves = operation === "bytes-transfer" || operation === "chunk-typed"
const port = parentPort!
port.on("message", (payload) => {
  const answer = perform(payload)
  if (moves) port.postMessage(answer, [(answer as Uint8Array).buffer as Transferable])
  else port.postMessage(answer)
})
