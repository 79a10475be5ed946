// One child process at a time, driven by hand, without a pool.
import * as Message from "@heddle/core/protocol/messages/Message"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import { inheritedHere } from "./support/environment.ts"
import { Probe, startOf, turns } from "./support/Probe.ts"
import { childrenOf, isAlive, openDescriptors, within } from "./support/processTable.ts"

const entry = new URL("./fixtures/puppet.process.ts", import.meta.url)

const processes = (options: NodeProcesses.Options = {}): Layer.Layer<WorkerTransport> =>
  NodeProcesses.layer({ entry, output: "discard", ...options })

/** A worker process that does what it is told. */
class Puppet extends Probe {
  order(what: string, ...args: Array<unknown>): void {
    this.connection.post([what, args])
  }
}

const spawn = Effect.map(WorkerTransport, (transport) => new Puppet(transport))

const violations = (puppet: Puppet): ReadonlyArray<Message.Violation> =>
  puppet.all("frame").filter((frame) => frame instanceof Message.Violation)

const timeout = 60_000

describe("a worker process", () => {
  it.live(
    "is told its start, knows no other channel, and leads a group of its own",
    () =>
      Effect.gen(function* () {
        const transport = yield* WorkerTransport
        assert.isFalse(transport.sharedMemory)
        const puppet = new Puppet(transport, { ...startOf(7), concurrency: 3, claimCapacity: 3 })
        puppet.order("start")
        puppet.order("self")
        yield* puppet.hear("frame", 2)
        const [[, start], [, self]] = puppet.all("frame")
        assert.deepInclude(start, { version: 1, workerEpoch: 7, concurrency: 3, claimCapacity: 3, words: 6 })
        assert.deepInclude(self, { pid: puppet.connection.pid, group: self.pid, argv0: "weaver-7" })
        assert.strictEqual(self.send, "undefined", "there is no channel of Node's own")
        assert.isUndefined(puppet.connection.threadId)
      }).pipe(Effect.provide(processes({ name: "weaver" }))),
    timeout
  )

  it.live(
    "sees the variables that always cross and those that are listed, no flags of the host's, no arguments: S157, G10",
    () => {
      process.env["SECRET_TOKEN"] = "secret"
      process.env["LISTED"] = "listed"
      process.env["NODE_OPTIONS"] = "--no-warnings"
      return Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("self")
        const [, self] = yield* puppet.hear("frame")
        assert.deepStrictEqual(self.env, { ...inheritedHere(), LISTED: "listed" })
        assert.deepStrictEqual(self.execArgv, ["--stack-trace-limit=7", "--max-old-space-size=64"])
        assert.deepStrictEqual(self.argv, [new URL(entry).pathname])
        assert.strictEqual(self.cwd, "/")
      }).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            for (const name of ["SECRET_TOKEN", "LISTED", "NODE_OPTIONS"]) delete process.env[name]
          })
        ),
        Effect.provide(
          processes({
            env: ["LISTED"],
            execArgv: ["--stack-trace-limit=7"],
            resourceLimits: { maxOldGenerationSizeMb: 64 },
            cwd: "/"
          })
        )
      )
    },
    timeout
  )

  it.live(
    "16 MB do not hold up the host; frames arrive in order, there and back: S103, G5",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("echo", "up")
        yield* puppet.hear("frame")
        const big = new Uint8Array(16 * 1024 * 1024).fill(7)
        const began = performance.now()
        puppet.order("echo", big)
        const took = performance.now() - began
        for (let i = 0; i < 50; i++) puppet.order("echo", i)
        yield* puppet.hear("frame", 52)
        const [, [, back], ...rest] = puppet.all("frame")
        assert.deepStrictEqual([back.length, back.at(0), back.at(-1)], [big.length, 7, 7])
        assert.deepStrictEqual(
          rest.map(([, i]) => i),
          Array.from({ length: 50 }, (_, i) => i)
        )
        assert.isBelow(took, 1000, "a copy of the bytes, not a trip through the pipe")
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "what is in the transfer list is gone from its sender, here and there, and its bytes arrive: S098",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        const bytes = new Uint8Array([1, 2, 3]).buffer
        puppet.connection.post(["owns", [bytes]], [bytes])
        assert.isTrue(bytes.detached)
        yield* puppet.hear("frame", 2)
        const [[, back], [, left]] = puppet.all("frame")
        assert.deepStrictEqual(new Uint8Array(back), new Uint8Array([1, 2, 3]))
        assert.strictEqual(left, 0, "bytes that the worker still owns")
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "what cannot cross is refused with its path, and nothing is detached: S105, G10",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        const { port1, port2 } = new MessageChannel()
        const bytes = new ArrayBuffer(8)
        const refusals: ReadonlyArray<
          readonly [what: unknown, message: RegExp, transfer?: ReadonlyArray<any>]
        > = [
          [{ a: [1, new SharedArrayBuffer(4)] }, /^\$\.a\[1\]: shared memory/],
          [{ a: new Int32Array(new SharedArrayBuffer(4)) }, /^\$\.a: shared memory/],
          [new Map([["k", { blob: new Blob(["x"]) }]]), /^\$\.get\(k\)\.blob: a Blob/],
          [[new URL("file:///")], /^\$\[0\]: .*cannot be cloned|unsupported/i],
          [{ port: port1, bytes }, /^\$\.port: a MessagePort, which cannot move/, [port1, bytes]],
          [{ bytes }, /^\$: a MessagePort, which cannot move/, [port1, bytes]],
          [{ f: () => {}, bytes }, /could not be cloned/, [bytes]]
        ]
        for (const [what, message, transfer] of refusals) {
          assert.throws(() => puppet.connection.post([what], transfer), message)
        }
        assert.strictEqual(bytes.byteLength, 8)
        port2.close()
        puppet.order("refuse")
        assert.match((yield* puppet.hear("frame"))[1], /\$\.a\[0\]: shared memory/, "in the worker as well")
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "a frame past the limit is refused before it is copied, either way, and the worker stays: S103, G10",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        assert.throws(() => puppet.order("echo", new Uint8Array(2_000_000)), /\$\[0\].*larger than 1000000/)
        assert.throws(() => puppet.order("echo", "x".repeat(2_000_000)), /larger than 1000000/)
        assert.throws(
          () =>
            puppet.order(
              "echo",
              Array.from({ length: 300_000 }, (_, i) => i + 0.5)
            ),
          /larger than 1000000/
        )
        puppet.order("echo", "still here")
        yield* puppet.hear("frame")
      }).pipe(Effect.provide(processes({ maxFrameBytes: 1_000_000 }))),
    timeout
  )

  it.live(
    "posts before it is up wait; draining delivers what has arrived, on a host whose loop does not turn: S020",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        for (let i = 0; i < 10; i++) puppet.order("echo", i)
        const pause = new Int32Array(new SharedArrayBuffer(4))
        for (let waits = 0; puppet.heard.length < 10 && waits < 1000; waits++) {
          Atomics.wait(pause, 0, 0, 10)
          puppet.connection.drain()
        }
        assert.lengthOf(puppet.heard, 10)
      }).pipe(Effect.provide(processes())),
    timeout
  )
})

