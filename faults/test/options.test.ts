import { assert, describe, it } from "vitest"
import { type Options, parse, Usage } from "../src/options.ts"
import { quick, thorough } from "../src/repeats.ts"

const usageOf = (...args: ReadonlyArray<string>): Usage => {
  try {
    parse(args)
  } catch (thrown) {
    if (thrown instanceof Usage) return thrown
    throw thrown
  }
  throw new Error("it was taken")
}

describe("options", () => {
  it("are all optional, and may be repeated where that makes sense", () => {
    assert.deepInclude(parse([]), {
      isQuick: false,
      faults: undefined,
      systems: undefined
    } satisfies Partial<Options>)
    const some = parse([
      "--",
      "--quick",
      "--fault",
      "exit",
      "--fault",
      "loop",
      "--system",
      "piscina",
      "--jobs",
      "3"
    ])
    assert.deepInclude(some, { isQuick: true, faults: ["exit", "loop"], systems: ["piscina"], jobs: 3 })
  })

  it("S230: say how often each fault is tried: by default more often where the outcome varies", () => {
    assert.deepStrictEqual(parse([]).repeats, thorough)
    assert.deepStrictEqual(parse(["--quick"]).repeats, quick)
    assert.deepStrictEqual(parse(["--trials", "20"]).repeats, { trials: 20, varying: 20 })
    assert.deepStrictEqual(parse(["--docs", "a", "--docs", "b"]).docs, ["a", "b"])
  })

  it("that are wrong are told, with the usage", () => {
    for (const [args, problem] of [
      [["--bogus"], /--bogus/],
      [["--fault", "nope"], /there is no "nope"/],
      [["--system", "nope"], /there is no "nope"/],
      [["--transport", "nope"], /there is no "nope"/],
      [["--jobs", "none"], /--jobs/],
      [["--jobs", "0"], /--jobs/],
      [["--trials", "0"], /--trials/],
      [["--trials", "1.5"], /--trials/]
    ] as const) {
      const { isError, text } = usageOf(...args)
      assert.isTrue(isError)
      assert.match(text, problem)
      assert.include(text, "usage: ")
    }
  })

  it("include one that asks for the usage, which names every system and fault", () => {
    const { isError, text } = usageOf("--help")
    assert.isFalse(isError)
    assert.match(text, /effect-rpc[\s\S]+many-tasks/)
  })
})
