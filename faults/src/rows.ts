// The rows that every pool has to answer, and the faults of the catalogue that inject each of them.
import { faults } from "./catalogue.ts"

export interface Requirement {
  readonly name: string
  /** What is injected. */
  readonly inject: string
  /** The answer that Heddle is held to. */
  readonly answer: string
  /** By name. Invariant: at least one, each in the catalogue. */
  readonly faults: ReadonlyArray<string>
}

const row = (name: string, inject: string, answer: string, names: ReadonlyArray<string>): Requirement => ({
  name,
  inject,
  answer,
  faults: names
})

/** Names of the catalogue that begin like this: so that a new one of a kind finds its row. */
const all = (prefix: string): ReadonlyArray<string> =>
  faults.map(({ name }) => name).filter((name) => name.startsWith(prefix))

export const requirements: ReadonlyArray<Requirement> = [
  row(
    "exit in a task",
    "`process.exit(3)` at once, in a timer, after the reply",
    "lost with exit code 3; next task fine",
    ["exit", "exit-later", "exit-after-reply"]
  ),
  row("abort", "child: SIGABRT", "lost with the signal named", ["abort", "SIGSEGV"]),
  row(
    "SIGKILL a child",
    "before, during, after the reply",
    "lost with SIGKILL, or the reply that had arrived",
    ["SIGKILL-idle", "SIGKILL", "SIGKILL-after-reply"]
  ),
  row("SIGSTOP a child", "no event at all, `send` says true", "heartbeat → stuck → SIGKILL → replaced", [
    "SIGSTOP",
    "SIGSTOP-unlimited"
  ]),
  row(
    "uncaught exception",
    "a throw in a timer during a task, after a task",
    "during: lost with the cause; after: a worker event, no task harmed",
    ["uncaught-during", "uncaught-null", "uncaught-after"]
  ),
  row("unhandled rejection", "as above", "as above", ["rejection-during", "rejection-after"]),
  row(
    "heap out of memory",
    "array growth under limits, under a memory policy, and without",
    "lost, out of memory",
    ["heap-slow", "heap-at-once", "heap-policy", "heap-of-node"]
  ),
  row(
    "off-heap growth",
    "ArrayBuffers past the memory policy",
    "recycled between tasks, killed above the hard limit",
    all("off-heap-")
  ),
  row("stack overflow", "endless recursion, 1e6-deep JSON", "defect, worker kept", [
    "stack-overflow",
    "payload-deep",
    "reply-deep"
  ]),
  row(
    "synchronous loop",
    "`for(;;);`, a bad regular expression, `Atomics.wait`",
    "interrupt → grace → terminate → replaced",
    ["loop", "regular-expression", "atomics-wait"]
  ),
  row("native block", "`execSync`, `pbkdf2Sync`", "outcome at its limit, slot stuck, close bounded", [
    "exec-sync",
    "pbkdf2-sync"
  ]),
  row(
    "blocked loop with an interrupt pending",
    "loop for a while, then yields",
    "shared flag seen at once; a late reply dropped and counted",
    ["blocked-then-late"]
  ),
  row(
    "bad worker file",
    "missing path, syntax error, throw at import, exit at import",
    "spawn failed, with phase and cause, restarts bounded",
    ["start-missing", "start-syntax", "start-throw", "start-throw-null", "start-rejection", "start-exit"]
  ),
  row("hang at import", "`for(;;);`, an endless top-level await", "start time-out, worker dead", [
    "start-loop",
    "start-pending"
  ]),
  row("slow start", "two seconds", "counts as start time, not as run time", ["start-slow"]),
  row(
    "payload not cloneable",
    "function, port, proxy, detached buffer",
    "not serialisable, with the path, nothing detached, host side",
    ["payload-function", "payload-symbol", "payload-port", "payload-proxy", "payload-detached"]
  ),
  row("reply not cloneable", "returns a function", "the same, worker side, worker kept", [
    "reply-function",
    "reply-symbol",
    "reply-proxy"
  ]),
  row("huge payload", "hundreds of megabytes", "a size limit, typed", ["payload-huge", "reply-huge"]),
  row(
    "odd throws",
    "null, undefined, string, symbol, function, cyclic cause, a `message` that throws",
    "defect with a safe description; the encoder is total and depth-capped",
    [...all("throw-"), "reject-null"]
  ),
  row("`__proto__` in a payload", "parsed JSON", "inert, or refused by the schema", [
    "payload-proto",
    "payload-rich",
    "pollute-prototype"
  ]),
  row("wrong payload or reply", "an untyped caller", "malformed, says which side and which path", [
    "wrong-payload",
    "wrong-reply"
  ]),
  row("unknown task", "name `toString`", "unknown task, names those that are served", ["unknown-task"]),
  row(
    "late reply, reply of a replaced worker",
    "answer after an interrupt, after a recycle",
    "dropped by id and generation, counted",
    ["late-reply", "replaced-reply"]
  ),
  row("1e6 tasks", "count descriptors, threads, listeners, heap slope", "flat; no listener warning", [
    "many-tasks"
  ]),
  row("descriptors exhausted", "`ulimit -n 48`", "spawn failed, back-off", all("descriptors-")),
  row("nested pools", "a worker opens a pool", "inner pool closed with its worker; depth bounded", [
    "nested-pool",
    "nested-depth"
  ]),
  row(
    "deadlock",
    "size 1, a task waits for a task of the same pool",
    "detected by ancestry, names the cycle",
    ["nested-task", "deadlock"]
  ),
  row(
    "signals",
    "SIGINT, SIGTERM to the host or its group, mid-work",
    "host decides: interrupt, finalizers, 130/143; a second signal forces",
    ["SIGINT-group", "SIGTERM-host", "signal-twice"]
  ),
  row("host death", "SIGKILL the host", "workers gone within a second", all("kill-host-")),
  row(
    "close against submit, interrupt against acquire, against start",
    "seeded schedules",
    "a result or pool closed; capacity restored; half-started workers ended",
    ["close-against-submit", "interrupt-against-acquire", "close-against-start", "close-while-running"]
  ),
  row(
    "restart storm",
    "fails at start, crashes when ready",
    "intensity exceeded, escalates, back-off with jitter",
    ["restart-storm", "restart-storm-idle", "start-throw"]
  ),
  row("poison task", "kills each worker it touches", "not re-run; if idempotent, quarantined after n", [
    "poison",
    "poison-idempotent"
  ]),
  row("undrained output", "2 MB on stdout nobody reads", "always drained, bounded", ["output-flood"]),
  row(
    "blocked or stopped host",
    "answers in time, a host that does not listen",
    "the port is drained before a deadline is declared missed",
    ["host-blocked", "host-stopped"]
  ),
  row(
    "foreign messages and pipes",
    "stray messages, a channel that is closed or written to by others",
    "an event, or lost; the host is not harmed",
    ["strays", "close-port", "close-descriptors", "garbage-on-descriptors"]
  )
]
