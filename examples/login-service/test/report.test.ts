import { assert, it } from "@effect/vitest"
import { toLines } from "../src/report.ts"

const delay = { p50: 0.1, p99: 2, max: 12.4 }

it("a phase is printed with its answers by status, and percentiles of what was answered", () => {
  const load = {
    answers: new Map([
      [503, 3],
      [200, 4]
    ]),
    latencies: [1, 2, 30, 400],
    left: 2,
    retryAfter: new Set(["1"])
  }
  assert.deepStrictEqual(toLines("A phase", load, delay), [
    "A phase",
    "  answers     200: 4, 503: 3, Retry-After: 1, hung up: 2",
    "  latency     p50 30 ms, p99 400 ms",
    "  event loop  late by p50 0.1 ms, p99 2.0 ms, at most 12 ms"
  ])
  const silent = { answers: new Map(), latencies: [], left: 0, retryAfter: new Set<string>() }
  assert.lengthOf(toLines("Nobody", silent, delay), 3)
})
