import workerpool from "workerpool"
import { add, echo, inject } from "../injections.ts"

workerpool.worker({ add, echo, inject: (name: never) => inject(name) })
