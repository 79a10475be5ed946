import { ThreadWorker } from "poolifier"
import { add, echo, inject } from "../injections.ts"

export default new ThreadWorker<any, any>({ add, echo, inject: inject as (name: any) => unknown })
