import { Violation } from "@heddle/core/protocol/messages/Message"
import { assert, describe, it } from "vitest"
import {
  encodeLast,
  encodeTaken,
  FrameCutter,
  headerLength,
  Kind,
  seal
} from "../../../src/internal/connection/framing.ts"
import { seeded } from "../../support/random.ts"

const element = (body: string): Buffer =>
  seal(Buffer.concat([Buffer.alloc(headerLength), Buffer.from(body)]), Kind.element)

const makeCutter = (maxBytes: number) => {
  const heard: Array<unknown> = []
  const cutter = new FrameCutter(maxBytes, {
    element: (body) => heard.push(String(body)),
    taken: (count) => heard.push(count),
    end: () => heard.push("end"),
    close: () => heard.push("close")
  })
  return { cutter, heard }
}

const headerOf = (length: number, kind: number, reserved = 0): Buffer => {
  const header = Buffer.alloc(headerLength)
  header.writeUInt32LE(length, 0)
  header[4] = kind
  header[5] = reserved
  return header
}

describe("framing", () => {
  it("gives frames whole and in order, however the socket cuts them: S240", () => {
    const long = "x".repeat(100_000)
    const bytes = Buffer.concat([
      element("one"),
      encodeTaken(7),
      element(""),
      element(long),
      encodeLast(Kind.end),
      encodeLast(Kind.close)
    ])
    for (const length of [1, 5, 6, 7, 1000, bytes.length]) {
      const { cutter, heard } = makeCutter(200_000)
      for (let at = 0; at < bytes.length; at += length) cutter.push(bytes.subarray(at, at + length))
      assert.deepStrictEqual(heard, ["one", 7, "", long, "end", "close"], `pieces of ${length}`)
    }
  })

  it("refuses a length beyond the limit by the header alone, and allocates nothing that is only claimed: S244, G16", () => {
    assert.throws(
      () => makeCutter(1000).cutter.push(headerOf(2 ** 30, Kind.element)),
      Violation,
      /larger than 1000 bytes/
    )
    const before = process.memoryUsage().arrayBuffers
    const cutters = Array.from({ length: 100 }, () => makeCutter(2 ** 30).cutter)
    for (const cutter of cutters)
      cutter.push(Buffer.concat([headerOf(2 ** 30, Kind.element), Buffer.alloc(100)]))
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 4e6)
  })

  it("refuses unknown kinds, lengths that do not fit the kind, and headers of something else: S244, G16", () => {
    for (const header of [
      headerOf(0, 0),
      headerOf(0, 5),
      headerOf(0, 255),
      headerOf(1, Kind.end),
      headerOf(3, Kind.taken),
      headerOf(5, Kind.taken),
      headerOf(0, Kind.element, 1)
    ]) {
      assert.throws(() => makeCutter(1000).cutter.push(Buffer.concat([header, Buffer.alloc(10)])), Violation)
    }
  })

  it("makes of 100,000 random frames frames or a violation, and nothing else: S245, G16", () => {
    const below = seeded(7)
    let violations = 0
    let most = 0
    for (let i = 0; i < 100_000; i++) {
      const { cutter, heard } = makeCutter(100)
      const bytes = Buffer.concat([
        headerOf(below(120), below(6), below(50) === 0 ? 1 : 0),
        Buffer.alloc(below(130), below(256))
      ])
      try {
        for (let at = 0; at < bytes.length;) {
          const next = at + 1 + below(bytes.length)
          cutter.push(bytes.subarray(at, next))
          at = next
        }
      } catch (error) {
        if (!(error instanceof Violation)) throw error
        violations++
      }
      most = Math.max(most, heard.length)
    }
    assert.isBelow(most, 25)
    assert.isAbove(violations, 10_000)
    assert.isBelow(violations, 100_000)
  })

  it("reads nothing after it was stopped: S247", () => {
    const { cutter, heard } = makeCutter(100)
    cutter.push(element("one"))
    cutter.stop()
    cutter.push(element("two"))
    assert.deepStrictEqual(heard, ["one"])
  })
})
