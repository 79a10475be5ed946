/** Logs to read, and what a reader that keeps the whole file in memory finds in them. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import { parse } from "../src/record.ts"

export const fileOf = Effect.fnUntraced(function* (content: string | Uint8Array<ArrayBuffer>) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "log-crunch-test-" })
  const file = join(folder, "log.ndjson")
  yield* typeof content === "string" ? fs.writeFileString(file, content) : fs.writeFile(file, content)
  return { file, size: Number((yield* fs.stat(file)).size) }
})

export const line = (
  more: Partial<Record<"service" | "status" | "path" | "ms" | "message", unknown>> = {}
): string => JSON.stringify({ service: "cart", status: 200, path: "/cart", ms: 1.5, ...more })

/** Offsets of the lines without a record, and how many have one. */
export const expected = (bytes: Buffer): { readonly lines: number; readonly bad: ReadonlyArray<number> } => {
  const bad: Array<number> = []
  let [lines, offset] = [0, 0]
  for (const text of bytes.toString("utf8").split("\n")) {
    const content = text.endsWith("\r") ? text.slice(0, -1) : text
    if (content !== "" && typeof parse(content) === "string") bad.push(offset)
    else if (content !== "") lines++
    offset += Buffer.byteLength(text) + 1
  }
  return { lines, bad }
}

/** A line, and where in it a border of a part falls: so many bytes behind its beginning. */
interface AtBorder {
  readonly text: string
  readonly cut: number
}

const thread = line({ message: "🧵" })

const atBorders: ReadonlyArray<AtBorder> = [
  { text: "no record, in two halves", cut: 9 },
  { text: "no record, begins with its part", cut: 0 },
  { text: thread, cut: Buffer.byteLength(thread.slice(0, thread.indexOf("🧵"))) + 2 },
  { text: `${line()}\r`, cut: line().length },
  { text: `${line()}\r`, cut: line().length + 1 },
  { text: line(), cut: line().length },
  { text: "", cut: 0 },
  { text: "\r", cut: 1 }
]

/** A log of so many steps, with something awkward at each border between two, and no newline at its end. */
export const withBorders = (step: number, steps: number): string => {
  let [log, length] = ["", 0]
  const push = (text: string): void => {
    log += `${text}\n`
    length += Buffer.byteLength(text) + 1
  }
  const filler = (bytes: number): string => {
    const empty = line({ message: "" })
    return line({ message: "x".repeat(bytes - empty.length - 1) })
  }
  for (let border = 1; border < steps; border++) {
    const { cut, text } = atBorders[border % atBorders.length]!
    const until = border * step - cut
    while (until - length > 1000) push(filler(400))
    push(filler(until - length))
    push(text)
  }
  while (steps * step - length > 1000) push(filler(400))
  return `${log}${filler(steps * step - length + 1)}`
}
