import { parentPort } from "node:worker_threads"

const port = parentPort!
port.on("message", (batch: Array<number>) => {
  const answers: Array<number> = []
  for (let i = 0; i < batch.length; i += 2) answers.push(batch[i]!, batch[i + 1]! + 1)
  port.postMessage(answers)
})
