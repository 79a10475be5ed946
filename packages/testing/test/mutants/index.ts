/** Every mutant: pools with one mistake each, as a few lines put in place of the engine's own. */
import * as Effect from "effect/Effect"
import { Seats } from "../../../core/src/internal/host/fleet/Seats.ts"
import { Fleet } from "../../../core/src/internal/host/fleet/Fleet.ts"
import { PoolEngine } from "../../../core/src/internal/host/pool/PoolEngine.ts"
import { TaskSteps } from "../../../core/src/internal/host/tasks/TaskSteps.ts"
import { InFlight } from "../../../core/src/internal/host/worker/InFlight.ts"
import { HostWorker } from "../../../core/src/internal/host/worker/HostWorker.ts"
import { TaskLifecycle } from "../../../core/src/internal/host/tasks/TaskLifecycle.ts"
import { TaskQueue } from "../../../core/src/internal/host/admission/TaskQueue.ts"
import { Emitter } from "../../../core/src/internal/shared/stream/Emitter.ts"
import { Feed } from "../../../core/src/internal/shared/stream/Feed.ts"
import { Window } from "../../../core/src/internal/shared/Window.ts"
import * as FeedMachine from "../../../core/src/internal/machine/feedMachine.ts"
import * as TaskMachine from "../../../core/src/internal/machine/taskMachine.ts"
import { defaults } from "../../../core/src/internal/model/defaults.ts"
import { Copier } from "../../../core/src/protocol/values/Capture.ts"
import { SupervisorEngine } from "../../../core/src/internal/supervisor/SupervisorEngine.ts"
import { Round } from "../../../core/src/internal/supervisor/Round.ts"
import { Laws, TransportMutants } from "@heddle/testing"
import { simulated } from "../support/simulatedHarness.ts"
import { cells, method, type Mutant, setting, without } from "./mutant.ts"
import { asItsModelSays } from "./supervised.ts"
import { asItIsTold } from "./told.ts"

const tasks: ReadonlyArray<Mutant> = [
  {
    name: "settle an abandoned task again",
    what: "the body of a caller who has left settles its task a second time",
    law: "one outcome per task",
    plant: cells(TaskMachine.table, ["abandoned.reply"], (cell) => ({
      ...cell,
      actions: ["release", "settleReply"]
    }))
  },
  {
    name: "lose a permit on interrupt",
    what: "an interrupted task that has acknowledged keeps its place",
    law: "eventually idle",
    plant: cells(TaskMachine.table, ["interrupting.reply"], without("release"))
  },
  {
    name: "reply before clean-up",
    what: "an interrupted caller goes on while the finalizers of its task still run",
    law: "nothing runs after its outcome",
    plant: cells(TaskMachine.table, ["sent.interrupt", "running.interrupt"], () => ({
      next: "settled",
      actions: ["ask", "release", "settleWithdrawn"]
    }))
  },
  {
    name: "forget the grace",
    what: "an interrupted handler gets no time to clean up: its worker is terminated",
    law: "finalizers once, in reverse order",
    plant: method(
      TaskLifecycle.prototype,
      "armGrace",
      () =>
        function (entry) {
          this.step(entry, "graceExpired")
        }
    )
  },
  {
    name: "step within a step",
    what: "an event that a task's own step raises is taken at once, before that step is done",
    law: asItIsTold.name,
    plant: method(
      TaskSteps.prototype,
      "perform",
      () =>
        function (task, actions) {
          for (const action of actions) this.owner.perform(task, action)
        }
    )
  },
  {
    name: "re-run what was lost",
    what: "a task whose worker dies under it is run again, though it is not idempotent",
    law: "at most once unless idempotent",
    plant: cells(TaskMachine.table, ["sent.exitStarted", "running.exitStarted"], () => ({
      next: "queued",
      actions: ["release", "enqueueFront"]
    }))
  },
  {
    name: "retry without limit",
    what: "an idempotent task is run again however many workers have ended under it",
    law: "at most once unless idempotent",
    plant: setting(defaults, "idempotentAttempts", 1_000)
  }
]

const values: ReadonlyArray<Mutant> = [
  {
    name: "hold a reference",
    what: "payloads and results are posted as they are by then, not as they were when they were handed over",
    law: "a value of its own",
    plant: method(
      Copier.prototype,
      "copy",
      () =>
        function (root) {
          return root
        }
    )
  }
]

