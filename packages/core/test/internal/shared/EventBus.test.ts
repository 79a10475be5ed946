import { assert, describe, it } from "@effect/vitest"
import { EventBus } from "../../../src/internal/shared/EventBus.ts"

const setUp = () => {
  const reported: Array<string> = []
  const heard: Array<string> = []
  const bus = new EventBus<string>({
    report: (whose, cause) => reported.push(`${whose}: ${String(cause)}`),
    eventOf: (whose, cause) => `thrown by ${whose}: ${String(cause)}`
  })
  return { bus, heard, reported }
}

const thrower = (cause: string) => () => {
  throw cause
}

describe("events", () => {
  it("are told to all listeners, in the order in which they came, until each leaves", () => {
    const { bus, heard } = setUp()
    const leave = bus.subscribe((event) => heard.push(`a ${event}`))
    bus.subscribe((event) => heard.push(`b ${event}`))
    bus.emit("1")
    leave()
    bus.emit("2")
    assert.deepStrictEqual(heard, ["a 1", "b 1", "b 2"])
  })

  it("are observed exactly while somebody listens", () => {
    const { bus } = setUp()
    assert.isFalse(bus.isObserved)
    const leave = bus.subscribe(() => {})
    assert.isTrue(bus.isObserved)
    leave()
    assert.isFalse(bus.isObserved)
  })

  it("that a listener causes wait until all have heard of the one before", () => {
    const { bus, heard } = setUp()
    bus.subscribe((event) => event === "1" && bus.emit("2"))
    bus.subscribe((event) => heard.push(event))
    bus.emit("1")
    assert.deepStrictEqual(heard, ["1", "2"])
  })

  it("of before a listener came are not told to it", () => {
    const { bus, heard } = setUp()
    bus.emit("1")
    bus.subscribe((event) => heard.push(event))
    bus.emit("2")
    assert.deepStrictEqual(heard, ["2"])
  })
})

describe("the end of events", () => {
  it("is told once to those who asked, and nothing comes after it", () => {
    const { bus, heard } = setUp()
    bus.subscribe(
      (event) => heard.push(event),
      () => heard.push("end")
    )
    bus.subscribe(() => {})
    bus.emit("1")
    bus.end()
    bus.emit("2")
    bus.end()
    assert.deepStrictEqual(heard, ["1", "end"])
    assert.isFalse(bus.isObserved)
  })

  it("comes after the events that were caused before it", () => {
    const { bus, heard } = setUp()
    bus.subscribe(
      (event) => {
        heard.push(event)
        if (event !== "1") return
        bus.emit("2")
        bus.end()
      },
      () => heard.push("end")
    )
    bus.emit("1")
    assert.deepStrictEqual(heard, ["1", "2", "end"])
  })
})

describe("code of users that throws", () => {
  it("costs nobody an event, and is reported once: S218", () => {
    const { bus, heard, reported } = setUp()
    bus.subscribe(thrower("broken"))
    bus.subscribe((event) => heard.push(event))
    bus.emit("1")
    bus.emit("2")
    assert.deepStrictEqual(heard, ["1", "thrown by listener: broken", "2"])
    assert.deepStrictEqual(reported, ["listener: broken"])
  })

  it("is told apart by the code, not by what it throws: S218", () => {
    const { bus, reported } = setUp()
    const [a, b] = [thrower("same"), thrower("same")]
    for (const f of [a, b, a]) bus.guard("observer", f)
    assert.deepStrictEqual(reported, ["observer: same", "observer: same"])
  })

  it("when events end keeps no one else from hearing of the end: S218", () => {
    const { bus, heard, reported } = setUp()
    bus.subscribe(() => {}, thrower("broken"))
    bus.subscribe(
      () => {},
      () => heard.push("end")
    )
    bus.end()
    assert.deepStrictEqual([heard, reported], [["end"], ["listener: broken"]])
  })

  it("is called like any other code where it does not throw", () => {
    const { bus, heard, reported } = setUp()
    bus.guard("caller", () => heard.push("called"))
    assert.deepStrictEqual([heard, reported], [["called"], []])
  })
})
