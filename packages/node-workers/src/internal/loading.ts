/**
 * Loaders: what reads TypeScript, JSX or aliases for a program where Node alone would not.
 *
 * Flags of the host do not cross (G10), but without its loader a worker cannot read the same files. So loaders that are
 * known to do nothing but read modules cross; others may do anything, such as start threads, and are only named in
 * the failure of what they might have helped.
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

/** Flags that make Node itself read more. They run no code. */
const reading = new Set(["--experimental-transform-types", "--experimental-strip-types"])

interface Flag {
  readonly name: string
  readonly value: string | undefined
}

/** Those of a program that spawnThread upon how modules are read. */
const flagsOf = (args: ReadonlyArray<string>): ReadonlyArray<Flag> => {
  const flags: Array<Flag> = []
  for (let i = 0; i < args.length; i++) {
    const [name = "", value] = args[i]!.split(/=(.*)/s)
    if (reading.has(name)) flags.push({ name, value: undefined })
    else if (loading.has(name)) flags.push({ name, value: value ?? args[++i] })
  }
  return flags
}

/** The flags that this Node was started with, wherever they were given. */
export const hostArgs = (): ReadonlyArray<string> => [
  ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/),
  ...process.execArgv
]

const toArgs = ({ name, value }: Flag): ReadonlyArray<string> =>
  value === undefined ? [name] : [name, value]

/** Of a host's flags, those for a worker that is given none; `directory`: where it starts. */
export const passedOn = (host: ReadonlyArray<string>, directory: () => string): ReadonlyArray<string> => {
  const safe = flagsOf(host).filter(
    ({ name, value }) => value === undefined || isSafe(name, value, directory)
  )
  const once = new Map(safe.map((flag) => [toArgs(flag).join(" "), flag]))
  return Array.from(once.values(), toArgs).flat()
}

const isLoading = (name: string): boolean => name !== "--require" && name !== "-r" && loading.has(name)

/** What is required is left out: what tsx requires beside its loader is about its own command line. */
const isSafe = (name: string, specifier: string, directory: () => string): boolean => {
  const own = packageOf(specifier)
  if (!isLoading(name) || own === undefined || !loaders.has(own)) return false
  return specifier.startsWith("file:") || specifier.startsWith("/") || isInstalled(own, directory)
}

/** Of a specifier, or of a path or URL of an installed file. */
const packageOf = (specifier: string): string | undefined => {
  const path = specifier.replaceAll("\\", "/")
  const at = path.lastIndexOf("/node_modules/")
  const named = at < 0 ? path : path.slice(at + "/node_modules/".length)
  return /^(?:@[^/]+\/)?[^@./:][^/:]*(?=\/|$)/.exec(named)?.[0]
}

/** A flag that names what cannot be found would keep every worker from starting. */
const isInstalled = (name: string, directory: () => string): boolean => {
  // webpack replaces a `createRequire` that it sees imported.
  const { createRequire } = process.getBuiltinModule("node:module")
  try {
    createRequire(`${directory()}/worker.js`).resolve(`${name}/package.json`)
    return true
  } catch (error) {
    return error instanceof Error && Reflect.get(error, "code") === "ERR_PACKAGE_PATH_NOT_EXPORTED"
  }
}

// ----------------------------------------------------------------------------
// what could not be read
// ----------------------------------------------------------------------------

/** How Node says that it cannot read a file of this kind. */
const unreadable = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNKNOWN_MODULE_FORMAT",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING"
])

/** How it says that it cannot find one as it is named, or something in it: a loader may know better. */
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

/** Host: the same error; or, where a loader that this worker lacks may be why, one that says what to pass. */
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

/** Worker: the same for a module that is loaded later. */
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
