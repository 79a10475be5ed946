import { Tinypool } from "tinypool"
import { bytes } from "./operations.ts"

export { add, bytes, chunk, fault, object, spin } from "./operations.ts"
export const moved = (payload: Uint8Array): unknown => Tinypool.move(bytes(payload))
