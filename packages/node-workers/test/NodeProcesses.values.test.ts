// Values through a thread and through a process, side by side: the same, or refused.
import { generateKeyPairSync } from "node:crypto"
import type { WorkerTransport } from "@heddle/core/WorkerTransport"
import { WorkerTransport as Transport } from "@heddle/core/WorkerTransport"
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import { puppet, Probe } from "./support/Probe.ts"
import { shapeOf } from "./support/shape.ts"
import { leafCount, onlyInThreads, refused, valueOf } from "./support/values.ts"

/** A worker that sends back what it is sent: after it went there and back. */
class Mirror {
  private readonly probe: Probe
  private readonly wrap: (value: unknown) => Array<unknown>
  private heard = 0

  constructor(transport: WorkerTransport["Service"], wrap: (value: unknown) => Array<unknown>) {
    this.probe = new Probe(transport)
    this.wrap = wrap
  }

  readonly echo = (value: unknown): Effect.Effect<unknown> =>
    Effect.suspend(() => {
      this.post(value)
      return Effect.map(this.probe.hear("frame", ++this.heard), ([, back]) => back)
    })

  /** Throws when the value is refused. */
  post(value: unknown): void {
    this.probe.connection.post(["echo", ...this.wrap(value)])
  }
}

class Mirrors extends Context.Service<Mirrors, { readonly thread: Mirror; readonly process: Mirror }>()(
  "Mirrors"
) {}

const mirrors = Layer.effect(
  Mirrors,
  Effect.gen(function* () {
    const threads = yield* Layer.build(NodeThreads.layer({ entry: puppet }))
    const processes = yield* Layer.build(
      NodeProcesses.layer({ entry: new URL("./fixtures/puppet.process.ts", import.meta.url) })
    )
    return {
      thread: new Mirror(Context.get(threads, Transport), (value) => [value]),
      process: new Mirror(Context.get(processes, Transport), (value) => [[value]])
    }
  })
)

const seeds = 300

layer(mirrors, { excludeTestServices: true })("values", (it) => {
  describe("a value is the same after a process as after a thread: G10", () => {
    it.effect(
      "each kind by itself, and nested at random, cycles and shared parts included",
      () =>
        Effect.gen(function* () {
          const { process, thread } = yield* Mirrors
          for (let seed = 0; seed < leafCount + seeds; seed++) {
            const value = valueOf(seed)
            const expected = shapeOf(yield* thread.echo(value))
            assert.strictEqual(shapeOf(yield* process.echo(value)), expected, `seed ${seed}`)
          }
        }),
      60_000
    )

    it.effect("as deep as is allowed, and no deeper", () =>
      Effect.gen(function* () {
        const { process, thread } = yield* Mirrors
        const nest = (levels: number): unknown => {
          let value: unknown = "bottom"
          for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { value }
          return value
        }
        // The list of arguments is a level, and what is inside the last one has one too.
        const most = nest(998)
        assert.strictEqual(shapeOf(yield* process.echo(most)), shapeOf(yield* thread.echo(most)))
        assert.throws(() => process.post(nest(1001)), /nested deeper than 1000 levels/)
        assert.throws(() => process.post(nest(1_000_000)), /nested deeper than 1000 levels/)
      })
    )
  })

  describe("what a thread does not take a process does not take: S099", () => {
    for (const [what, make] of Object.entries(refused)) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const { process, thread } = yield* Mirrors
          assert.throws(() => thread.post(make()))
          assert.throws(() => process.post(make()))
          assert.strictEqual(yield* process.echo(what), what)
        })
      )
    }
  })

  describe("what only threads can take is refused, and never arrives as something else: G10", () => {
    const all = { ...onlyInThreads, "a key": () => generateKeyPairSync("ed25519").publicKey }
    for (const [what, make] of Object.entries(all)) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const { process, thread } = yield* Mirrors
          yield* thread.echo(make())
          assert.throws(() => process.post(make()))
          assert.strictEqual(yield* process.echo(what), what)
        })
      )
    }
  })
})
