import { move } from "piscina"
import { bytes, chunkTyped } from "./operations.ts"

export { add, bytes, chunk, fault, object, spin } from "./operations.ts"
export const moved = (payload: Uint8Array<ArrayBuffer>): unknown => move(bytes(payload))
export const movedChunk = (items: Float64Array<ArrayBuffer>): unknown => move(chunkTyped(items))
