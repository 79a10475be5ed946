import { ClusterWorker } from "poolifier"
import { add, echo, inject } from "../injections.ts"

// It awaits what is declared `async`, and nothing else.
export default new ClusterWorker<any, any>({ add, echo, inject: async (name: any) => inject(name) })
