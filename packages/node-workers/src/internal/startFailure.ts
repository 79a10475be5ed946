/**
 * Why a worker that has said nothing to its pool has ended, where its platform says too little.
 *
 * @since 0.1.0
 */
import { realpathSync, statSync } from "node:fs"
import { explainStart } from "./loading.ts"

/** Node's code for flags that it does not know, or that may not be given where they are. */
const refusedFlags = 9

/** Node's code for an event loop that has nothing left to wait for, while the program's file still waits. */
const unsettledAwait = 13

export interface Silence {
  /** The worker's file, as it is shown. */
  readonly entry: string
  readonly execArgv: ReadonlyArray<string>
  readonly exitCode: number | undefined
  /** What it has thrown. */
  readonly cause: unknown
  /** Whether Node came as far as the worker's file. */
  readonly hasBegun: boolean
  readonly stderr: string
}

/** The cause of its end; `undefined` where all that is known is its exit code or signal. */
export const causeOf = ({ cause, entry, execArgv, exitCode, hasBegun, stderr }: Silence): unknown => {
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

/** Node says on standard error alone what keeps a process from its program. */
const ofNode = (exitCode: number, execArgv: ReadonlyArray<string>, stderr: string): unknown => {
  const lines = stderr.split("\n").map((line) => line.trim())
  const said =
    lines.find((line) => /^(?:\w*Error|[^ ]+: bad option|.* is not allowed in)\b/.test(line)) ??
    lines.findLast((line) => line !== "")
  // Those of `permissions` are many.
  const flags = execArgv.filter((flag) => !flag.startsWith("--allow-")).join(" ")
  const what =
    exitCode === refusedFlags
      ? "Node refuses its flags (execArgv, env.NODE_OPTIONS)"
      : "Node ended before the worker's file ran"
  return new Error(
    `${what}${flags === "" ? "" : `, started with ${flags}`}: ${said ?? `exit code ${exitCode}`}`
  )
}

/** Throws where no worker can be started in this directory. `undefined`: the host's own. */
export const checkDirectory = (cwd: string | undefined): void => {
  const problem = problemOf(cwd ?? ".")
  if (problem === undefined) return
  throw new Error(
    cwd === undefined
      ? `the directory in which this host runs ${problem}: Node starts no worker there. Call process.chdir first`
      : `cwd: the directory ${cwd} ${problem}`
  )
}

/** Node remembers the path of its own directory, so the system is asked. */
const problemOf = (directory: string): string | undefined => {
  try {
    return statSync(realpathSync.native(directory)).isDirectory() ? undefined : "is no directory"
  } catch (error) {
    switch (error instanceof Error && Reflect.get(error, "code")) {
      case "ENOENT":
        return directory === "." ? "was removed" : "does not exist"
      case "ENOTDIR":
        return "is no directory"
      // Node may do what this host may not.
      default:
        return undefined
    }
  }
}
