// Confined workers: for real, on threads and on processes.
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import { expectReason } from "@heddle/testing/conformance/suite/Harness"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import { toConfinement } from "../src/internal/permissions.ts"
import type * as trespasser from "./fixtures/trespasser.module.ts"
import { isAlive, within } from "./support/processTable.ts"

const module = new URL("./fixtures/trespasser.module.ts", import.meta.url)

const Trespasser = Task.fromModule<typeof trespasser>(module)

const run = <A, E>(
  transport: Layer.Layer<Layer.Success<ReturnType<typeof NodeThreads.layer>>>,
  program: Effect.Effect<A, E, TaskPool.TaskPool>
): Promise<A> =>
  Effect.runPromise(Effect.provide(program, Layer.provide(TaskPool.layer({ size: 1 }), transport)))

/** The code of a defect, and what it was denied. */
const denied = (exit: Exit.Exit<unknown, unknown>): unknown => {
  if (exit._tag === "Success") return assert.fail("it was allowed")
  const reason = exit.cause.reasons.find(Cause.isDieReason)
  const defect = reason?.defect as { readonly code?: string; readonly permission?: string } | undefined
  return [defect?.code, defect?.permission]
}

const withDirectory = <A, E, R>(f: (directory: string) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-"))),
    f,
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
  )

const timeout = 20_000

describe.each([
  ["threads", NodeThreads.layer],
  ["processes", NodeProcesses.layer]
] as const)("S160: confined workers, on %s", (_name, transport) => {
  it(
    "S160: files, processes, threads and native code are denied, as failures of the task alone; the worker goes on",
    () =>
      run(
        transport({ output: "discard", permissions: { fsRead: [module] } }),
        withDirectory(
          Effect.fnUntraced(function* (directory) {
            const secret = join(directory, "secret.json")
            writeFileSync(secret, "{}")
            const here = new URL("./permissions.test.ts", import.meta.url).pathname
            const attempts = [
              [Trespasser.read(secret), "ERR_ACCESS_DENIED", "FileSystemRead"],
              [Trespasser.read("/etc/hostname"), "ERR_ACCESS_DENIED", "FileSystemRead"],
              // In the directory that the host was started in.
              [Trespasser.read(here), "ERR_ACCESS_DENIED", "FileSystemRead"],
              [Trespasser.read(join(process.cwd(), "README.md")), "ERR_ACCESS_DENIED", "FileSystemRead"],
              [Trespasser.load(pathToFileURL(secret).href), undefined, undefined],
              [Trespasser.write(secret), "ERR_ACCESS_DENIED", "FileSystemWrite"],
              [Trespasser.spawn(), "ERR_ACCESS_DENIED", "ChildProcess"],
              [Trespasser.thread(), "ERR_ACCESS_DENIED", "WorkerThreads"],
              [Trespasser.addon(), "ERR_DLOPEN_DISABLED", undefined]
            ] as const
            for (const [attempt, code, permission] of attempts) {
              const what = denied(yield* Effect.exit(attempt))
              if (code !== undefined) assert.deepStrictEqual(what, [code, permission])
            }
            assert.strictEqual(yield* Trespasser.add(20, 22), 42)
            const { counts, workers } = yield* TaskPool.snapshot
            assert.deepStrictEqual([counts.died, counts.lost, workers[0]!.worker], [attempts.length, 0, 1])
            // The host may do what it could.
            writeFileSync(secret, "[]")
          })
        )
      ),
    timeout
  )

  it(
    "S160: what is listed is allowed, and no more",
    () =>
      run(
        Layer.unwrap(
          Effect.sync(() => {
            const directory = join(tmpdir(), `heddle-listed-${process.pid}`)
            return transport({
              output: "discard",
              permissions: { fsRead: [module, tmpdir()], fsWrite: [directory], childProcess: true }
            })
          })
        ),
        Effect.gen(function* () {
          const path = join(tmpdir(), `heddle-listed-${process.pid}`)
          yield* Trespasser.write(path)
          assert.isTrue(existsSync(path))
          assert.strictEqual(yield* Trespasser.read(path), "written")
          assert.strictEqual(yield* Trespasser.spawn(), 0)
          assert.deepStrictEqual(denied(yield* Effect.exit(Trespasser.write(`${path}-other`))), [
            "ERR_ACCESS_DENIED",
            "FileSystemWrite"
          ])
          assert.deepStrictEqual(denied(yield* Effect.exit(Trespasser.thread())), [
            "ERR_ACCESS_DENIED",
            "WorkerThreads"
          ])
          rmSync(path)
        })
      ),
    timeout
  )

  it(
    "S160: signals and, on Node 24, the network are not confined",
    () =>
      run(
        transport({ output: "discard", permissions: { fsRead: [module], net: true } }),
        Effect.gen(function* () {
          assert.isTrue(yield* Trespasser.signal())
          assert.isTrue(yield* Trespasser.listen())
        })
      ),
    timeout
  )

  it(
    "S160: a module that may not be read is a failure of the task that needs it, and says which",
    () =>
      run(
        transport({ output: "discard", permissions: {} }),
        Effect.gen(function* () {
          const exit = yield* Effect.exit(Trespasser.add(1, 2))
          assert.deepStrictEqual(denied(exit), ["ERR_ACCESS_DENIED", "FileSystemRead"])
        })
      ),
    timeout
  )

  it(
    "S160: an entry whose modules may not be read fails the layer, and says why",
    () =>
      Effect.runPromise(
        withDirectory(
          Effect.fnUntraced(function* (directory) {
            writeFileSync(join(directory, "other.mjs"), "")
            const entry = pathToFileURL(join(directory, "entry.mjs"))
            writeFileSync(entry, 'import "./other.mjs"')
            const pool = TaskPool.layer({ size: 1 }).pipe(
              Layer.provide(transport({ entry, output: "discard", permissions: {} }))
            )
            const reason = expectReason(yield* Effect.exit(Effect.scoped(Layer.build(pool))), "SpawnFailed")
            assert.match(reason.message, /restricted. Use --allow-fs-read/)
          })
        )
      ),
    timeout
  )
})

