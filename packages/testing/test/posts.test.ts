// How many posts a burst of calls takes.
import * as TaskPool from "@heddle/core/TaskPool"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Tasks from "@heddle/testing/conformance/suite/tasks"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const harness = simulated()

/** Elements of a frame, and of a task in it. */
const headerLength = 2
const taskLength = 3

/** A transport with a note of each post's number of tasks. */
const counting = () => {
  const posts: Array<number> = []
  const transport = Layer.effect(
    WorkerTransport,
    Effect.map(WorkerTransport, (real) =>
      WorkerTransport.of({
        ...real,
        spawn: (start, listener) => {
          const connection = real.spawn(start, listener)
          return {
            ...connection,
            post: (frame, transfer) => {
              posts.push((frame.length - headerLength) / taskLength)
              connection.post(frame, transfer)
            }
          }
        }
      })
    )
  ).pipe(Layer.provide(harness.transport()))
  return { posts, transport }
}

/** The number of tasks in each post of `count` calls in one turn, by tasks known to be short. */
const postsOf = async (count: number) => {
  const { posts, transport } = counting()
  const add = (a: number) => Tasks.Add({ a, b: 1 })
  const program = Effect.gen(function* () {
    for (let a = 0; a < 8; a++) yield* add(a)
    // A caller goes on while its reply is being read, and posts are held back; from here on posts go out at once.
    yield* Effect.sleep(1)
    posts.length = 0
    let inTurn = 0
    const calls = Array.from({ length: count }, (_, a) => add(a))
    const last = Effect.sync(() => {
      inTurn = posts.length
    })
    const answers = yield* Effect.all([...calls, last], { concurrency: "unbounded" })
    assert.deepStrictEqual(
      answers.slice(0, -1),
      Array.from({ length: count }, (_, a) => a + 1)
    )
    return { inTurn: posts.slice(0, inTurn), later: posts.slice(inTurn) }
  })
  const pool = Layer.provide(TaskPool.layer({ size: 1 }), transport)
  const exit = await harness.run(Effect.provide(program, pool))
  assert(exit._tag === "Success", String(exit))
  return exit.value
}

describe("a burst of calls", () => {
  it("is posted during the submission, at first to the idle worker, then in posts of doubling size", async () => {
    const { inTurn, later } = await postsOf(200)
    assert.deepStrictEqual(inTurn, [1, 16, 16, 32, 64])
    assert.deepStrictEqual(later, [71])
  })

  it("of small size takes one post beside the first", async () => {
    assert.deepStrictEqual(await postsOf(16), { inTurn: [1], later: [15] })
  })
})
