// Marks around the output of tasks, on the worker's side. `workerOutput.test.ts` reads them back.
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import { attribution, markEnd } from "../../src/internal/attribution.ts"

const mark = "\x1b_test:"

let written: Array<ReadonlyArray<unknown>>
let task: string | undefined
const original = process.stdout.write

/** The text of each write to standard output. */
const texts = (): ReadonlyArray<string> =>
  written.map(([chunk]) => (typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString()))

beforeEach(() => {
  written = []
  task = undefined
  process.stdout.write = (...args: ReadonlyArray<unknown>) => {
    written.push(args)
    return true
  }
  vi.spyOn(process.stderr, "write").mockImplementation(() => true)
  attribution(mark).onServe!(() => task)
})

afterEach(() => {
  process.stdout.write = original
  vi.restoreAllMocks()
})

describe("attribution", () => {
  it("writes the task's name around its output, in one write: S153", () => {
    task = 'a "name"'
    process.stdout.write("text\n")
    assert.deepStrictEqual(texts(), [`${mark}"a \\"name\\""${markEnd}text\n${mark}${markEnd}`])
  })

  it("leaves output of no task unmarked, arguments and all", () => {
    const done = (): void => {}
    process.stdout.write("text", "latin1", done)
    assert.deepStrictEqual(written, [["text", "latin1", done]])
  })

  it("keeps bytes and encodings of the output, and the callback of the write", () => {
    task = "T"
    const done = (): void => {}
    process.stdout.write("68c3a9", "hex", done)
    process.stdout.write(Buffer.from("bytes"))
    const around = (text: string) => `${mark}"T"${markEnd}${text}${mark}${markEnd}`
    assert.deepStrictEqual(texts(), [around("hé"), around("bytes")])
    assert.strictEqual(written[0]!.at(-1), done)
  })

  it("leaves chunks that cannot be printed to the stream, which throws", () => {
    task = "T"
    process.stdout.write(1 as never)
    process.stdout.write("text", "no encoding" as never)
    assert.deepStrictEqual(written, [[1], ["text", "no encoding"]])
  })

  it("does nothing where the host does not ask which task printed", () => {
    assert.deepStrictEqual(attribution(undefined), {})
  })
})