describe("the end of a worker process", () => {
  const ends: ReadonlyArray<readonly [what: string, order: ReadonlyArray<unknown>, exit: object]> = [
    ["an exit keeps its code: S025", ["exit", 3], { exitCode: 3, signal: undefined, stderr: "" }],
    ["SIGKILL from inside is named: S025", ["kill", "SIGKILL"], { exitCode: undefined, signal: "SIGKILL" }],
    ["SIGSEGV is named: S025", ["kill", "SIGSEGV"], { exitCode: undefined, signal: "SIGSEGV" }],
    ["an abort is SIGABRT and no lack of memory: S025", ["abort"], { signal: "SIGABRT", outOfMemory: false }],
    ["a thrown null has no cause to report: S013", ["throw", "null"], { exitCode: 1, cause: null }],
    ["a thrown symbol is shown: S013", ["throw", "symbol"], { exitCode: 1, cause: "Symbol(thrown)" }]
  ]
  for (const [what, [order, ...args], expected] of ends) {
    it.live(
      what,
      () =>
        Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order(order as string, ...args)
          assert.deepInclude(yield* puppet.exited, expected)
          puppet.order("echo", "into the void")
          puppet.connection.drain()
          puppet.connection.terminate()
          assert.deepStrictEqual(
            puppet.heard.map(([kind]) => kind),
            ["exit"]
          )
        }).pipe(Effect.provide(processes())),
      timeout
    )
  }

  for (const how of ["throw", "reject"] as const) {
    it.live(
      `an uncaught ${how} ends the worker and arrives as its cause: S007, G9`,
      () =>
        Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order(how, "error")
          const { cause, exitCode, stderr } = yield* puppet.exited
          assert.strictEqual(exitCode, 1)
          assert.instanceOf(cause, how === "throw" ? TypeError : Error)
          assert.strictEqual(cause.message, how === "throw" ? "thrown late" : "rejected")
          if (how === "throw") assert.strictEqual(cause.cause, "a cause")
          assert.include(cause.stack!, "puppet.process.ts")
          assert.include(stderr, cause.message)
        }).pipe(Effect.provide(processes())),
      timeout
    )
  }

  it.live(
    "a heap overflow says so, and nothing of the host is harmed: S034, G9",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("eatHeap")
        const { outOfMemory, signal, stderr } = yield* puppet.exited
        assert.deepStrictEqual([outOfMemory, signal], [true, "SIGABRT"])
        assert.isAtMost(stderr.length, 100, "however little of it is kept")
      }).pipe(Effect.provide(processes({ resourceLimits: { maxOldGenerationSizeMb: 16 }, stderrTail: 100 }))),
    timeout
  )

  it.live(
    "frames posted just before process.exit arrive, all of them, before the exit is told: G5",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        for (let i = 0; i < 2000; i++) puppet.order("echo", i)
        puppet.order("exit", 0)
        yield* puppet.exited
        assert.lengthOf(puppet.all("frame"), 2000)
        assert.deepStrictEqual(puppet.heard.at(-2), ["frame", ["echo", 1999]])
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "frames that the host was too busy to read are delivered before the exit: G5",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("echo", "up")
        yield* puppet.hear("frame")
        for (let i = 0; i < 100; i++) puppet.order("echo", i)
        puppet.order("exit", 0)
        // Until the process is long gone, on a host whose loop does not turn.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
        yield* puppet.exited
        assert.lengthOf(puppet.all("frame"), 101)
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "writing to a worker that is on its way out, more than its pipe holds, harms nobody: S035",
    () =>
      Effect.gen(function* () {
        const large = new Uint8Array(1024 * 1024)
        for (const order of ["exit", "abort"]) {
          const puppet = yield* spawn
          puppet.order("echo", "up")
          yield* puppet.hear("frame")
          puppet.order(order, 0)
          for (let turn = 0; puppet.all("exit").length === 0; turn++) {
            if (turn < 20) puppet.order("echo", large)
            yield* turns(1)
          }
          assert.lengthOf(puppet.all("exit"), 1)
        }
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "half a record is nothing; the whole one before it arrives: G5",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("half a record")
        yield* puppet.exited
        assert.deepStrictEqual(puppet.all("frame"), [["whole"]])
      }).pipe(Effect.provide(processes())),
    timeout
  )

  for (const [order, detail] of [
    ["garbage", /no record of this worker/],
    ["flood", /no record of this worker/],
    ["wrong nonce", /no record of this worker/],
    ["oversized", /larger than/],
    ["unknown record", /unknown record 99/],
    ["unreadable body", /cannot be read/],
    ["deep nesting", /cannot be read: .*stack/]
  ] as const) {
    it.live(
      `${order} in its channel is one violation, and ends the worker, not the host: S037, G10`,
      () =>
        Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order(order)
          puppet.order("echo", "afterwards")
          const { signal } = yield* puppet.exited
          assert.strictEqual(signal, "SIGTERM")
          assert.lengthOf(violations(puppet), 1)
          assert.match(violations(puppet)[0]!.message, detail)
          assert.deepStrictEqual(
            puppet.all("frame").filter((frame) => Array.isArray(frame) && frame[0] === "echo"),
            []
          )
        }).pipe(Effect.provide(processes())),
      timeout
    )
  }

  it.live(
    "a worker that closes its channel is ended, since it could never answer: S037",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("closeChannel")
        assert.strictEqual((yield* puppet.exited).signal, "SIGTERM")
      }).pipe(Effect.provide(processes())),
    timeout
  )

  for (const [order, said, signal] of [
    ["loop", "looping", "SIGTERM"],
    ["block", "blocking", "SIGTERM"],
    ["deaf", "looping", "SIGKILL"]
  ] as const) {
    it.live(
      `termination ends a worker in its ${order}, and all that it spawned, by ${signal}: S038, G4`,
      () =>
        Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order(order)
          assert.strictEqual((yield* puppet.hear("frame"))[0], said)
          const children = childrenOf(puppet.connection.pid!)
          puppet.connection.terminate()
          puppet.connection.terminate()
          assert.deepInclude(yield* puppet.exited, { exitCode: undefined, signal })
          assert.lengthOf(puppet.all("exit"), 1)
          assert.isTrue(yield* Effect.promise(() => within(1000, () => !children.some(isAlive))))
        }).pipe(Effect.provide(processes())),
      timeout
    )
  }

  it.live(
    "a worker that was stopped (SIGSTOP) says nothing, and termination ends it: G4",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("echo", "up")
        yield* puppet.hear("frame")
        process.kill(puppet.connection.pid!, "SIGSTOP")
        puppet.order("echo", "unheard")
        puppet.connection.terminate()
        assert.deepInclude(yield* puppet.exited, { signal: "SIGKILL" })
        assert.lengthOf(puppet.all("frame"), 1)
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "termination before it is up ends it too: S020, S092",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.connection.terminate()
        yield* puppet.exited
        assert.lengthOf(puppet.heard, 1)
      }).pipe(Effect.provide(processes())),
    timeout
  )

  for (const stdio of ["ignore", "inherit"] as const) {
    it.live(
      `what it spawned dies with it, and does not delay its exit by what it holds open (${stdio}): G2`,
      () =>
        Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order("grandchild", stdio)
          const [, pid] = yield* puppet.hear("frame")
          assert.isTrue(isAlive(pid))
          puppet.order("exit", 0)
          assert.deepInclude(yield* puppet.exited, { exitCode: 0 })
          assert.isTrue(yield* Effect.promise(() => within(1000, () => !isAlive(pid))))
        }).pipe(Effect.provide(processes())),
      timeout
    )
  }

  it.live(
    "2 MB that nobody reads are drained, and the end of standard error is kept: S154, S153",
    () =>
      Effect.gen(function* () {
        const puppet = yield* spawn
        puppet.order("print", "stdout", "x".repeat(1000), 2000)
        puppet.order("print", "stderr", `${"y".repeat(999)}\n`, 2000)
        yield* puppet.hear("frame", 2)
        puppet.order("exit", 4)
        const { exitCode, stderr } = yield* puppet.exited
        assert.deepStrictEqual([exitCode, stderr.length], [4, 8192])
      }).pipe(Effect.provide(processes())),
    timeout
  )

  it.live(
    "one that cannot be spawned is an exit with the reason: S021",
    () =>
      Effect.gen(function* () {
        const { execPath } = process
        // Read at each spawn.
        process.execPath = "/there/is/no/such/node"
        const puppet = yield* Effect.ensuring(
          spawn,
          Effect.sync(() => {
            process.execPath = execPath
          })
        )
        const { cause, exitCode, signal } = yield* puppet.exited
        assert.deepStrictEqual([exitCode, signal], [undefined, undefined])
        assert.match(String(cause), /ENOENT/)
        assert.isUndefined(puppet.connection.pid)
        puppet.connection.terminate()
      }).pipe(Effect.provide(processes())),
    timeout
  )
})

