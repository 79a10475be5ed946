/** The example as a user runs it: a process of its own, watched by what it prints. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Starts it; the scope's end kills it if it is still there. */
export const start = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  env: Record<string, string> = {}
) {
  const child = yield* ChildProcess.make(process.execPath, [main, ...args], { env, extendEnv: true })
  const printed: Array<string> = []
  const waiting: Array<{ readonly text: string; readonly seen: Deferred.Deferred<void, Error> }> = []
  const reader = yield* child.all.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) =>
      Effect.suspend(() => {
        printed.push(line)
        const met = waiting.filter(({ text }) => line.includes(text))
        return Effect.forEach(met, ({ seen }) => Deferred.succeed(seen, undefined), { discard: true })
      })
    ),
    Effect.ensuring(
      Effect.suspend(() => {
        const gone = new Error(`ended without the line that was waited for; printed:\n${printed.join("\n")}`)
        return Effect.forEach(waiting, ({ seen }) => Deferred.fail(seen, gone), { discard: true })
      })
    ),
    Effect.forkScoped
  )
  return {
    /** Returns when a line that contains this text has been printed. */
    awaitLine: (text: string) =>
      Effect.suspend(() => {
        if (printed.some((line) => line.includes(text))) return Effect.void
        const seen = Deferred.makeUnsafe<void, Error>()
        waiting.push({ text, seen })
        return Deferred.await(seen)
      }),
    /** What Ctrl-C sends. */
    interrupt: Effect.sync(() => void process.kill(child.pid, "SIGINT")),
    /** Waits for its end. */
    end: Effect.gen(function* () {
      const code: number = yield* child.exitCode
      yield* Fiber.await(reader)
      return { code, output: printed.join("\n") }
    })
  }
})
