/**
 * The options of `NodeProcesses.layer`, checked, with every default filled in.
 *
 * @since 0.1.0
 */
import { fileURLToPath } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { defaults } from "./defaults.ts"
import { own } from "./own.ts"
import { ownFile } from "./ownFiles.ts"
import { type Confinement, type Permissions, toConfinement } from "./permissions.ts"
import { type OutputFactory, type Output, outputs, toOutputFactory } from "./workerOutput.ts"
import { defaultEntry, oneOf, toBytes, toEntry, toEnv, toFlags, toText } from "./settings.ts"
import { toUrl } from "./urls.ts"

/** The options of processes. An unknown option is refused. */
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
   * Limits for the heap of each process, given to Node as flags. Array buffers are not counted. Refused below 8 MB of old
   * generation. Default: Node's own.
   */
  readonly resourceLimits?: ResourceLimits | undefined
  /**
   * A list names variables to copy from the host, beside the default ones. A record gives all variables by value, and
   * nothing is copied. The host's environment is read when the layer is built. Default `[]`: `PATH`, and variables for
   * printing and file locations (`TZ`, `LANG`, `LC_*`, `TMPDIR`, `NODE_ENV` …; the full list is in `docs/transports.md`),
   * so that no secret and no `NODE_OPTIONS` reaches a worker by accident (G10).
   */
  readonly env?: ReadonlyArray<string> | Readonly<Record<string, string>> | undefined
  /**
   * Flags of Node for each process. Default: the host's loader, where the loader only reads modules (`--import tsx` and the
   * like, `--experimental-transform-types`) and workers are not confined. No other flag of the host is inherited.
   */
  readonly execArgv?: ReadonlyArray<string> | undefined
  /**
   * Permissions of workers beyond computing. Everything else is denied, and an attempt fails the task, as with
   * `NodeThreads`. Default: workers may do everything that their user may.
   */
  readonly permissions?: Permissions | undefined
  /**
   * The working directory of workers, a path or a `file:` URL. The directory must exist when a worker starts. Default: the
   * host's working directory at each spawn.
   */
  readonly cwd?: string | URL | undefined
  /**
   * The destination of workers' output, as with `NodeThreads`: `inherit` forwards output to the host's own streams, `log`
   * gives each line to the pool's loggers, with worker and task, `discard` shows nothing. Default `inherit`.
   */
  readonly output?: Output | undefined
  /** Bytes kept from the end of standard error, to explain a worker's death. Default 8,192. */
  readonly stderrTail?: number | undefined
  /** Names the processes for `ps`: `name-1`, `name-2`, … Default `heddle`. */
  readonly name?: string | undefined
  /**
   * The size limit of one frame in bytes, either way. A larger payload or reply is `NotSerializable`, and a worker that
   * announces more breaks the protocol. At most 1 GiB. Default 268,435,456 (256 MiB).
   */
  readonly maxFrameBytes?: number | undefined
}

/** The subset of a thread's limits that a process has. */
export interface ResourceLimits {
  /** Megabytes; Node's `--max-old-space-size`. */
  readonly maxOldGenerationSizeMb?: number | undefined
  /** Megabytes; a third is Node's `--max-semi-space-size`. */
  readonly maxYoungGenerationSizeMb?: number | undefined
}

/** The options with every default filled in. */
export interface Settings {
  /** The first file of a process. */
  readonly main: string
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly execArgv: ReadonlyArray<string>
  readonly drops: Confinement["drops"] | undefined
  readonly cwd: string | undefined
  readonly makeOutput: OutputFactory
  readonly stderrTail: number
  readonly name: string
  readonly maxFrameBytes: number
}

const knownOptions = new Set(
  "entry resourceLimits env execArgv permissions cwd output stderrTail name maxFrameBytes".split(" ")
)

/** Throws {@link InvalidOption}. Reads the host's environment now, not at each spawn. */
export const resolve = (given: Options, hostEnv: NodeJS.ProcessEnv): Settings => {
  const options = own(given)
  for (const key of Object.keys(options)) {
    if (!knownOptions.has(key)) throw new InvalidOption(key, "is not an option of processes")
  }
  const main = ownFile("@heddle/node-workers/internal/process.main")
  const entry = options.entry === undefined ? defaultEntry() : toEntry(options.entry)
  const cwd = toDirectory(options.cwd)
  const confinement = toConfinement(options.permissions, "process", entry)
  return {
    main,
    entry: fileURLToPath(entry),
    env: toEnv(options.env ?? [], hostEnv),
    execArgv: [
      ...toFlags(options, () => cwd ?? process.cwd()),
      ...toLimitFlags(options.resourceLimits ?? {}),
      ...(confinement?.flags ?? [])
    ],
    drops: confinement?.drops,
    cwd,
    makeOutput: toOutputFactory(oneOf("output", options.output ?? defaults.output, outputs)),
    stderrTail: toBytes("stderrTail", options.stderrTail ?? defaults.stderrTail),
    name: toText("name", options.name ?? defaults.name),
    maxFrameBytes: toFrameBytes(options.maxFrameBytes ?? defaults.maxFrameBytes)
  }
}

const flagOf: Record<
  keyof ResourceLimits,
  { readonly least: number; readonly flag: (mb: number) => string }
> = {
  maxOldGenerationSizeMb: { least: 8, flag: (mb) => `--max-old-space-size=${Math.floor(mb)}` },
  maxYoungGenerationSizeMb: {
    least: 0,
    flag: (mb) => `--max-semi-space-size=${Math.max(1, Math.floor(mb / 3))}`
  }
}

const toLimitFlags = (limits: ResourceLimits): ReadonlyArray<string> => {
  const flags: Array<string> = []
  for (const [key, value] of Object.entries(limits)) {
    const option = `resourceLimits.${key}`
    if (!Object.hasOwn(flagOf, key)) throw new InvalidOption(option, "is not a limit of processes")
    if (value === undefined) continue
    const { flag, least } = flagOf[key as keyof ResourceLimits]
    if (!(Number.isFinite(value) && value >= least)) {
      throw new InvalidOption(option, `expected a number of megabytes from ${least}, got ${String(value)}`)
    }
    flags.push(flag(value))
  }
  return flags
}

const toDirectory = (cwd: unknown): string | undefined => {
  if (cwd === undefined || typeof cwd === "string") return cwd
  const url = toUrl(cwd)
  if (url?.protocol === "file:") return fileURLToPath(url)
  throw new InvalidOption("cwd", `expected a path or a file: URL, got ${typeof cwd}`)
}

const toFrameBytes = (value: number): number => {
  if (toBytes("maxFrameBytes", value) > defaults.mostFrameBytes) {
    throw new InvalidOption(
      "maxFrameBytes",
      `expected at most ${defaults.mostFrameBytes} bytes, got ${value}`
    )
  }
  return value
}
