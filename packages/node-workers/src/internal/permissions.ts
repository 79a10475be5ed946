/**
 * What a worker may do beyond computing, as flags of Node's permission model.
 *
 * Measured on Node 24.21, and relied upon:
 *
 * - flags in `execArgv` confine one thread, whatever its host may do; a thread that such a thread starts is confined by
 *   what its own `execArgv` says, so who may start threads may do anything;
 * - modules are read as files are. Looking for a package, Node asks for each `node_modules` on the way up, and fails at the
 *   first that it may not read; so it does for each `package.json`;
 * - a thread may read the directory that its host was started in, listed or not, until that is dropped.
 *
 * @since 0.1.0
 */
import { own } from "./own.ts"
import { realpathSync, statSync } from "node:fs"
import { dirname, join, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"
import type { Drop } from "./confined.ts"
import { find, findOwn } from "./ownFiles.ts"
import { toUrl } from "./urls.ts"

/**
 * What workers may do. All that is left out is denied: `ERR_ACCESS_DENIED` is thrown where it is tried, in the task.
 */
export interface Permissions {
  /**
   * Files, and directories with all that is in them, that may be read: paths or `file:` URLs, or `"all"`. The modules that
   * you write are among them. Allowed in any case: the entry, Heddle and Effect, and every `node_modules` and `package.json`
   * where Node looks for the packages that they import.
   */
  readonly fsRead?: ReadonlyArray<string | URL> | "all" | undefined
  /** The same for writing. */
  readonly fsWrite?: ReadonlyArray<string | URL> | "all" | undefined
  /** Starting processes. They are not confined. */
  readonly childProcess?: boolean | undefined
  /** Starting threads. They say themselves how they are confined, so this allows everything. */
  readonly worker?: boolean | undefined
  /** Loading native code. It is not confined. */
  readonly addons?: boolean | undefined
  /** WebAssembly with system calls. */
  readonly wasi?: boolean | undefined
  /** The network, where Node can deny it. Node 24 cannot: there it is always allowed. */
  readonly net?: boolean | undefined
}

/** How a worker is started, and what it gives up itself before it runs anything. */
export interface Confinement {
  readonly flags: ReadonlyArray<string>
  readonly drops: () => ReadonlyArray<Drop>
}

/** `undefined`: a worker that may do what its host may. Throws `InvalidOption`. */
export const toConfinement = (
  given: Permissions | undefined,
  kind: "thread" | "process",
  entry: URL,
  knows: () => boolean = isKnown
): Confinement | undefined => {
  const permissions = own(given)
  if (permissions === undefined) return undefined
  if (typeof permissions !== "object" || permissions === null) {
    throw new InvalidOption("permissions", `expected an object, got ${String(permissions)}`)
  }
  for (const [key, value] of Object.entries(permissions)) check(key, value)
  if (!knows()) {
    throw new InvalidOption(
      "permissions",
      `this Node.js (${process.version}) has no permission model that can be narrowed (process.permission.drop)`
    )
  }
  const read = toPaths("permissions.fsRead", permissions.fsRead)
  const write = toPaths("permissions.fsWrite", permissions.fsWrite)
  const flags = ["--permission"]
  const file = fileURLToPath(entry)
  const needed = read === "all" ? [] : neededFor([...packageRoots(file), file, ...read])
  for (const path of read === "all" ? ["*"] : [...read, ...needed]) flags.push(`--allow-fs-read=${path}`)
  for (const path of write === "all" ? ["*"] : write) flags.push(`--allow-fs-write=${path}`)
  for (const [key, flag] of Object.entries(switches)) {
    if (permissions[key as keyof typeof switches] === true && isFlag(flag)) flags.push(flag)
  }
  if (kind === "thread") return { flags, drops: () => dropsOfThread(read, process.cwd()) }
  if (permissions.worker === true) return { flags, drops: () => [] }
  // For the watchdog, which is started first. Node warns of it, and it is given up at once.
  flags.push("--allow-worker", "--disable-warning=PERM0006")
  return { flags, drops: () => [{ scope: "worker" }] }
}

const switches = {
  childProcess: "--allow-child-process",
  worker: "--allow-worker",
  addons: "--allow-addons",
  wasi: "--allow-wasi",
  net: "--allow-net"
} as const

const isFlag = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag)

