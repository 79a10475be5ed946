import workerpool from "workerpool"
import { add, echo, inject } from "../injections.ts"
import { nest } from "../nest.ts"
import { callBack, lie, stage } from "../staged.ts"

workerpool.worker({
  add,
  echo,
  inject: (name: never) => inject(name),
  callBack: (wire: never) => callBack(wire),
  lie,
  nest: (nesting: never) => nest(nesting),
  stage: (order: never) => stage(order)
})
