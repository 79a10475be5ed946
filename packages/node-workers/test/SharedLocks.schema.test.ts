// How handles of semaphores, events, latches and locks of readers cross: encoded, and refused where they are forged.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type { Encoded } from "../src/internal/memory/sharing.ts"
import type { SharedError } from "../src/SharedError.ts"
import * as SharedEvent from "../src/SharedEvent.ts"
import * as SharedLatch from "../src/SharedLatch.ts"
import * as SharedRwLock from "../src/SharedRwLock.ts"
import * as SharedSemaphore from "../src/SharedSemaphore.ts"

interface Kind {
  readonly kind: string
  readonly schema: Schema.Codec<any, Encoded>
  readonly make: Effect.Effect<{ readonly name: string }, SharedError, Scope>
}

const kinds: ReadonlyArray<Kind> = [
  { kind: "semaphore", schema: SharedSemaphore.Schema, make: SharedSemaphore.make(2, { name: "n" }) },
  { kind: "event", schema: SharedEvent.Schema, make: SharedEvent.make({ name: "n" }) },
  { kind: "latch", schema: SharedLatch.Schema, make: SharedLatch.make(2, { name: "n" }) },
  { kind: "lock of readers", schema: SharedRwLock.Schema, make: SharedRwLock.make({ name: "n" }) }
]

describe.each(kinds)("a $kind", ({ make, schema }) => {
  it.effect("is the same one on both sides, with its name: S336", () =>
    Effect.gen(function* () {
      const made = yield* make
      const encoded = yield* Schema.encodeEffect(schema)(made)
      const decoded = yield* Schema.decodeEffect(schema)(structuredClone(encoded))
      assert.strictEqual(decoded.name, "n")
      const { buffer } = yield* Schema.encodeEffect(schema)(decoded)
      const words = [new Int32Array(buffer), new Int32Array(encoded.buffer)] as const
      Atomics.add(words[0], words[0].length - 1, 1)
      assert.deepStrictEqual(words[0], words[1])
    }).pipe(Effect.scoped)
  )

  it.effect("of another kind, or with a forged buffer, is a typed error: S336", () =>
    Effect.gen(function* () {
      const encoded = yield* Schema.encodeEffect(schema)(yield* make)
      const refused = (more: object) =>
        Effect.map(Effect.exit(Schema.decodeUnknownEffect(schema)({ ...encoded, ...more })), (exit) =>
          Exit.isFailure(exit) ? String(exit.cause) : "accepted"
        )
      for (const bytes of [0, 4, 16, 20, 32]) {
        const forged = yield* refused({ buffer: new SharedArrayBuffer(bytes) })
        assert.match(forged, /the buffer holds no/, `${bytes} bytes`)
      }
      assert.match(yield* refused({ shared: "SharedMutex" }), /it is a SharedMutex/)
      assert.match(yield* refused({ shape: "circle" }), /the shape circle/)
      assert.notStrictEqual(yield* refused({ buffer: new ArrayBuffer(4096) }), "accepted")
    }).pipe(Effect.scoped)
  )
})

it.effect("a semaphore with a buffer without permits is a typed error: S336", () =>
  Effect.gen(function* () {
    const encoded = yield* Schema.encodeEffect(SharedSemaphore.Schema)(yield* SharedSemaphore.make(2))
    const empty = { ...encoded, buffer: new SharedArrayBuffer(encoded.buffer.byteLength) }
    const exit = yield* Effect.exit(Schema.decodeEffect(SharedSemaphore.Schema)(empty))
    assert.isTrue(Exit.isFailure(exit) && /no permits/.test(String(exit.cause)))
  }).pipe(Effect.scoped)
)
