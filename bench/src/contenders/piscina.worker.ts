import { move } from "piscina"
import type { MessagePort } from "node:worker_threads"
import { bytes, chunkTyped } from "./operations.ts"
import { type End, runEnd } from "./port-stream.ts"

export { add, bytes, chunk, fault, object, spin } from "./operations.ts"
export const moved = (payload: Uint8Array<ArrayBuffer>): unknown => move(bytes(payload))
export const movedChunk = (items: Float64Array<ArrayBuffer>): unknown => move(chunkTyped(items))
export const stream = ({ end, port }: { readonly end: End; readonly port: MessagePort }): Promise<number> =>
  runEnd(end, port)
