import { assert, describe, it } from "@effect/vitest"
import {
  canWait,
  ladenSize,
  type Posting,
  whenToPost
} from "../../../../src/internal/host/dispatch/posting.ts"

type Row = readonly [
  why: string,
  line: {
    readonly lined: number
    readonly posted: number
    readonly slots?: number
    readonly isUrgent?: boolean
    readonly wasIdle?: boolean
    readonly isCorked?: boolean
  },
  posting: Posting
]

const rows: ReadonlyArray<Row> = [
  ["a lone task of an idle worker pays nothing for batching", { lined: 1, posted: 0, wasIdle: true }, "now"],
  [
    "a caller that is resumed may submit more: posts wait until all replies are read",
    { lined: 1, posted: 0, wasIdle: true, isCorked: true },
    "endOfTurn"
  ],
  ["the second task of a turn travels with the rest of the turn", { lined: 1, posted: 1 }, "endOfTurn"],
  ["a worker begins with a large batch while more is submitted", { lined: ladenSize, posted: 1 }, "now"],
  [
    "a large batch waits while replies are read",
    { lined: ladenSize, posted: 1, isCorked: true },
    "endOfTurn"
  ],
  ["a fed worker gets the messages with its next reply", { lined: 1, posted: 3 }, "withNextReply"],
  ["the next post is as large as the backlog behind the running tasks", { lined: 2, posted: 3 }, "endOfTurn"],
  [
    "a message that the worker may wait for does not wait for its reply",
    { lined: 1, posted: 3, isUrgent: true },
    "endOfTurn"
  ],
  ["tasks that run do not count as a backlog", { lined: 1, posted: 3, slots: 3 }, "endOfTurn"]
]

describe("when messages are posted", () => {
  for (const [
    why,
    { isCorked = false, isUrgent = false, lined, posted, slots = 1, wasIdle = false },
    posting
  ] of rows) {
    it(`${posting}: ${why}`, () => {
      assert.strictEqual(whenToPost(lined, posted, slots, isUrgent, wasIdle, isCorked), posting)
    })
  }

  it("messages wait only for a reply that is sure to come: some task is posted and unanswered", () => {
    for (let lined = 0; lined < 40; lined++)
      for (let posted = 0; posted < 40; posted++)
        for (const slots of [1, 2, 8]) if (canWait(lined, posted, slots, false)) assert.isAbove(posted, 0)
  })

  it("an idle worker never waits, whatever is lined up, once replies are read", () => {
    for (let lined = 1; lined < 40; lined++)
      assert.strictEqual(whenToPost(lined, 0, 1, false, true, false), "now")
  })
})
