#!/usr/bin/env node
// Which test file runs when. `npm test` runs the quick tier, `.ci/run` runs both. vitest.config.ts reads this list.
//
//   node scripts/tiers.mjs     prints the tier of every test file
//
// Each test file belongs to exactly one entry; scripts/tiers.test.mjs fails when one belongs to none, or to two, and when an
// entry has no file. Vitest begins the files of one group in the order of this list, so the longest stand first.
import { globSync } from "node:fs"
import { dirname, matchesGlob } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** `quick` runs in both commands, `full` in `.ci/run` alone. */
export const commands = { quick: "npm test", full: ".ci/run" }

/** Entries of one folder: from a file, or a pattern of files, to the reason why it is in that tier. */
const of = (folder, tier, reasons) =>
  Object.entries(reasons).map(([file, why]) => ({ files: `${folder}/${file}.test.ts`, tier, why }))

export const entries = [
  // No clock, no thread, no process: as fast as the cores are.
  ...of("packages/testing/test", "quick", {
    conformance: "the whole conformance suite on simulated workers, which stands in for the real ones",
    laws: "the laws of pools under seeded schedules",
    hostile: "a worker that sends anything, on simulated workers",
    lifecycle: "outcome × moment of the interruption × fate of the worker × fate of the scope",
    mutants: "a pool that is broken breaks its law",
    soak: "a pool and a tree of supervisors under faults, 300 schedules each",
    "simulation/**/*": "the simulated workers themselves",
    "explore/*": "the explorer itself",
    "{linearizable,explore}.*": "pools and supervisors under seeded schedules",
    "memory/{ring,counts,cells}": "the words of shared memory, in every interleaving",
    "{chaos,streams,channels,supervision,nesting,nesting.snapshot,preemption,callbacks,deadlock,stuck,reentry,reserve,dedicated,services}":
      "lifecycles on simulated workers",
    "{claims,finish,halted,needsProcess,parallelism,polluted,posts}": "lifecycles on simulated workers"
  }),
  ...of("packages/testing/test", "full", {
    vitest: "starts Vitest itself, a dozen times",
    planted: "measures the explorer by programs with known bugs",
    "memory/long": "longer programs around shared memory, seven million states: a minute",
    versions: "the same histories in other processes, and in each other Node that is at hand"
  }),
  ...of("packages/core/test", "quick", { "**/*": "tables, codecs, state machines: pure" }),
  ...of("bench/test", "quick", { "*": "reports and charts: pure" }),
  ...of("faults/test", "quick", {
    "{options,outcome,repeats,rows,tables}": "options, tables and verdicts: pure"
  }),

  // Real threads and processes: these wait for the operating system.
  ...of("packages/node-workers/test", "full", {
    "conformance.tasks":
      "the conformance suite on threads: cancellation, limits, queues, maps, scopes, nesting",
    conformance: "the conformance suite on threads: start, outcomes, crashes, wire, close",
    "conformance.processes.*": "the conformance suite on processes; each worker takes 0.1 s to start",
    "faults.processes": "kills, hangs and floods, injected into processes",
    "laws.processes": "the laws on processes",
    million: "what a million tasks leave behind",
    NodeHost: "hosts that are signalled and killed",
    NodeProcesses: "each way in which a process ends",
    entries: "worker files by every name that builders give them",
    busyHost: "limits that pass while the host computes",
    faults: "crashes and floods of threads",
    laws: "the laws on threads",
    transportMutants: "transports that lie break the laws",
    permissions: "confined workers",
    health: "silent workers: waits for their limits",
    printed: "what workers print, on both transports",
    "NodeThreads.scope": "200 threads that come and go leave nothing",
    "{NodeThreads,NodeThreads.start,Prestart,wire}": "every option of threads, and every value that crosses",
    sharedMutex: "a lock between threads whose owners die",
    "sharedMutex.kills": "200 threads that are ended while they contend for a lock",
    sharedPermits: "permits and events between threads whose owners die",
    sharedReaders: "readers and writers between threads that die",
    sharedQueue: "a queue between threads, whose producers and consumers die",
    sharedValues: "three threads that change the same memory",
    "{cancel,close,scope,stuck,queue,map,nested,burst,messages}": "what only real threads show, in detail",
    "{Listener,Listener.hostile,connections.programs}":
      "connections between programs: sockets, attacks, and programs that are killed",
    "{NodeProcesses.values,environment,surroundings,output.end,polluted,bundled}":
      "starts a host of its own for each test"
  }),
  ...of("examples", "full", {
    "static-site/test/*": "builds a site under load",
    "untrusted-plugins/test/*": "plug-ins that hang, flood and crash",
    "login-service/test/*": "a server under load",
    "python-parity/test/*": "forty programs, each with workers of its own",
    "log-crunch/test/main": "measures itself against one thread",
    "chaos-lab/test/*": "races, found by the explorer"
  }),
  ...of("faults/test", "full", {
    trial: "trials of every system, on processes that are killed",
    soak: "a soak of real workers, cut short"
  }),
  ...of("docs/test", "quick", { "*": "runs every example of the documentation" }),
  ...of("packages/node-workers/test", "quick", {
    "smoke.conformance":
      "a dozen cases of the conformance suite on each transport: start, run, cancel, crash, close",
    smoke: "a pool of two threads from end to end",
    "{SharedArray,SharedStruct,SharedValue,SharedMutex.line,SharedQueue.host,SharedSemaphore,SharedEvent,SharedRwLock,SharedLocks.schema}":
      "shared memory, seen from one thread",
    "internal/*": "the parts of both transports",
    "internal/memory/*": "records in shared memory: pure",
    "internal/connection/*": "connections: handshake, frames, bodies, tables"
  }),
  ...of("examples", "quick", {
    "hello-pool/test/*": "one example, as a newcomer runs it",
    "log-crunch/test/{pool,crunch,lines,histogram,progress}":
      "a small log, cut everywhere, on streaming tasks"
  })
]

