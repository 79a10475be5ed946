// Names between backticks that nothing in the repository, in effect or in Node has, and why they stand there all the same.
// check-names.mjs refuses an entry that it does not need.
export const known = [
  {
    names: ["worker.js", "worker.mjs", "worker.cjs", "worker.mts", "worker.cts"],
    why: "a worker's file in a program that uses Heddle"
  },
  { names: ["NNNN-short-title.md"], why: "the name of a record that is still to be written" },
  { names: [".toolchain"], why: "made by scripts/run.mjs, not tracked" },
  { names: ["Hash.layer", "Hash.run"], why: "the class that an example declares" },
  { names: ["HOME", "LC_", "SystemRoot"], why: "variables of the environment" },
  { names: ["ERR_ACCESS_DENIED"], why: "a code of Node's errors" },
  { names: ["SCHED_IDLE", "VmRSS"], why: "of Linux" },
  {
    names: ["ProcessPoolExecutor", "multiprocessing.Array", "multiprocessing.Pool", "multiprocessing.Value"],
    why: "of Python"
  },
  { names: ["DynamicSupervisor"], why: "of Elixir" },
  { names: ["NodeRuntime.runMain"], why: "of @effect/platform-node" },
  { names: ["Transferable"], why: "a type of the DOM's library" },
  { names: ["build.ssr"], why: "an option of Vite" },
  { names: ["whenOpen"], why: "a method of effect's Latch" }
]
