/** A log to read: seeded, so that it is the same log each time, and written as it is made. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { below, pick, type Random, seeded } from "./random.ts"

export interface Recipe {
  /** In bytes; the log ends with the first line that reaches it. */
  readonly size: number
  readonly seed: number
  /** One line in so many has no record; 0: none. */
  readonly badEvery: number
}

interface Service {
  readonly name: string
  /** The usual time of an answer, in milliseconds. */
  readonly usual: number
  readonly paths: ReadonlyArray<string>
}

const services: ReadonlyArray<Service> = [
  { name: "gateway", usual: 4, paths: ["/", "/health", "/login", "/logout", "/assets/app.js"] },
  { name: "search", usual: 60, paths: ["/search", "/search/suggest", "/search/similar"] },
  { name: "cart", usual: 12, paths: ["/cart", "/cart/items", "/cart/voucher"] },
  { name: "checkout", usual: 180, paths: ["/checkout", "/checkout/address", "/checkout/pay"] },
  { name: "images", usual: 25, paths: Array.from({ length: 40 }, (_, n) => `/images/${n}`) },
  { name: "accounts", usual: 30, paths: ["/account", "/account/orders", "/account/returns"] }
]

const statuses = [
  200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 301, 304, 304, 400, 401, 404, 404, 429, 500, 503
]
const messages = [
  "served",
  "served from the cache",
  "zurückgestellt, Größe unbekannt",
  "商品を追加しました",
  "client went away before the answer was complete 🧵"
]

/** The first moment of the log: 2026-01-01. Time passes by lines. */
const beginning = Date.UTC(2026, 0, 1)

const goodLine = (random: Random, index: number): string => {
  const { name, paths, usual } = pick(random, services)
  const time = new Date(beginning + index * 7).toISOString()
  // Most answers take about as long as usual, few take much longer.
  const ms = (usual * (0.3 + random() + 0.2 / (1.002 - random()))).toFixed(3)
  const user = below(random, 1_000_000)
  return (
    `{"time":"${time}","service":"${name}","status":${pick(random, statuses)},"path":"${pick(random, paths)}","ms":${ms},` +
    `"user":"u${user}","message":"${pick(random, messages)}"}`
  )
}

const badLines: ReadonlyArray<(good: string) => string> = [
  (good) => good.slice(0, good.length >> 1),
  (good) => good.replace(/"status":\d+/, '"status":"unknown"'),
  (good) => good.replace(/"service":"\w+",/, ""),
  () => "    at Server.onRequest (/srv/app/server.js:114:21)"
]

/** Line by line, without end; every line ends with a newline. */
export function* linesOf({ badEvery, seed }: Pick<Recipe, "badEvery" | "seed">): Generator<string> {
  const random = seeded(seed)
  for (let index = 0; ; index++) {
    const good = goodLine(random, index)
    const isBad = badEvery > 0 && below(random, badEvery) === 0
    yield `${isBad ? pick(random, badLines)(good) : good}\n`
  }
}

/** Bytes that are written at a time. */
const block = 1024 * 1024

/** Blocks of a log; together they are as long as the recipe says, and what is missing of the last line. */
export function* blocksOf(recipe: Recipe): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  const buffer = new Uint8Array(block + 1024)
  let [filled, written] = [0, 0]
  for (const line of linesOf(recipe)) {
    filled += encoder.encodeInto(line, buffer.subarray(filled)).written
    const isEnough = written + filled >= recipe.size
    if (filled < block && !isEnough) continue
    yield buffer.slice(0, filled)
    written += filled
    filled = 0
    if (isEnough) return
  }
}

/** Written beside its place and then renamed: a log that is there is whole. */
export const generate = Effect.fnUntraced(function* (file: string, recipe: Recipe) {
  const fs = yield* FileSystem.FileSystem
  const part = `${file}.${process.pid}.part`
  const write = Effect.gen(function* () {
    const output = yield* fs.open(part, { flag: "wx" })
    for (const bytes of blocksOf(recipe)) yield* output.writeAll(bytes)
  }).pipe(Effect.scoped)
  yield* write.pipe(
    Effect.andThen(fs.rename(part, file)),
    Effect.onError(() => Effect.ignore(fs.remove(part, { force: true })))
  )
})
