import { type MessagePort, parentPort } from "node:worker_threads"
import { type End, runEnd } from "./port-stream.ts"

const parent = parentPort!
parent.on("message", async ({ end, port }: { readonly end: End; readonly port: MessagePort }) => {
  parent.postMessage(await runEnd(end, port))
})
