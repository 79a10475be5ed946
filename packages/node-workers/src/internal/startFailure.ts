/**
 * The cause of a worker's end before its first frame, where the platform reports too little.
 *
 * @since 0.1.0
 */
import { realpathSync, statSync } from "node:fs"
import { explainStart } from "./loading.ts"

/** Node's exit code for flags that are unknown, or forbidden at this place. */
const refusedFlags = 9

/** Node's exit code for a top-level `await` that is still pending when the event loop has nothing left to do. */
const unsettledAwait = 13

/** The known facts of an end before the first frame. */
export interface SilentExit {
  /** The worker's file, as shown in messages. */
  readonly entry: string
  readonly execArgv: ReadonlyArray<string>
  readonly exitCode: number | undefined
  /** The uncaught exception, if any. */
  readonly cause: unknown
  /** Whether Node has begun to load the worker's file. */
  readonly hasBegun: boolean
  readonly stderr: string
}

/** Returns the cause of the end; `undefined` where only the exit code or the signal is known. */
export const explainSilentExit = ({
  cause,
  entry,
  execArgv,
  exitCode,
  hasBegun,
  stderr
}: SilentExit): unknown => {
  if (cause !== undefined) return explainStart(cause, execArgv)
  if (!hasBegun) return exitCode === undefined ? undefined : ofNode(exitCode, execArgv, stderr)
  switch (exitCode) {
    case 0:
      return new Error(
        `${entry} ended before this worker could serve anything: an entry calls NodeRunner.runMain(layer) and stays. ` +
          "Functions of a plain module need no entry: name them by Task.fromModule, and leave entry out"
      )
    case unsettledAwait:
      return new Error(`${entry} waits at its top level (await) for what never comes`)
    default:
      return undefined
  }
}

/** Finds the cause in standard error, the only place where Node reports a failure before the program. */
const ofNode = (exitCode: number, execArgv: ReadonlyArray<string>, stderr: string): unknown => {
  const lines = stderr.split("\n").map((line) => line.trim())
  const said =
    lines.find((line) => /^(?:\w*Error|[^ ]+: bad option|.* is not allowed in)\b/.test(line)) ??
    lines.findLast((line) => line !== "")
  // `permissions` becomes many flags.
  const flags = execArgv.filter((flag) => !flag.startsWith("--allow-")).join(" ")
  const what =
    exitCode === refusedFlags
      ? "Node refuses its flags (execArgv, env.NODE_OPTIONS)"
      : "Node ended before the worker's file ran"
  return new Error(
    `${what}${flags === "" ? "" : `, started with ${flags}`}: ${said ?? `exit code ${exitCode}`}`
  )
}

/** Throws where no worker can be started in a directory. `undefined`: the host's working directory. */
export const checkDirectory = (cwd: string | undefined): void => {
  const problem = problemOf(cwd ?? ".")
  if (problem === undefined) return
  throw new Error(
    cwd === undefined
      ? `the directory in which this host runs ${problem}: Node starts no worker there. Call process.chdir first`
      : `cwd: the directory ${cwd} ${problem}`
  )
}

/** Asks the system, since Node caches the path of its working directory. */
const problemOf = (directory: string): string | undefined => {
  try {
    return statSync(realpathSync.native(directory)).isDirectory() ? undefined : "is no directory"
  } catch (error) {
    switch (error instanceof Error && Reflect.get(error, "code")) {
      case "ENOENT":
        return directory === "." ? "was removed" : "does not exist"
      case "ENOTDIR":
        return "is no directory"
      // The check itself may lack a right that the start does not need.
      default:
        return undefined
    }
  }
}
