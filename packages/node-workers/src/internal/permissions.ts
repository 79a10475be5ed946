/**
 * The permissions of a worker beyond computing, as flags of Node's permission model.
 *
 * Measured on Node 24.21, and relied upon:
 *
 * - flags in `execArgv` confine one thread, no matter how its host is confined. A thread below is confined by its own
 *   `execArgv` only, so permission to start threads is permission to do anything;
 * - modules are read as files. To find a package, Node reads each `node_modules` on the way up, and fails at the first one
 *   without read permission; the same holds for each `package.json`;
 * - a thread may read the directory in which its host was started, listed or not, until this permission is dropped.
 *
 * @since 0.1.0
 */
import { own } from "./own.ts"
import { realpathSync, statSync } from "node:fs"
import { dirname, join, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"
import type { PermissionDrop } from "./confined.ts"
import { findOwnFile, resolveFrom } from "./ownFiles.ts"
import { toUrl } from "./urls.ts"

/**
 * The permissions of workers. Everything left out is denied: an attempt throws `ERR_ACCESS_DENIED` in the task.
 */
export interface Permissions {
  /**
   * Files and whole directories to read: paths or `file:` URLs, or `"all"`. List your own modules here. Always allowed: the
   * entry, Heddle and Effect, and every `node_modules` and `package.json` where Node looks for their packages.
   */
  readonly fsRead?: ReadonlyArray<string | URL> | "all" | undefined
  /** Files and whole directories to write, in the same form. */
  readonly fsWrite?: ReadonlyArray<string | URL> | "all" | undefined
  /** Starting processes, which are not confined. */
  readonly childProcess?: boolean | undefined
  /** Starting threads, which choose their own confinement, so this allows everything. */
  readonly worker?: boolean | undefined
  /** Loading native code, which is not confined. */
  readonly addons?: boolean | undefined
  /** WebAssembly with system calls. */
  readonly wasi?: boolean | undefined
  /** The network, where Node can deny access. Node 24 cannot, so the network is always allowed there. */
  readonly net?: boolean | undefined
}

/** The flags of a worker, and the permissions that the worker drops before user code runs. */
export interface Confinement {
  readonly flags: ReadonlyArray<string>
  readonly drops: () => ReadonlyArray<PermissionDrop>
}

/** Converts the option; `undefined`: the worker may do everything that its host may. Throws `InvalidOption`. */
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
  // The watchdog is a thread and starts first. Node warns of this permission, and the worker drops the permission at once.
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

/** Tells whether Node has `process.permission.drop`, which only a confined process shows. Asks a new Node once: 40 ms. */
const isKnown = (): boolean => {
  if (known !== undefined) return known
  if (!isFlag("--permission")) return (known = false)
  // Loaded here, since few programs need this module.
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

/** Returns a path as given and as resolved by symlinks. A directory ends with a slash, and so includes its content. */
const formsOf = (path: string): ReadonlyArray<string> => {
  const full = resolve(path)
  try {
    const real = realpathSync(full)
    const end = statSync(real).isDirectory() ? sep : ""
    return [withEnd(full, end), withEnd(real, end)]
  } catch {
    // The path does not exist yet.
    return [withEnd(full, /[\\/]$/.test(path) ? sep : "")]
  }
}

const withEnd = (path: string, end: string): string => (path.endsWith(end) ? path : path + end)

/**
 * Returns the directories of the Heddle and Effect modules that a worker imports. A module that is not installed is in the
 * bundle, or the start of the worker fails.
 */
const packageRoots = (entry: string): ReadonlyArray<string> => {
  const ours = findOwnFile("@heddle/node-workers/worker")
  const bases = ours === undefined ? [entry] : [ours, entry]
  const files = [ours, resolveFrom("@heddle/core/TaskPool", bases), resolveFrom("effect/package.json", bases)]
  return files.filter((file) => file !== undefined).map((file) => dirname(file))
}

/** Returns these paths, and every place where Node looks for their packages. */
const neededFor = (paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const needed = new Set(paths.flatMap(formsOf))
  for (const path of Array.from(needed)) {
    for (let at = path; at !== dirname(at); at = dirname(at)) {
      needed.add(join(dirname(at), "node_modules") + sep).add(join(dirname(at), "package.json"))
    }
  }
  return Array.from(needed)
}

/** Drops the working directory, unless a permitted path includes it: a drop takes the whole directory. */
const dropsOfThread = (read: ReadonlyArray<string> | "all", cwd: string): ReadonlyArray<PermissionDrop> => {
  if (read === "all" || read.some((path) => path.endsWith(sep) && (cwd + sep).startsWith(path))) return []
  return [{ scope: "fs.read", reference: cwd }]
}
