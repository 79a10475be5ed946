import { Violation } from "@heddle/core/protocol/messages/Message"
import { assert, describe, it } from "vitest"
import { decode, encode, Kind, RecordReader } from "../../src/internal/records.ts"
import { valueOf } from "../support/values.ts"

const nonce = Buffer.from("8 bytes!")
const limit = 1000

/** What a reader makes of a stream that arrives in these pieces. */
const read = (pieces: ReadonlyArray<Buffer>): ReadonlyArray<unknown> => {
  const values: Array<unknown> = []
  const reader = new RecordReader(nonce, limit, (kind, body) => values.push([kind, decode(body)]))
  for (const piece of pieces) reader.push(piece)
  return values
}

const cutEvery = (bytes: Buffer, length: number): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length)
  )

describe("records", () => {
  const values = [[1, "text"], "\u{1f9f5} two bytes", "", undefined, new Map([[{}, new Uint8Array(100)]])]
  const stream = Buffer.concat(values.map((value) => encode(nonce, Kind.frame, value, limit)))

  it("arrive whole, however the pipe cuts them", () => {
    for (const length of [1, 2, 3, 15, 16, 17, 100, stream.length]) {
      assert.deepStrictEqual(
        read(cutEvery(stream, length)),
        values.map((value) => [Kind.frame, value]),
        `pieces of ${length}`
      )
    }
  })

  it("that are told of while more arrives keep their order", () => {
    const seen: Array<unknown> = []
    const reader = new RecordReader(nonce, limit, (_kind, body) => {
      const value = decode(body)
      seen.push(value)
      if (value === "first") reader.push(encode(nonce, Kind.frame, "last", limit))
    })
    reader.push(Buffer.concat(["first", "second"].map((value) => encode(nonce, Kind.frame, value, limit))))
    assert.deepStrictEqual(seen, ["first", "second", "last"])
  })

  it("are refused past the limit before their body has come, and when written", () => {
    assert.throws(() => encode(nonce, Kind.frame, "x".repeat(limit), limit), RangeError)
    const header = encode(nonce, Kind.frame, "", limit).subarray(0, 16)
    header.writeUInt32LE(limit + 1, 8)
    assert.throws(() => read([header]), Violation, /larger than 1000 bytes: 1001/)
  })

  it("are refused with a nonce that differs in any byte, and with a body that is no value: S037, G10", () => {
    const record = encode(nonce, Kind.frame, "value", limit)
    for (let i = 0; i < nonce.length; i++) {
      const changed = Buffer.from(record)
      changed[i]! ^= 1
      assert.throws(() => read([changed]), Violation, /no record of this worker/)
    }
    for (let length = 0; length < 6; length++) {
      const cut = Buffer.from(record.subarray(0, 16 + length))
      cut.writeUInt32LE(length, 8)
      assert.throws(() => read([cut]), Violation, /cannot be read/)
    }
  })

  it("bodies that were tampered with are values or violations, and nothing else: S037, G10", () => {
    let state = 1
    const below = (bound: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * bound)
    }
    let violations = 0
    for (let seed = 0; seed < 2000; seed++) {
      const body = Buffer.from(encode(nonce, Kind.frame, valueOf(seed % 200), 1e6).subarray(16))
      for (let changes = 0; changes <= below(4); changes++) body[below(body.length)] = below(256)
      try {
        decode(below(4) === 0 ? body.subarray(0, below(body.length)) : body)
      } catch (error) {
        assert.instanceOf(error, Violation)
        violations++
      }
    }
    assert.isAbove(violations, 500)
  })
})
