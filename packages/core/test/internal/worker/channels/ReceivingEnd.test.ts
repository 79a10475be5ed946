import { assert, describe, it } from "@effect/vitest"
import { Channels } from "../../../../src/internal/host/channels/Channels.ts"
import { WorkerEnds } from "../../../../src/internal/host/channels/WorkerEnds.ts"
import { resolveChannel } from "../../../../src/internal/model/channel.ts"
import type { Took } from "../../../../src/internal/model/ports.ts"
import { WorkerChannels } from "../../../../src/internal/worker/channels/WorkerChannels.ts"
import { noServices } from "../../host/fakes.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"

/** A worker and a host, whose frames cross when the test says so. */
const setUp = (options: Parameters<typeof resolveChannel>[0] = {}, isExclusive = false) => {
  const channels = new Channels({
    platform: {},
    guard: (answer) => answer(),
    onSettled: () => () => {},
    services: noServices
  })
  const made = channels.make({ ...resolveChannel(options), isExclusive })
  let [toHost, toWorker] = [Message.emptyFrame(1, 0), Message.emptyFrame(1, 0)]
  let riders: Array<() => void> = []
  const worker = new WorkerChannels({
    say: (push) => {
      push(toHost)
      return toHost
    },
    sayMoving: (push) => push(toHost),
    unposted: () => toHost,
    post: () => {},
    alongside: (lineUp) => void riders.push(lineUp),
    platform: {},
    onWaiting: () => {},
    services: noServices
  })
  const host = new WorkerEnds({
    channels,
    taskOf: () => undefined,
    say: (push) => push(toWorker),
    onWaiting: () => {},
    onAnswered: () => {}
  })
  /** Everything said so far arrives at the other side. */
  const cross = () => {
    const rides = riders
    riders = []
    if (toHost.length > 2) for (const lineUp of rides) lineUp()
    else riders = rides
    const [up, down] = [toHost, toWorker]
    toHost = Message.emptyFrame(1, 0)
    toWorker = Message.emptyFrame(1, 0)
    Message.readReplies(up, {}, host)
    Message.readRequests(down, {}, worker)
  }
  // The maker of a pipe owns both ends until they are moved.
  if (isExclusive) channels.depart([made.receiver])
  const job = worker.portsOf({ ref: 1, isOver: false })
  const token = { ...made.receiver.token, side: "receive" as const }
  const end = job.openReceiver(token)
  const taken: Array<unknown> = []
  const take = (most = 1) =>
    end.take(most, (took: Took) => {
      if (took._tag === "Took") taken.push(...took.elements.map(({ value }) => value))
      else taken.push(took._tag)
    })
  const send = (...elements: Array<unknown>) =>
    made.sender.send({ elements, transfer: undefined }, false, () => {})
  return { cross, end, job, made, send, take, taken }
}

/** A stream has fetched these elements. */
const streaming = (
  options: Parameters<typeof resolveChannel>[0],
  elements: ReadonlyArray<unknown>,
  isExclusive = false
) => {
  const all = setUp(options, isExclusive)
  all.send(...elements)
  all.end.readAhead()
  all.take()
  for (let i = 0; i < 3; i++) all.cross()
  return all
}

describe("what a stream has taken", () => {
  it("is told with the next message, whatever that says: S269, G15", () => {
    const { cross, end, job, made, take, taken } = streaming({}, [1, 2, 3, 4, 5, 6, 7, 8])
    take()
    cross()
    assert.deepStrictEqual([taken, made.snapshot().taken], [[1, 2], 1], "nothing was to be said")
    job.say((frame) => Message.pushWithdraw(frame, (end as never as { number: number }).number, 99))
    cross()
    assert.strictEqual(made.snapshot().taken, 2)
  })

  it("is told before it is done: S268, S273", () => {
    const { cross, end, made, take } = streaming({ acknowledge: true }, [1, 2, 3, 4, 5, 6, 7, 8])
    end.done(1)
    take()
    end.done(2)
    cross()
    assert.deepStrictEqual([made.snapshot().taken, made.snapshot().unfinished], [2, 6])
  })

  it("stays taken when the end moves to another task: S271, G15", () => {
    const { cross, end, job, made, take } = streaming({}, [1, 2, 3, 4, 5, 6, 7, 8], true)
    take()
    job.depart([end])
    cross()
    assert.deepStrictEqual([made.snapshot().taken, made.snapshot().queued], [2, 6])
  })
})
