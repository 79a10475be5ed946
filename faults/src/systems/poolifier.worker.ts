import { ThreadWorker } from "poolifier"
import { add, echo, inject } from "../injections.ts"
import { nest } from "../nest.ts"
import { callBack, lie, stage } from "../staged.ts"

// It awaits what is declared `async`, and nothing else.
export default new ThreadWorker<any, any>({
  add,
  echo,
  inject: async (name: any) => inject(name),
  callBack: async (wire: any) => callBack(wire),
  lie: lie as any,
  nest: async (nesting: any) => nest(nesting),
  stage: async (order: any) => stage(order)
})