const check = (key: string, value: unknown): void => {
  if (key === "fsRead" || key === "fsWrite") return
  const option = `permissions.${key}`
  if (!Object.hasOwn(switches, key)) throw new InvalidOption(option, "is not a permission")
  if (value !== undefined && typeof value !== "boolean") {
    throw new InvalidOption(option, `expected true or false, got ${typeof value}`)
  }
}

let known: boolean | undefined

/** Only a process that is confined tells what it could give up. Asked once, of a Node of its own: 40 ms. */
const isKnown = (): boolean => {
  if (known !== undefined) return known
  if (!isFlag("--permission")) return (known = false)
  // Loaded here, since few programs need it.
  const { spawnSync } = process.getBuiltinModule("node:child_process")
  const script = "process.exit(typeof process.permission?.drop === 'function' ? 0 : 1)"
  return (known =
    spawnSync(process.execPath, ["--permission", "-e", script], own({ env: own({}) })).status === 0)
}

// ----------------------------------------------------------------------------
// paths
// ----------------------------------------------------------------------------

const toPaths = (option: string, listed: unknown): ReadonlyArray<string> | "all" => {
  if (listed === undefined) return []
  if (listed === "all") return "all"
  if (!Array.isArray(listed))
    throw new InvalidOption(option, `expected "all" or a list, got ${typeof listed}`)
  const paths = new Set<string>()
  for (const [index, path] of listed.entries()) {
    for (const form of formsOf(toPath(`${option}[${index}]`, path))) paths.add(form)
  }
  return Array.from(paths)
}

const toPath = (option: string, path: unknown): string => {
  const url = toUrl(path)
  if (url?.protocol === "file:") return fileURLToPath(url)
  if (typeof path === "string" && path !== "" && !path.includes("*")) return path
  throw new InvalidOption(option, `expected a path without "*", or a file: URL, got ${String(path)}`)
}

/** As it is named and as it is found; a directory ends with a slash, and means all that is in it. */
const formsOf = (path: string): ReadonlyArray<string> => {
  const full = resolve(path)
  try {
    const real = realpathSync(full)
    const end = statSync(real).isDirectory() ? sep : ""
    return [withEnd(full, end), withEnd(real, end)]
  } catch {
    // Not there yet.
    return [withEnd(full, /[\\/]$/.test(path) ? sep : "")]
  }
}

const withEnd = (path: string, end: string): string => (path.endsWith(end) ? path : path + end)

/**
 * Where the modules of Heddle and Effect are that a worker imports. Those that are not installed are in its bundle, or are
 * what its start fails of.
 */
const packageRoots = (entry: string): ReadonlyArray<string> => {
  const ours = findOwn("@heddle/node-workers/worker")
  const bases = ours === undefined ? [entry] : [ours, entry]
  const files = [ours, find("@heddle/core/TaskPool", bases), find("effect/package.json", bases)]
  return files.filter((file) => file !== undefined).map((file) => dirname(file))
}

/** These, and where Node looks for the packages that they import. */
const neededFor = (paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const needed = new Set(paths.flatMap(formsOf))
  for (const path of Array.from(needed)) {
    for (let at = path; at !== dirname(at); at = dirname(at)) {
      needed.add(join(dirname(at), "node_modules") + sep).add(join(dirname(at), "package.json"))
    }
  }
  return Array.from(needed)
}

/** What is dropped is dropped with all in it, so not where a part of what was asked for would go. */
const dropsOfThread = (read: ReadonlyArray<string> | "all", cwd: string): ReadonlyArray<Drop> => {
  if (read === "all" || read.some((path) => path.endsWith(sep) && (cwd + sep).startsWith(path))) return []
  return [{ scope: "fs.read", reference: cwd }]
}