const claims: ReadonlyArray<Mutant> = [
  {
    name: "steal after claim",
    what: "a task is taken back from a worker that has started it",
    law: "nothing runs after its outcome",
    plant: method(
      InFlight.prototype,
      "revoke",
      (revoke) =>
        function (entry) {
          revoke.call(this, entry)
          return true
        }
    )
  },
  {
    name: "requeue a claimed task",
    what: "what a dead worker had started counts as not started, and moves on to the next one",
    law: "at most once unless idempotent",
    plant: method(InFlight.prototype, "claimOf", () => () => "queued")
  },
  {
    name: "double dispatch",
    what: "a task is handed out twice, each time with a claim of its own",
    law: "at most once unless idempotent",
    plant: method(
      InFlight.prototype,
      "add",
      (add) =>
        function (entry) {
          add.call(this, entry)
          const first = entry.index
          const isPosted = add.call(this, entry)
          const second = entry.index
          // Only the second one is known.
          entry.index = first
          this.remove(entry)
          entry.index = second
          return isPosted
        }
    )
  },
  {
    name: "a second writer of an estimate",
    what: "somebody else changes what a task is expected to take while its worker counts on it",
    law: "eventually idle",
    plant: method(
      HostWorker.prototype,
      "send",
      (send) =>
        function (task) {
          send.call(this, task)
          task.estimate += 1
        }
    )
  },
  {
    name: "a second writer of a seat",
    what: "somebody else says where a worker sits, while another seat has it",
    law: "eventually idle",
    plant: method(
      Seats.prototype,
      "seat",
      (seat) =>
        function (worker, index) {
          seat.call(this, worker, index)
          worker.seat = index + 1
        }
    )
  },
  {
    name: "forget to release a slot",
    what: "the place of a task that has ended is never free again",
    law: "eventually idle",
    plant: method(InFlight.prototype, "remove", () => () => true)
  }
]

const streams: ReadonlyArray<Mutant> = [
  {
    name: "leave calls behind",
    what: "a stream that ends does not wait for the calls that it interrupts",
    law: "a stream ends after what it began",
    plant: method(
      Window.prototype,
      "awaitQuiet",
      () =>
        function (resume) {
          this.close()
          resume(Effect.void)
        }
    )
  }
]

const elements: ReadonlyArray<Mutant> = [
  {
    name: "keep the credit",
    what: "the consumer of a stream gives no credit back",
    law: "a stream is whole, or says that it is not",
    plant: method(Feed.prototype, "giveCredit", () => () => {})
  },
  {
    name: "credit on arrival",
    what: "credit goes back when elements arrive, not when the consumer has taken them",
    law: "a producer is never far ahead",
    plant: method(
      Feed.prototype,
      "arrive",
      (arrive) =>
        function (list) {
          const isRight = arrive.call(this, list) as boolean
          this.due += list.length
          this.options.grant(list.length)
          return isRight
        }
    )
  },
  {
    name: "emit twice",
    what: "after a wait for credit the last element is sent again",
    law: "a stream is whole, or says that it is not",
    plant: method(
      Emitter.prototype,
      "send",
      (send) =>
        function (list, from, end) {
          send.call(this, list, Math.max(0, from - 1), end)
        }
    )
  },
  {
    name: "end before the last elements",
    what: "the end of a stream is told before what had arrived was taken",
    law: "a stream is whole, or says that it is not",
    plant: cells(FeedMachine.table, ["open.finish"], (cell) => ({ ...cell, actions: ["drop", "wake"] }))
  },
  {
    name: "leave the producer",
    what: "the consumer of a stream goes on without waiting for the producer's end",
    law: "a stream is whole, or says that it is not",
    plant: cells(TaskMachine.table, ["sent.interrupt", "running.interrupt"], () => ({
      next: "settled",
      actions: ["ask", "release", "settleWithdrawn"]
    }))
  }
]

const queue: ReadonlyArray<Mutant> = [
  {
    name: "LIFO in place of FIFO",
    what: "of those with one priority, the last one that came goes first",
    law: "FIFO within priority",
    plant: method(
      TaskQueue.prototype,
      "peek",
      (peek) =>
        function () {
          return peek.call(this)?.line?.tail
        }
    )
  },
  {
    name: "ignore priorities",
    what: "the oldest goes first, however urgent another one is",
    law: "FIFO within priority",
    plant: method(
      TaskQueue.prototype,
      "peek",
      () =>
        function () {
          return this.oldest()
        }
    )
  },
  {
    name: "forget to age",
    what: "the most urgent goes first, however long another one has waited",
    law: "no starvation",
    plant: method(
      TaskQueue.prototype,
      "peek",
      () =>
        function () {
          return this.lines[0]?.head
        }
    )
  }
]

