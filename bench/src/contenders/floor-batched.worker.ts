import { parentPort } from "node:worker_threads"
import { chunkTyped } from "./operations.ts"

const port = parentPort!
port.on("message", (batch: Float64Array<ArrayBuffer>) => {
  chunkTyped(batch)
  port.postMessage(batch, [batch.buffer])
})
