// A stream over a bare port, by hand: batches, and credit for as many as were taken.
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { batchesOf, type Chunk, type Flow, type Reading, sumOfChunk, valueOf } from "./readings.ts"

/** How a stream is cut. */
export interface Cut {
  /** Elements of one message; of 1 the element itself. */
  readonly batch: number
  /** Messages that may be under way. Credit comes back for half of them at once. */
  readonly window: number
}

/** One end of a stream, as data. */
export interface End extends Cut, Pick<Flow, "count" | "isSlow" | "kind"> {
  readonly role: "send" | "receive"
}

const send = (port: MessagePort, { batch, count, kind, window }: End): Promise<number> =>
  new Promise((resolve) => {
    const batches = batchesOf({ count, kind }, batch)
    let credit = window
    const post = (): void => {
      while (credit > 0) {
        const { done, value } = batches.next()
        if (done === true) {
          port.postMessage(null)
          return port.close()
        }
        credit--
        const message = batch === 1 ? value[0] : value
        if (kind === "objects") port.postMessage(message)
        else
          port.postMessage(
            message,
            (value as Array<Chunk>).map(({ buffer }) => buffer)
          )
      }
    }
    port.on("message", (more: number) => {
      credit += more
      post()
    })
    port.once("close", () => resolve(0))
    post()
  })

const receive = (port: MessagePort, { batch, isSlow, kind, window }: End): Promise<number> =>
  new Promise((resolve) => {
    const give = Math.ceil(window / 2)
    let [sum, taken] = [0, 0]
    const take = (element: Reading | Chunk): void => {
      sum += kind === "objects" ? valueOf(element as Reading, isSlow) : sumOfChunk(element as Chunk)
    }
    port.on("message", (message: Array<Reading | Chunk> | Reading | Chunk | null) => {
      if (message === null) return resolve(sum)
      if (batch === 1) take(message as Reading | Chunk)
      else for (const element of message as Array<Reading | Chunk>) take(element)
      if (++taken % give === 0) port.postMessage(give)
    })
  })

/** The sum of what was received; 0 of a sender, once all was sent. */
export const runEnd = (end: End, port: MessagePort): Promise<number> =>
  end.role === "send" ? send(port, end) : receive(port, end)

/** Runs both ends, each in a worker or here. `start` runs one in the worker of that number. */
export const overPorts = async (
  { count, isSlow, kind, way }: Flow,
  cut: Cut,
  start: (worker: number, end: End, port: MessagePort) => Promise<number>
): Promise<number> => {
  const { port1, port2 } = new MessageChannel()
  const common = { ...cut, count, isSlow, kind }
  const here = (_: number, end: End, port: MessagePort) => runEnd(end, port)
  const [, sum] = await Promise.all([
    (way === "in" ? here : start)(0, { ...common, role: "send" }, port1),
    (way === "out" ? here : start)(1, { ...common, role: "receive" }, port2)
  ])
  return sum
}
