// How a thread waits at its doorbell. Host and thread are one here, so nothing waits for luck.
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import type { Frame } from "@heddle/core/protocol/messages/Message"
import * as Doorbell from "../../src/internal/doorbell.ts"
import * as SpinThenPark from "../../src/internal/spinThenPark.ts"

let host: MessagePort
let port: MessagePort
let bell: Doorbell.Doorbell
let heard: Array<Frame>
let spinning: SpinThenPark.SpinThenPark
/** What is open in the thread besides. */
let open: Array<string>
/** One for each sleep at the bell: how the thread was seen meanwhile. */
let sleeps: Array<boolean>

const post = (...frame: Frame): void => {
  host.postMessage(frame)
  Doorbell.ring(bell)
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn()
}

beforeEach(() => {
  const channel = new MessageChannel()
  host = channel.port1
  port = channel.port2
  bell = Doorbell.make()
  heard = []
  sleeps = []
  open = []
  spinning = SpinThenPark.make(port, bell, () => ["MessagePort", ...open])
  spinning.listen((frame) => void heard.push(frame))
  const wait = Atomics.wait.bind(Atomics)
  vi.spyOn(Atomics, "wait").mockImplementation(((words: Int32Array, at: number, value: number) => {
    sleeps.push(Doorbell.isParked(bell))
    return wait(words, at, value, 0)
  }) as typeof Atomics.wait)
})

afterEach(() => {
  vi.restoreAllMocks()
  port.close()
  host.close()
})

describe("spinning", () => {
  it("parks at the bell for a few turns, visibly for the host; then an idle thread does nothing at all", async () => {
    spinning.quiet()
    await turns(20)
    assert.deepStrictEqual(sleeps, [true, true, true, true])
    assert.isFalse(Doorbell.isParked(bell))
    await turns(20)
    assert.strictEqual(sleeps.length, 4)
  })

  it("takes a frame that is there without sleeping, one per turn of the loop, in order", async () => {
    spinning.quiet()
    post(1, 0, "a")
    post(1, 1, "b")
    await turn()
    assert.isAtLeast(heard.length, 1)
    await turns(3)
    assert.deepStrictEqual(
      heard.map((frame) => frame[2]),
      ["a", "b"]
    )
    assert.deepStrictEqual(sleeps, [])
  })

  it("hears a frame that comes through the event loop, and spins again after it", async () => {
    spinning.quiet()
    await turns(20)
    post(1, 0, "late")
    await turns(5)
    assert.deepStrictEqual(heard, [[1, 0, "late"]])
    const before = sleeps.length
    spinning.quiet()
    await turns(5)
    assert.isAbove(sleeps.length, before)
  })

  it("a delivery of a channel is lone: S228", async () => {
    for (let i = 0; i < 3; i++) {
      post(1, i, "deliver", 1, i, ["element"], undefined)
      await turns(5)
    }
    spinning.quiet()
    await turns(5)
    assert.isAbove(sleeps.length, 0)
  })

  it("leaves frames of several tasks to the event loop, until three lone ones have come in a row: S228", async () => {
    const hear = async (...frame: Frame) => {
      post(...frame)
      await turns(5)
      spinning.quiet()
      await turns(5)
      return sleeps.length
    }
    assert.strictEqual(await hear(1, 0, "a", 0, 0, "b", 0, 0), 0)
    assert.deepStrictEqual([await hear(1, 1, "c"), await hear(1, 2, "d")], [0, 0])
    assert.isAbove(await hear(1, 3, "e"), 0)
    assert.strictEqual(heard.length, 4)
  })

  it("never sleeps where many come at once, of which the first and the last travel alone: S228", async () => {
    spinning.quiet()
    post(1, 0, "a", 0, 0, "b", 0, 0)
    await turns(5)
    for (let batch = 0; batch < 10; batch++) {
      for (const frame of [
        [1, 0, "first"],
        [1, 0, "many", 0, 0, "more", 0, 0],
        [1, 0, "last"]
      ]) {
        post(...frame)
        await turns(3)
        spinning.quiet()
        await turns(3)
      }
    }
    assert.deepStrictEqual([heard.length, sleeps.length], [31, 0])
  })

  it("does not sleep while a frame's task goes on: only quiet threads spin", async () => {
    post(1, 0, "a")
    await turns(10)
    assert.deepStrictEqual([heard.length, sleeps.length], [1, 0])
  })

  it("a runner that is quiet again before a frame's handler returns asks for one turn, and hears frames in order", async () => {
    const inside: Array<string> = []
    const asked = vi
      .spyOn(globalThis, "setImmediate")
      .mockImplementation((() => {}) as unknown as typeof setImmediate)
    spinning.listen((frame) => {
      inside.push(`${String(frame[2])} begins`)
      spinning.quiet()
      spinning.quiet()
      inside.push(`${String(frame[2])} ends`)
    })
    port.removeAllListeners("message")
    for (const name of ["a", "b", "c"]) post(1, 0, name)
    spinning.quiet()
    const first = asked.mock.calls[0]![0]
    asked.mockClear()
    first()
    assert.deepStrictEqual(
      inside,
      ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`])
    )
    assert.strictEqual(asked.mock.calls.length, 1)
  })

  it("never sleeps while something else is open in the thread: a timer, a port", async () => {
    for (const kind of ["Timeout", "TCPSocketWrap", "MessagePort"]) {
      open = [kind]
      spinning.quiet()
      await turns(10)
      assert.strictEqual(sleeps.length, 0, kind)
    }
    open = []
    spinning.quiet()
    await turns(10)
    assert.isAbove(sleeps.length, 0)
  })
})
