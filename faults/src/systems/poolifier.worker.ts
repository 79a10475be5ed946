import { ThreadWorker } from "poolifier"
import { add, echo, inject } from "../injections.ts"

// It awaits what is declared `async`, and nothing else.
export default new ThreadWorker<any, any>({ add, echo, inject: async (name: any) => inject(name) })
