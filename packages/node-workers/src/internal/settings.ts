/**
 * The options of `NodeThreads.layer`, checked, with every default filled in.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import type { ResourceLimits } from "node:worker_threads"
import { pathToFileURL } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { describeDataUrl, orBuiltSibling } from "./builtSibling.ts"
import { defaults } from "./defaults.ts"
import { inherited } from "./environment.ts"
import { hostArgs, inheritedFlags } from "./loading.ts"
import { own } from "./own.ts"
import { ownFile } from "./ownFiles.ts"
import { type Confinement, type Permissions, toConfinement } from "./permissions.ts"
import { type OutputFactory, type Output, outputs, toOutputFactory } from "./workerOutput.ts"
import { toUrl } from "./urls.ts"

/** The options of threads. An unknown option is refused. */
export interface Options {
  /**
   * The file of each worker, which calls `NodeRunner.runMain`. A `file:` URL: `new URL("./worker.ts", import.meta.url)`.
   * Where the file is missing, the same file by another extension is taken: `.js`, `.mjs` or `.cjs` in a build, `.ts`,
   * `.mts` or `.cts` where the source is run.
   *
   * Default: an empty worker, which serves the tasks of `Task.fromModule`.
   */
  readonly entry?: URL | undefined
  /**
   * Limits for the heap and the stack of each thread. Array buffers are not counted. Refused below 8 MB of old generation and
   * 0.5 MB of stack, since with less Node ends the whole process. Default: Node's own.
   */
  readonly resourceLimits?: ResourceLimits | undefined
  /**
   * A list names variables to copy from the host, beside the default ones. A record gives all variables by value, and
   * nothing is copied. The host's environment is read when the layer is built. Default `[]`: `PATH`, and variables for
   * printing and file locations (`TZ`, `LANG`, `LC_*`, `TMPDIR`, `NODE_ENV` …; the full list is in `docs/transports.md`),
   * so that no secret and no `NODE_OPTIONS` reaches a worker by accident (G10). A thread always has the time zone and the
   * language of its process, even where its own variables differ.
   */
  readonly env?: ReadonlyArray<string> | Readonly<Record<string, string>> | undefined
  /**
   * Flags of Node for each thread. Default: the host's loader, where the loader only reads modules (`--import tsx` and the
   * like, `--experimental-transform-types`) and workers are not confined. No other flag of the host is inherited.
   */
  readonly execArgv?: ReadonlyArray<string> | undefined
  /**
   * Permissions of workers beyond computing. Everything else is denied, and an attempt fails the task. Node's permission
   * model is a seat belt, not a wall; see `docs/transports.md`. `{}` denies files, processes, threads and native code.
   * Default: workers may do everything that the host may.
   */
  readonly permissions?: Permissions | undefined
  /**
   * The destination of workers' output, which is always drained.
   *
   * - `inherit`: the host's own streams. Past 1 MiB that the host has not written yet, output is dropped.
   * - `log`: the pool's loggers, one entry for each line, annotated with `worker`, `stream` (`stdout` is logged as `Info`,
   *   `stderr` as `Warn`) and, for a line printed by a task, `task`.
   * - `discard`: not shown.
   *
   * Default `inherit`.
   */
  readonly output?: Output | undefined
  /** Bytes kept from the end of standard error, to explain a worker's death. Default 8,192. */
  readonly stderrTail?: number | undefined
  /**
   * How a thread waits for its next task. `auto`: while tasks come one after another, and no handler has left a timer or a
   * socket open, the thread waits at a shared word for some milliseconds. While a lone short task is out, the host polls
   * for the reply without sleeping. Together this halves a lone round trip, and takes some processor time while calls come.
   * `false`: threads wait in their event loops only. Default `auto` on two cores or more.
   */
  readonly lowLatency?: "auto" | false | undefined
  /** Names the threads in debuggers and `top -H`: `name-1`, `name-2`, … Default `heddle`. */
  readonly name?: string | undefined
}

/** The options with every default filled in. */
export interface Settings {
  readonly entry: URL
  readonly resourceLimits: ResourceLimits | undefined
  readonly env: Readonly<Record<string, string>>
  readonly execArgv: ReadonlyArray<string>
  readonly drops: Confinement["drops"] | undefined
  readonly output: Output
  readonly makeOutput: OutputFactory
  readonly stderrTail: number
  readonly name: string
  readonly lowLatency: boolean
}

const knownOptions = new Set([
  "entry",
  "resourceLimits",
  "env",
  "execArgv",
  "permissions",
  "output",
  "stderrTail",
  "name",
  "lowLatency"
])

