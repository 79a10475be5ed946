import { ClusterWorker } from "poolifier"
import { add, echo, inject } from "../injections.ts"

export default new ClusterWorker<any, any>({ add, echo, inject: inject as (name: any) => unknown })