const workers: ReadonlyArray<Mutant> = [
  {
    name: "drop a late exit",
    what: "the exit of a worker that was terminated is not heard",
    law: "eventually idle",
    plant: method(
      HostWorker.prototype,
      "onEnd",
      (onEnd) =>
        function (exit, event) {
          if (this.state !== "terminating") onEnd.call(this, exit, event)
        }
    )
  },
  {
    name: "a worker too many",
    what: "one more worker is started than the pool has places",
    law: "capacity counted by running bodies",
    plant: method(
      Fleet.prototype,
      "start",
      (start) =>
        function () {
          start.call(this)
          const slot = this.places.push({ worker: undefined, restart: undefined, isOpen: true }) - 1
          this.hire(slot).start()
        }
    )
  },
  {
    name: "a death takes its neighbours",
    what: "when one worker dies, the others are terminated",
    law: "bystander unharmed",
    plant: method(
      Fleet.prototype,
      "onGone",
      (onGone) =>
        function (worker, kind) {
          if (kind === "crashed")
            for (const other of this.workers) if (other !== worker) other.terminate("closing")
          onGone.call(this, worker, kind)
        }
    )
  },
  {
    name: "close without waiting",
    what: "the pool counts as closed as soon as its workers have been asked to end",
    law: "nothing left",
    plant: method(
      PoolEngine.prototype,
      "onFewer",
      () =>
        function () {
          if (this.state === "closing") this.step("workersGone")
        }
    )
  },
  {
    name: "respawn after close",
    what: "a worker that ends because its pool closes is replaced",
    law: "no spawn after close",
    plant: method(
      Fleet.prototype,
      "onGone",
      (onGone) =>
        function (worker, kind) {
          if (this.owner.state === "closing" && worker.seat === 0 && worker.id <= 2) {
            const next = this.hire(0)
            next.start()
            next.leave()
          }
          onGone.call(this, worker, kind)
        }
    )
  },
  {
    name: "restart without limit",
    what: "a worker that cannot start is tried again for ever",
    law: "restart intensity",
    plant: method(Fleet.prototype, "giveUpIfExhausted", () => () => {})
  }
]

const supervisors: ReadonlyArray<Mutant> = [
  {
    name: "forget to count restarts",
    what: "a supervisor restarts its children for ever",
    law: asItsModelSays.name,
    plant: method(SupervisorEngine.prototype, "count", () => () => {})
  },
  {
    name: "stop siblings in order",
    what: "a restart stops the children that it replaces in the order of their start",
    law: asItsModelSays.name,
    plant: method(
      SupervisorEngine.prototype,
      "begin",
      (begin) =>
        function (failed, members) {
          begin.call(this, failed, members.toReversed())
        }
    )
  },
  {
    name: "restart temporary children",
    what: "a temporary child that is stopped by a sibling's restart is started again",
    law: asItsModelSays.name,
    plant: method(
      Round.prototype,
      "stop",
      () =>
        function (member) {
          return Effect.map(member.stop, () => {
            this.toStop.delete(member)
            member.step("queue")
          })
        }
    )
  }
]

/** These wrap the transport, so they are run on real threads as well: `transportMutants.test.ts` of `node-workers`. */
const transports: ReadonlyArray<Mutant> = TransportMutants.all.map((mutant) => ({
  name: mutant.name,
  what: mutant.what,
  law: mutant.law,
  plant: () => () => {},
  harness: TransportMutants.plant(mutant, simulated())
}))

export const mutants: ReadonlyArray<Mutant> = [
  ...tasks,
  ...values,
  ...claims,
  ...streams,
  ...elements,
  ...queue,
  ...workers,
  ...supervisors,
  ...transports
]

/** The laws of every pool, the duties of a supervisor, and the events of observers. */
const laws: ReadonlyArray<Laws.Law> = [...Laws.all, asItsModelSays, asItIsTold]

export const lawOf = ({ law }: Mutant): Laws.Law => {
  const found = laws.find(({ name }) => name === law)
  if (found === undefined) throw new Error(`there is no law ${law}`)
  return found
}