/** Throws {@link InvalidOption}. Reads the host's environment now, not at each spawn. */
export const resolve = (given: Options, hostEnv: NodeJS.ProcessEnv): Settings => {
  const options = own(given)
  for (const key of Object.keys(options)) {
    if (!knownOptions.has(key)) throw new InvalidOption(key, "is not an option of threads")
  }
  const entry = options.entry === undefined ? defaultEntry() : toEntry(options.entry)
  const output = oneOf("output", options.output ?? defaults.output, outputs)
  const confinement = toConfinement(options.permissions, "thread", entry)
  return {
    entry,
    resourceLimits: toLimits(options.resourceLimits),
    env: toEnv(options.env ?? [], hostEnv),
    execArgv: [...toFlags(options, () => process.cwd()), ...(confinement?.flags ?? [])],
    drops: confinement?.drops,
    output,
    makeOutput: toOutputFactory(output),
    stderrTail: toBytes("stderrTail", options.stderrTail ?? defaults.stderrTail),
    name: toText("name", options.name ?? defaults.name),
    lowLatency: toLowLatency(options.lowLatency ?? defaults.lowLatency)
  }
}

/** On one core, a thread must not spin: the host needs the core. */
const toLowLatency = (value: unknown): boolean => {
  if (value === false) return false
  if (value === "auto") return availableParallelism() > 1
  throw new InvalidOption("lowLatency", `expected "auto" or false, got ${String(value)}`)
}

export const oneOf = <A extends string>(option: string, value: unknown, values: ReadonlyArray<A>): A => {
  const found = values.find((known) => known === value)
  if (found !== undefined) return found
  const expected = values.map((known) => `"${known}"`).join(", ")
  throw new InvalidOption(option, `expected one of ${expected}, got ${String(value)}`)
}

/** Returns the package's own worker. Throws {@link InvalidOption} where the package is not installed. */
export const defaultEntry = (): URL => pathToFileURL(ownFile("@heddle/node-workers/worker", otherwise))

const otherwise =
  '; or pass entry: new URL("./worker.js", import.meta.url), a file of yours that calls NodeRunner.runMain'

export const toEntry = (entry: unknown): URL => {
  const url = toUrl(entry)
  if (url === undefined) {
    throw new InvalidOption("entry", `expected new URL("./worker.ts", import.meta.url), got ${typeof entry}`)
  }
  if (url.protocol !== "file:") {
    const given = url.protocol === "data:" ? describeDataUrl(url) : `a ${url.protocol} URL`
    throw new InvalidOption("entry", `a worker is a file: expected a file: URL, got ${given}`)
  }
  return orBuiltSibling(url)
}

/** The least limits of a thread. With much less, Node ends the whole process and not only the thread. */
const leastLimits = {
  maxOldGenerationSizeMb: 8,
  maxYoungGenerationSizeMb: 0,
  codeRangeSizeMb: 0,
  stackSizeMb: 0.5
} satisfies Required<ResourceLimits>

const toLimits = (given: ResourceLimits | undefined): ResourceLimits | undefined => {
  const limits = own(given)
  for (const [key, value] of Object.entries(limits ?? {})) {
    const option = `resourceLimits.${key}`
    if (!Object.hasOwn(leastLimits, key)) throw new InvalidOption(option, "is not a limit of threads")
    const least = leastLimits[key as keyof ResourceLimits]
    if (value !== undefined && !(Number.isFinite(value) && value >= least)) {
      throw new InvalidOption(option, `expected a number of megabytes from ${least}, got ${String(value)}`)
    }
  }
  return limits
}

export const toEnv = (
  env: ReadonlyArray<string> | Readonly<Record<string, string>>,
  hostEnv: NodeJS.ProcessEnv
): Record<string, string> => {
  const given: Record<string, string> = Object.create(null)
  if (isList(env)) {
    for (const name of [...inherited, ...toStrings("env", env)]) {
      const value = Object.hasOwn(hostEnv, name) ? hostEnv[name] : undefined
      if (value !== undefined) given[name] = value
    }
    return given
  }
  for (const [name, value] of Object.entries(env)) given[name] = toText(`env.${name}`, value)
  return given
}

const isList = (u: unknown): u is ReadonlyArray<string> => Array.isArray(u)

/** Returns the given flags, or by default the host's loader. A confined worker inherits no loader, since it could not read the loader's files. */
export const toFlags = (
  { execArgv, permissions }: Pick<Options, "execArgv" | "permissions">,
  directory: () => string
): ReadonlyArray<string> => {
  if (execArgv !== undefined) return toStrings("execArgv", execArgv)
  return permissions === undefined ? inheritedFlags(hostArgs(), directory) : []
}

export const toStrings = (option: string, values: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (!isList(values)) throw new InvalidOption(option, `expected a list of strings, got ${typeof values}`)
  return values.map((value, index) => toText(`${option}[${index}]`, value))
}

export const toText = (option: string, value: unknown): string => {
  if (typeof value !== "string") throw new InvalidOption(option, `expected a string, got ${typeof value}`)
  return value
}

export const toBytes = (option: string, value: number): number => {
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidOption(option, `expected a number of bytes, got ${String(value)}`)
  }
  return value
}
