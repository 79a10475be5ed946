import { assert, describe, it } from "@effect/vitest"
import { Signal } from "../../../src/internal/shared/Signal.ts"

describe("a signal", () => {
  it("tells its subscribers in the order in which they subscribed", () => {
    const signal = new Signal<[name: string, count: number]>()
    const heard: Array<string> = []
    signal.subscribe((name, count) => heard.push(`first ${name} ${count}`))
    signal.subscribe((name) => heard.push(`second ${name}`))
    signal.tell("a", 1)
    assert.deepStrictEqual(heard, ["first a 1", "second a"])
  })

  it("does nothing without a subscriber", () => {
    new Signal().tell()
  })

  it("a part that subscribes while a fact is told hears the next one first", () => {
    const signal = new Signal<[fact: number]>()
    const heard: Array<number> = []
    let subscribed = false
    signal.subscribe(() => {
      if (!subscribed) signal.subscribe((fact) => heard.push(fact))
      subscribed = true
    })
    signal.tell(1)
    assert.deepStrictEqual(heard, [])
    signal.tell(2)
    assert.deepStrictEqual(heard, [2])
  })

  it("a fact that a subscriber causes is told at once, before the rest hear of the first one", () => {
    const signal = new Signal<[fact: number]>()
    const heard: Array<number> = []
    signal.subscribe((fact) => fact === 1 && signal.tell(2))
    signal.subscribe((fact) => heard.push(fact))
    signal.tell(1)
    assert.deepStrictEqual(heard, [2, 1])
  })

  it("a subscriber that leads hears first, however late it came, and nothing once it is taken out", () => {
    const signal = new Signal<[fact: number]>()
    const heard: Array<string> = []
    signal.subscribe((fact) => heard.push(`part ${fact}`))
    const end = signal.lead((fact) => heard.push(`listener ${fact}`))
    signal.tell(1)
    end()
    signal.tell(2)
    assert.deepStrictEqual(heard, ["listener 1", "part 1", "part 2"])
  })
})