it(
  "S160, G2: a confined process ends with its host all the same: its watchdog was there before it was denied threads",
  async () => {
    const host = spawn(
      process.execPath,
      [fileURLToPath(new URL("./fixtures/confined.main.ts", import.meta.url))],
      {
        stdio: ["ignore", "pipe", "inherit"]
      }
    )
    const [chunk]: Array<Buffer> = await once(host.stdout, "data")
    const pid = Number(chunk)
    assert.isTrue(isAlive(pid))
    host.kill("SIGKILL")
    assert.isTrue(await within(5000, () => !isAlive(pid)), "the worker is gone")
  },
  timeout
)

describe("permissions", () => {
  const entry = new URL("file:///app/src/worker.ts")

  it("S160: a Node that cannot confine is told when the layer is built", () => {
    assert.throws(
      () => toConfinement({}, "thread", entry, () => false),
      /permissions: this Node\.js \(v.*\) has no permission model/
    )
  })

  for (const [permissions, message] of [
    ["all", /permissions: expected an object/],
    [{ files: true }, /permissions\.files: is not a permission/],
    [{ worker: "yes" }, /permissions\.worker: expected true or false/],
    [{ fsRead: "/etc" }, /permissions\.fsRead: expected "all" or a list/],
    [{ fsWrite: ["/tmp/*"] }, /permissions\.fsWrite\[0\]: expected a path without "\*"/],
    [{ fsRead: [new URL("https://example.org")] }, /permissions\.fsRead\[0\]: expected a path/]
  ] as const) {
    it(`refuses ${JSON.stringify(permissions)}`, () => {
      assert.throws(() => toConfinement(permissions as never, "thread", entry), message)
    })
  }

  it("S160: a directory that the host was started in stays readable where it was listed, and only there", () => {
    const drops = (fsRead: ReadonlyArray<string> | "all") =>
      toConfinement({ fsRead }, "thread", entry)!.drops()
    assert.deepStrictEqual(drops([]), [{ scope: "fs.read", reference: process.cwd() }])
    assert.deepStrictEqual(drops(["/"]), [])
    assert.deepStrictEqual(drops([process.cwd()]), [])
    assert.deepStrictEqual(drops("all"), [])
  })
})
