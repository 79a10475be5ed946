import { ThreadWorker } from "poolifier"
import { add, bytes, chunk, fault, object, spin } from "./operations.ts"

// It has no transfer list for replies: `moved` copies its answer.
export default new ThreadWorker<any, any>({ add, bytes, chunk, fault, moved: bytes, object, spin })