describe("what is left", () => {
  it.live(
    "after twenty workers that ended in every way: no descriptor, process, zombie, timer or listener: S148, G2",
    () =>
      Effect.gen(function* () {
        const before = [openDescriptors(), childrenOf(process.pid).length, process.listenerCount("exit")]
        yield* Effect.gen(function* () {
          const orders = ["exit", "loop", "deaf", "garbage", "abort"]
          const puppets: Array<Puppet> = []
          for (let i = 0; i < 20; i++) {
            const puppet = yield* spawn
            puppets.push(puppet)
            puppet.order(orders[i % orders.length]!, 1)
          }
          assert.strictEqual(process.listenerCount("exit"), (before[2] ?? 0) + 1, "one listener for all")
          for (const puppet of puppets) {
            yield* puppet.hear(
              ["loop", "deaf"].includes(orders[puppets.indexOf(puppet) % 5]!) ? "frame" : "exit"
            )
            puppet.connection.terminate()
            yield* puppet.exited
          }
        }).pipe(Effect.provide(processes()))
        assert.deepStrictEqual(
          [openDescriptors(), childrenOf(process.pid).length, process.listenerCount("exit")],
          before
        )
      }),
    60_000
  )

  it.live(
    "closing the layer ends what is left, deaf ones as well: S093, G2",
    () =>
      Effect.gen(function* () {
        const pids = yield* Effect.gen(function* () {
          const puppet = yield* spawn
          puppet.order("deaf")
          yield* puppet.hear("frame")
          const other = yield* spawn
          return [puppet.connection.pid!, other.connection.pid!]
        }).pipe(Effect.provide(processes()))
        assert.deepStrictEqual(pids.map(isAlive), [false, false])
      }),
    timeout
  )
})
