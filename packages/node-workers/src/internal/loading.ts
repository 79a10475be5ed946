/**
 * Loaders: packages that read TypeScript, JSX or aliases for a program where Node alone would not.
 *
 * Workers do not inherit flags of the host (G10), but without the host's loader a worker cannot read the same files. So
 * workers inherit a loader that is known to do nothing but read modules. Other loaders may do anything, such as start
 * threads. Such a loader is not inherited; a failed start names the flag as a possible remedy.
 *
 * @since 0.1.0
 */
/** Packages of which every `--import` and `--loader` reads modules and does nothing else. */
const loaders = new Set([
  "tsx",
  "@swc-node/register",
  "@oxc-node/core",
  "@esbuild-kit/esm-loader",
  "amaro",
  "esbuild-register",
  "jiti",
  "sucrase",
  "ts-node"
])

/** Flags that load a module first. */
const loading = new Set(["--import", "--loader", "--experimental-loader", "--require", "-r"])

/** Flags that make Node itself read more kinds of files, and run no code. */
const reading = new Set(["--experimental-transform-types", "--experimental-strip-types"])

interface Flag {
  readonly name: string
  readonly value: string | undefined
}

/** Picks the flags that decide how modules are read. */
const flagsOf = (args: ReadonlyArray<string>): ReadonlyArray<Flag> => {
  const flags: Array<Flag> = []
  for (let i = 0; i < args.length; i++) {
    const [name = "", value] = args[i]!.split(/=(.*)/s)
    if (reading.has(name)) flags.push({ name, value: undefined })
    else if (loading.has(name)) flags.push({ name, value: value ?? args[++i] })
  }
  return flags
}

/** Returns the flags of this Node process, from the command line and from `NODE_OPTIONS`. */
export const hostArgs = (): ReadonlyArray<string> => [
  ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/),
  ...process.execArgv
]

const toArgs = ({ name, value }: Flag): ReadonlyArray<string> =>
  value === undefined ? [name] : [name, value]

/** Returns the host's flags that a worker inherits by default. `directory`: the working directory of the worker. */
export const inheritedFlags = (
  host: ReadonlyArray<string>,
  directory: () => string
): ReadonlyArray<string> => {
  const safe = flagsOf(host).filter(
    ({ name, value }) => value === undefined || isSafe(name, value, directory)
  )
  const once = new Map(safe.map((flag) => [toArgs(flag).join(" "), flag]))
  return Array.from(once.values(), toArgs).flat()
}

const isLoading = (name: string): boolean => name !== "--require" && name !== "-r" && loading.has(name)

/** Tells whether a worker inherits a flag. `--require` is left out: tsx uses it for its own command line only. */
const isSafe = (name: string, specifier: string, directory: () => string): boolean => {
  const own = packageOf(specifier)
  if (!isLoading(name) || own === undefined || !loaders.has(own)) return false
  return specifier.startsWith("file:") || specifier.startsWith("/") || isInstalled(own, directory)
}

/** Returns the package of a specifier, or of a path or URL of an installed file. */
const packageOf = (specifier: string): string | undefined => {
  const path = specifier.replaceAll("\\", "/")
  const at = path.lastIndexOf("/node_modules/")
  const named = at < 0 ? path : path.slice(at + "/node_modules/".length)
  return /^(?:@[^/]+\/)?[^@./:][^/:]*(?=\/|$)/.exec(named)?.[0]
}

/** Tells whether a package resolves. A flag with an unresolvable package would keep every worker from starting. */
const isInstalled = (name: string, directory: () => string): boolean => {
  // webpack would replace an imported `createRequire`.
  const { createRequire } = process.getBuiltinModule("node:module")
  try {
    createRequire(`${directory()}/worker.js`).resolve(`${name}/package.json`)
    return true
  } catch (error) {
    return error instanceof Error && Reflect.get(error, "code") === "ERR_PACKAGE_PATH_NOT_EXPORTED"
  }
}

// ----------------------------------------------------------------------------
// modules that could not be read
// ----------------------------------------------------------------------------

/** Node's codes for a file of a kind that Node cannot read. */
const unreadable = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNKNOWN_MODULE_FORMAT",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING"
])

/** Node's codes for a module, or an export, that was not found under its name. A loader may map the name. */
const missing = new Set([
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME"
])

const codeOf = (error: Error): string => String(Reflect.get(error, "code"))

const isUnreadable = (error: Error): boolean => unreadable.has(codeOf(error))

const isMissing = (error: Error): boolean =>
  missing.has(codeOf(error)) ||
  (error.name === "SyntaxError" &&
    /does not provide an export named|Unexpected token '<'/.test(error.message))

/** Host: adds a hint to the error of a start where the worker may lack a loader. Returns any other error unchanged. */
export const explainStart = (error: unknown, execArgv: ReadonlyArray<string>): unknown => {
  if (!(error instanceof Error)) return error
  if (!isUnreadable(error) && !isMissing(error)) return error
  if (process.env["VITEST"] !== undefined) return explain(error, ofVitest)
  const given = new Set(flagsOf(execArgv).map(({ value }) => value))
  const lacking = flagsOf(hostArgs()).filter(({ name, value }) => isLoading(name) && !given.has(value))
  if (lacking.length === 0) return isUnreadable(error) ? explain(error, plainly) : error
  const flags = lacking.flatMap(toArgs)
  const hint =
    `this host runs with ${flags.join(" ")} and its workers do not: ` +
    `pass execArgv: ${JSON.stringify(flags)} if they need it`
  return explain(error, hint)
}

/** Worker: does the same for a module that is imported later. */
export const explainImport = (error: unknown): unknown =>
  error instanceof Error && isUnreadable(error) && flagsOf(process.execArgv).length === 0
    ? explain(error, plainly)
    : error

const ofVitest =
  "Vitest reads modules for its own tests alone; workers read them as Node does, without aliases, JSX and enums: " +
  'execArgv: ["--import", "tsx"] helps, where tsx is installed'

const plainly =
  "workers read modules as Node does; a loader that they need is passed to them, " +
  'for example as execArgv: ["--import", "tsx"]'

const explain = (error: Error, hint: string): Error =>
  Object.assign(new Error(`${error.message} (${hint})`, { cause: error }), {
    name: error.name,
    code: Reflect.get(error, "code")
  })
