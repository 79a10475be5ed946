/** The same on this one thread: without a pool, and without Effect. */
import { closeSync, openSync, readSync } from "node:fs"
import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { Finder } from "./found.ts"
import { Report } from "./report.ts"
import type { Log } from "./run.ts"

export const runInline = ({ file, size }: Log): Report => {
  const report = new Report()
  const finder = new Finder({ from: 0, to: size })
  const { lines } = finder
  const fd = openSync(file, "r")
  try {
    while (!lines.isDone) {
      lines.take(readSync(fd, lines.space(), { position: lines.position }))
      for (const found of finder.found()) report.add(found)
    }
  } finally {
    closeSync(fd)
  }
  return report
}

/** What Node's `readline` takes to cut the log into lines, of which nothing is made. */
export const readlineAlone = ({ file, size }: Log): Promise<number> =>
  new Promise((resolve, reject) => {
    let lines = 0
    const input = createReadStream(file, { end: Math.max(0, size - 1), highWaterMark: 256 * 1024 })
    input.once("error", reject)
    createInterface({ input, crlfDelay: Infinity })
      .on("line", () => lines++)
      .once("close", () => resolve(lines))
  })
