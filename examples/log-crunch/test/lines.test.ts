import { assert, describe, it } from "@effect/vitest"
import { Lines, longestLine } from "../src/lines.ts"
import { cut, rangesOf } from "../src/ranges.ts"

/** Reads a range from memory, so many bytes at a time at most. */
const read = (bytes: Buffer, range: { from: number; to: number }, atOnce = Infinity) => {
  const found: Array<readonly [offset: number, text: string | undefined]> = []
  const lines = new Lines(range, (offset, text) => found.push([offset, text]))
  while (!lines.isDone) {
    const { position } = lines
    const room = lines.space().subarray(0, atOnce)
    lines.take(bytes.copy(room, 0, position, position + room.length))
  }
  return found
}

const inParts = (bytes: Buffer, part: number, atOnce?: number) =>
  cut(bytes.length, part).flatMap((range) => read(bytes, range, atOnce))

describe("The lines of a file that is cut anywhere", () => {
  const awkward = Buffer.from("a\n\n{ü}\r\n\r\n\n商品🧵\nend without a newline")
  const whole: Array<readonly [number, string | undefined]> = [
    [0, "a"],
    [3, "{ü}"],
    [12, "商品🧵"],
    [23, "end without a newline"]
  ]

  it("are the same ones, each once, for every size of part and of block", () => {
    for (let part = 1; part <= awkward.length + 1; part++)
      for (let atOnce = 1; atOnce <= awkward.length; atOnce++)
        assert.deepStrictEqual(inParts(awkward, part, atOnce), whole, `parts of ${part}, blocks of ${atOnce}`)
  })

  it("a file of nothing, or of newlines, has none", () => {
    assert.deepStrictEqual(inParts(Buffer.from(""), 4), [])
    assert.deepStrictEqual(inParts(Buffer.from("\n\r\n\n"), 1), [])
  })

  it("a line that is too long is told by its offset and not kept; the next one is read", () => {
    const long = "x".repeat(longestLine + 1)
    const bytes = Buffer.from(`a\n${long}\nb\n${"y".repeat(longestLine)}\n`)
    for (const part of [bytes.length, 1_000_003, 65_536]) {
      assert.deepStrictEqual(
        inParts(bytes, part).map(([offset, text]) => [offset, text?.length]),
        [
          [0, 1],
          [2, undefined],
          [2 + long.length + 1, 1],
          [2 + long.length + 3, longestLine]
        ],
        `parts of ${part}`
      )
    }
  })

  it("a range in the middle of one long line reads no further than its own end", () => {
    const bytes = Buffer.alloc(400_000, "x")
    const lines = new Lines({ from: 100_000, to: 200_000 }, () => assert.fail("no line begins here"))
    let reads = 0
    while (!lines.isDone) {
      reads++
      lines.take(bytes.copy(lines.space(), 0, lines.position))
    }
    assert.isAtMost(reads, 2)
  })
})

describe("The parts of a file", () => {
  it("meet without a gap, and a small file is one part", () => {
    for (const [size, workers] of [
      [0, 1],
      [1, 8],
      [65_537, 2],
      [10_000_000, 3],
      [200_000_000, 2]
    ] as const) {
      const parts = rangesOf(size, workers)
      assert.strictEqual(
        parts.reduce((at, { from, to }) => (assert.strictEqual(from, at), to), 0),
        size
      )
    }
    assert.strictEqual(rangesOf(60_000, 8).length, 1)
    assert.isAtLeast(rangesOf(200_000_000, 2).length, 8)
  })
})
