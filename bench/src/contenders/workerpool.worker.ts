import workerpool from "workerpool"
import { add, bytes, chunk, fault, object, spin } from "./operations.ts"

const moved = (payload: Uint8Array<ArrayBuffer>): unknown =>
  new workerpool.Transfer(bytes(payload), [payload.buffer])

workerpool.worker({ add, bytes, chunk, fault, moved, object, spin })
