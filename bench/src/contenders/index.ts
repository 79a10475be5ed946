// Who is measured. Every pool has two workers, unless a workload says otherwise.
import type { Contender } from "./contender.ts"
import { effectRpc } from "./effect-rpc.ts"
import { floorBatchedEffect } from "./floor-batched-effect.ts"
import { floorBatched } from "./floor-batched.ts"
import { floorPort } from "./floor-port.ts"
import { floorRing } from "./floor-ring.ts"
import { floorStream } from "./floor-stream.ts"
import { floorTerminate } from "./floor-terminate.ts"
import { floorThread } from "./floor-thread.ts"
import { heddle } from "./heddle.ts"
import { piscina } from "./piscina.ts"
import { poolifier } from "./poolifier.ts"
import { pythons } from "./python.ts"
import { tinypool } from "./tinypool.ts"
import { workerpool } from "./workerpool.ts"

export const contenders: ReadonlyArray<Contender> = [
  ...heddle,
  ...piscina,
  ...tinypool,
  ...workerpool,
  ...poolifier,
  ...effectRpc,
  ...pythons,
  ...floorBatchedEffect,
  ...floorPort,
  ...floorBatched,
  ...floorRing,
  ...floorStream,
  ...floorTerminate,
  ...floorThread
]

export const contenderOf = (name: string): Contender => {
  const found = contenders.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no contender is called ${name}`)
  return found
}
