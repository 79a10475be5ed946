// Bytes there and back: copied, transferred, shared; and an object of 10 KB.
import type { Job, Operation } from "../contenders/contender.ts"
import type { Article } from "../contenders/operations.ts"
import { metered } from "./metered.ts"
import { type Experiment, need, size, withPool } from "./workload.ts"

const travel = (
  name: string,
  about: string,
  operation: Operation,
  callers: number,
  job: () => Job
): Experiment => ({
  name,
  workloads: [{ name, unit: "tasks/s", about }],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation, size }, async ({ loop }) => {
      const run = need(loop, "loop")
      const result = await metered(timing, watch, (meter) => run(job(), meter, callers))
      return { ...result, figures: { [name]: { value: result.rate } } }
    })
})

/** Each caller keeps its bytes, or the answer that came back instead of them. */
const bytesJob = (length: number, callers: number, kind: "copy" | "shared" | "transfer"): Job => {
  const buffers = Array.from({ length: callers }, () =>
    kind === "shared" ? new Uint8Array(new SharedArrayBuffer(length)) : new Uint8Array(length)
  )
  const expected = new Uint8Array(callers)
  return {
    next: (caller) => {
      expected[caller] = buffers[caller]![0]! + 1
      return buffers[caller]!
    },
    check: (_, answer: Uint8Array<ArrayBuffer>, caller) => {
      if (kind === "transfer") buffers[caller] = answer
      const seen = kind === "shared" ? buffers[caller]! : answer
      if (answer.length !== length || seen[0] !== expected[caller]) {
        throw new Error(
          `wrong bytes: ${answer.length} of ${length}, the first is ${seen[0]} not ${expected[caller]}`
        )
      }
      if (kind === "copy") buffers[caller]![0]!++
    }
  }
}

const article = (length: number): Article => {
  const text = "Weft and warp, over and under, row upon row until the cloth is done. ".repeat(4)
  const sections = Array.from({ length }, (_, i) => ({ heading: `Section ${i}`, text, words: 60 + i }))
  return { id: 1, title: "On looms", tags: ["loom", "heddle", "shuttle"], sections }
}

const checkArticle = (length: number, { id, sections, tags }: Article): void => {
  const last = sections.at(-1)?.words ?? 59
  if (id !== 2 || sections.length !== length || last !== 59 + length || tags[2] !== "shuttle")
    throw new Error("a wrong object came back")
}

const objectJob = (length: number): Job => ({
  next: () => article(length),
  check: (_, answer: Article) => checkArticle(length, answer)
})

/** A map over objects, each about as large as its name says. */
const mapped = (name: string, title: string, length: number, count: number): Experiment => ({
  name,
  workloads: [{ name, unit: "items/s", about: `A map over ${count} nested objects of about ${title}.` }],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "object", size }, async (pool) => {
      const run = need(pool.mapObjects, "mapObjects")
      const inputs = Array.from({ length: count }, () => article(length))
      const result = await metered(timing, watch, async (meter) => {
        while (!meter.stop) {
          for (const answer of await run(inputs)) checkArticle(length, answer)
          meter.count += count
        }
      })
      return { ...result, figures: { [name]: { value: result.rate } } }
    })
})

const sizes: ReadonlyArray<readonly [name: string, title: string, length: number, callers: number]> = [
  ["1k", "1 KB", 1 << 10, 16],
  ["64k", "64 KB", 1 << 16, 16],
  ["1m", "1 MB", 1 << 20, 4],
  ["16m", "16 MB", 1 << 24, 4]
]
const kinds = { copy: "copied", transfer: "transferred", shared: "in shared memory" } as const

export const payloads: ReadonlyArray<Experiment> = [
  ...sizes.flatMap(([name, title, length, callers]) =>
    (["copy", "transfer", "shared"] as const).map((kind) =>
      travel(
        `payload-${name}-${kind}`,
        `${title} there and back, ${kinds[kind]}; ${callers} callers.`,
        `bytes-${kind}`,
        callers,
        () => bytesJob(length, callers, kind)
      )
    )
  ),
  travel(
    "payload-object",
    "A nested object of about 10 KB there and back, copied; 4 callers.",
    "object",
    4,
    () => objectJob(32)
  ),
  travel(
    "object-100b",
    "An object of about 100 bytes there and back, copied; 64 callers.",
    "object",
    64,
    () => objectJob(0)
  ),
  travel("object-1m", "A nested object of about 1 MB there and back, copied; 2 callers.", "object", 2, () =>
    objectJob(3_200)
  ),
  mapped("map-object-100b", "100 bytes", 0, 10_000),
  mapped("map-object-10k", "10 KB", 32, 400),
  mapped("map-object-1m", "1 MB", 3_200, 8)
]