/** Every test file of the repository, by its path from the root. */
export const testFiles = () =>
  globSync(["packages/*/test", "examples/*/test", "bench/test", "faults/test", "docs/test"], { cwd: root })
    .flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root }))
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()

/** The entries of a list that have the file. */
export const entriesOf = (file, list = entries) => list.filter(({ files }) => matchesGlob(file, files))

/** What is wrong with a list for some files, as lines. */
export const problemsOf = (files, list = entries) => [
  ...files.flatMap((file) => {
    const found = entriesOf(file, list)
    if (found.length === 0) return [`${file} is in no tier: add it to scripts/tiers.mjs, with the reason`]
    return found.length === 1 ? [] : [`${file} is in ${found.map((entry) => entry.files).join(" and in ")}`]
  }),
  ...list.filter(({ why }) => !why).map((entry) => `${entry.files} gives no reason`),
  ...list
    .filter((entry) => !files.some((file) => matchesGlob(file, entry.files)))
    .map((entry) => `${entry.files} is no file`)
]

/** What Vitest includes of a folder: the quick tier names its files, so that a file in no tier is in none of its runs. */
export const includedIn = (folder, tier) =>
  tier === "quick"
    ? testFiles()
        .filter((file) => file.startsWith(`${folder}/`))
        .filter((file) => entriesOf(file).some((entry) => entry.tier === "quick"))
        .map((file) => file.slice(folder.length + 1))
    : ["test/**/*.test.ts"]

/** Where a file stands in the list: the lower, the sooner it begins. */
export const rankOf = (file) => {
  const index = entries.findIndex(({ files }) => matchesGlob(file, files))
  return index < 0 ? entries.length : index
}

/** What the quick tier leaves out, and why, as lines. */
export const leftOut = (files = testFiles()) => {
  const full = entries.filter(({ tier }) => tier === "full")
  const counted = full.map((entry) => ({
    ...entry,
    count: files.filter((file) => matchesGlob(file, entry.files)).length
  }))
  const total = counted.reduce((sum, { count }) => sum + count, 0)
  return [
    `${total} of ${files.length} test files were not run: they take long. ${commands.full} runs every file, and so does`,
    "`node scripts/run.mjs test:all`.",
    ...counted.map((entry) => `  ${entry.files}: ${entry.why}`)
  ]
}

if (import.meta.main) {
  for (const { files, tier, why } of entries) {
    console.log(`${tier.padEnd(6)}${files}: ${why}`)
    for (const file of testFiles().filter((path) => matchesGlob(path, files))) console.log(`        ${file}`)
  }
}
