import { workerData } from "node:worker_threads"
import { Ring } from "./ring.ts"

const { answers, requests } = workerData as {
  readonly answers: SharedArrayBuffer
  readonly requests: SharedArrayBuffer
}
const incoming = new Ring(requests)
const outgoing = new Ring(answers)
for (;;) {
  incoming.wait(1000)
  const count = Math.min(incoming.filled(), outgoing.free())
  if (count === 0) continue
  for (let i = 0; i < count; i++) outgoing.put(i, incoming.take(i) + 1)
  incoming.release(count)
  outgoing.publish(count)
}
