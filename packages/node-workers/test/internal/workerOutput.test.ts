import { assert, describe, it } from "@effect/vitest"
import { attribution } from "../../src/internal/attribution.ts"
import { makeTailBuffer } from "../../src/internal/output.ts"
import { toOutputFactory } from "../../src/internal/workerOutput.ts"

/** A worker that prints to a pipe, of which the host reads so many bytes at a time. */
const through = (
  print: (write: typeof process.stdout.write, as: (task?: string) => void) => void,
  bytes: number
) => {
  const heard: Array<readonly [task: string | undefined, line: string]> = []
  const tail = makeTailBuffer(1000)
  const { mark, open } = toOutputFactory("log")()
  const outlet = open(tail, ({ line, task }) => heard.push([task, line]))
  const written: Array<Buffer> = []
  const original = process.stderr.write
  let task: string | undefined
  process.stderr.write = (chunk: string | Uint8Array): boolean =>
    written.push(Buffer.from(chunk as string)) > 0
  try {
    attribution(mark).onServe!(() => task)
    print(process.stderr.write.bind(process.stderr), (name) => (task = name))
  } finally {
    process.stderr.write = original
  }
  const all = Buffer.concat(written)
  for (let at = 0; at < all.length; at += bytes) outlet.stderr(all.subarray(at, at + bytes))
  outlet.end()
  return { heard, text: tail.text() }
}

describe("attribution", () => {
  for (const bytes of [1, 2, 3, 7, 64, 1_000_000]) {
    it(`S153: arrives in pieces of ${bytes} bytes as it was written`, () => {
      const { heard, text } = through((write, as) => {
        write("before\n\x1b_not a mark\x1b\\\n")
        as('odd "name"\x1b\\ ü\n')
        write("ä\r\n")
        write(Buffer.from("\n"))
        write("begun ")
        as("other")
        write("cut\x1b")
        as()
        write("after")
      }, bytes)
      assert.deepStrictEqual(heard, [
        [undefined, "before"],
        [undefined, "\x1b_not a mark\x1b\\"],
        ['odd "name"\x1b\\ ü\n', "ä"],
        ['odd "name"\x1b\\ ü\n', ""],
        ['odd "name"\x1b\\ ü\n', "begun "],
        ["other", "cut\x1b"],
        [undefined, "after"]
      ])
      assert.strictEqual(text, "before\n\x1b_not a mark\x1b\\\nä\r\n\nbegun cut\x1bafter")
    })
  }

  it("G7: a line without an end is handed over in pieces", () => {
    const { heard } = through((write, as) => {
      as("endless")
      for (let i = 0; i < 100; i++) write("x".repeat(1000))
    }, 500)
    assert.isAbove(heard.length, 5)
    assert.strictEqual(heard.map(([, line]) => line).join(""), "x".repeat(100_000))
    for (const [task, line] of heard)
      assert.deepStrictEqual([task, line.length <= 16 * 1024], ["endless", true])
  })

  it("G7: a mark that never ends is text", () => {
    const tail = makeTailBuffer(1_000_000)
    const { mark, open } = toOutputFactory("log")()
    const outlet = open(tail, () => {})
    outlet.stderr(Buffer.from(mark!))
    for (let i = 0; i < 100; i++) outlet.stderr(Buffer.from("x".repeat(1000)))
    assert.isAbove(tail.text().length, 80_000)
  })

  it("nobody asks: nothing is put around anything", () => {
    assert.deepStrictEqual(attribution(toOutputFactory("discard")().mark), {})
  })
})
