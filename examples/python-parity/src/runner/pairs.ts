/**
 * The pairs of programs, in the order of Python's documentation.
 *
 * A pair is `python/NAME.py` and `src/NAME.ts`. Both print the same lines. `killed` names the pair of programs that shows the same
 * construct with a child that dies: `python/killed/KILLED.py` and `src/killed/KILLED.ts`.
 */
export interface Pair {
  readonly name: string
  /** The construct in Python's words. */
  readonly title: string
  readonly killed: string
  /** What differs between the two sides, in one or two sentences. */
  readonly note: string
}

/** One page of Python's library reference. */
export interface Section {
  readonly title: string
  readonly pairs: ReadonlyArray<Pair>
}

/** A pair of programs in which a child dies: `what` says when, as a clause. */
export interface Killed {
  readonly name: string
  readonly title: string
  readonly what: string
}

const pair = (name: string, title: string, killed: string, note: string): Pair => ({
  name,
  title,
  killed,
  note
})

export const sections: ReadonlyArray<Section> = [
  {
    title: "threading",
    pairs: [
      pair(
        "20-thread",
        "Thread",
        "thread",
        "A thread of Python shares variables and, in the usual builds, one lock on the interpreter. A worker thread has variables of its own, runs on a processor of its own, and returns its result by `join`."
      )
    ]
  },
  {
    title: "multiprocessing: processes",
    pairs: [
      pair(
        "17-process-exitcode",
        "Process, join and exitcode",
        "process",
        "`exit` gives the exit code and never fails. `join` gives the result of the task, or fails with `WorkerLost` where the task ended its process."
      ),
      pair(
        "18-process-terminate",
        "Process.is_alive and Process.terminate",
        "process",
        "`terminate` interrupts the task and waits for its finalizers. The process is ended by force only after the grace; Python's is ended at once."
      ),
      pair(
        "19-process-sentinel",
        "Process.sentinel and connection.wait",
        "process",
        "`exit` is an Effect, so every operator for racing and waiting applies to it."
      )
    ]
  },
  {
    title: "multiprocessing: pipes and queues",
    pairs: [
      pair(
        "21-pipe",
        "Pipe",
        "pipe",
        "The end of a pipe moves to the task and is closed with the task. `end` says that no more words come; Python's program sends None for that."
      ),
      pair("22-queue", "Queue", "queue-get", "A channel is bounded, has an element type, and has an end."),
      pair(
        "23-queue-full",
        "Queue(maxsize), put_nowait, and get with a time-out",
        "queue-get",
        "Full is an answer of `sendIfAvailable`, or the policy `reject`. A time-out is Effect's, for any operation; an interrupted `take` has taken nothing."
      ),
      pair(
        "24-joinable-queue",
        "JoinableQueue",
        "joinable-queue",
        "`each` says that an element is done after its effect has succeeded. With `redeliver`, another worker finishes the job of a dead one."
      )
    ]
  },
  {
    title: "multiprocessing: synchronization",
    pairs: [
      pair(
        "32-lock",
        "Lock",
        "lock",
        "`withLockSync` waits outside of the event loop, for tight loops in threads; `withLock` runs an Effect and waits in the event loop. The lock is released however its body ends."
      ),
      pair(
        "33-rlock",
        "RLock",
        "lock",
        "The owner is a fiber; its child fibers are others. Without `reentrant`, a fiber that waits for itself fails with `Deadlocked`."
      ),
      pair(
        "34-lock-timeout",
        "Lock.acquire without waiting, and with a time-out",
        "lock",
        "A time-out is Effect's. The interrupted fiber leaves the line, and passes on a lock that was handed to it at that moment."
      )
    ]
  },
  {
    title: "multiprocessing: shared values",
    pairs: [
      pair(
        "28-value",
        "Value and get_lock",
        "value",
        "Each operation of a counter is atomic, so no lock can be forgotten or be left behind."
      ),
      pair(
        "29-array",
        "Array",
        "value",
        "`array` is the memory itself, for tight loops. The methods check index and value. Shared memory is for threads: a child process refuses it."
      ),
      pair(
        "30-structure",
        "Array of a Structure",
        "value",
        "The layout is that of C. A row is read and written as a whole, or one field of all rows by `field`."
      )
    ]
  },
  {
    title: "multiprocessing: managers",
    pairs: [
      pair(
        "25-manager",
        "BaseManager.register",
        "manager",
        "The state lives in a worker of the pool. Its methods run one at a time and need no lock; in Python each client has a thread of its own in the manager."
      )
    ]
  },
  {
    title: "multiprocessing: pools",
    pairs: [
      pair("01-pool-map", "Pool.map", "pool-map", "Results are in the order of the inputs."),
      pair(
        "02-pool-apply-async",
        "Pool.apply and Pool.apply_async",
        "pool-apply-async",
        "Calling a task is an Effect. A fiber of it is what an AsyncResult is."
      ),
      pair(
        "03-pool-imap",
        "Pool.imap",
        "pool-imap",
        "Both sides may be without end. Heddle reads no further ahead than `concurrency` says; Python reads the whole input."
      ),
      pair(
        "04-pool-imap-unordered",
        "Pool.imap_unordered",
        "pool-imap",
        "Results arrive as they complete. Leaving the stream interrupts what still runs; leaving the block of Python kills the children."
      ),
      pair(
        "05-pool-starmap",
        "Pool.starmap",
        "pool-map",
        "`spread` calls a function with a list of its arguments, checked by the compiler."
      ),
      pair(
        "06-pool-initializer",
        "Pool(initializer)",
        "pool-map",
        "The handler may be acquired by an Effect, once in each worker, with finalizers that run when the worker ends. An initializer of Python that raises is started anew for ever; here the pool fails with `SpawnFailed`."
      ),
      pair(
        "07-pool-maxtasksperchild",
        "Pool(maxtasksperchild)",
        "pool-map",
        "`recycle` also replaces workers by age and by memory."
      ),
      pair(
        "08-pool-close-join",
        "Pool.close and Pool.join",
        "pool-apply-async",
        "Closing the scope of a pool is both. `onClose` says what becomes of its tasks; by default they are interrupted, as by Pool.terminate, with their finalizers."
      ),
      pair(
        "09-pool-callbacks",
        "callback and error_callback",
        "pool-apply-async",
        "Callbacks are steps of an Effect: they may fail, wait and be interrupted like any other."
      ),
      pair(
        "10-pool-timeout",
        "AsyncResult.get with a time-out",
        "pool-apply-async",
        "Python's function goes on after the time-out and keeps its child busy. Heddle's is interrupted."
      ),
      pair(
        "11-pool-errors",
        "Exceptions of the function",
        "pool-map",
        "Failures are in the type of the call. The first one interrupts the other items; in Python these run to their end."
      )
    ]
  },
  {
    title: "multiprocessing: listeners and clients",
    pairs: [
      pair(
        "26-listener-client",
        "Listener and Client",
        "listener-client",
        "Both sides prove that they have the key. Elements are checked by a schema, never unpickled, so that a client that has the key runs no code."
      )
    ]
  },
  {
    title: "multiprocessing.shared_memory",
    pairs: [
      pair(
        "31-shared-memory",
        "SharedMemory",
        "shared-memory",
        "The memory is freed when its scope is closed and no thread refers to it; there is no name to unlink."
      )
    ]
  },
  {
    title: "concurrent.futures",
    pairs: [
      pair(
        "27-thread-pool-executor",
        "ThreadPoolExecutor",
        "executor",
        "Threads compute side by side, without a lock on the interpreter."
      ),
      pair(
        "12-executor-submit",
        "ProcessPoolExecutor.submit",
        "executor",
        "A forked task is bound to its scope. Its handle can also be observed, interrupted, and given another deadline."
      ),
      pair(
        "13-executor-map",
        "ProcessPoolExecutor.map",
        "executor",
        "Without `chunkSize`, chunks are sized from measured time."
      ),
      pair(
        "14-executor-as-completed",
        "as_completed",
        "executor",
        "A stream of different Effects, merged, emits as they complete."
      ),
      pair("15-executor-wait", "wait", "executor", "Waiting for the first leaves the others alone."),
      pair(
        "16-executor-cancel",
        "Future.cancel",
        "executor",
        "Python cancels a call only before it runs. A running task is interrupted too, and the receipt tells which of both it was."
      )
    ]
  }
]

export const pairs: ReadonlyArray<Pair> = sections
  .flatMap((section) => section.pairs)
  .toSorted((a, b) => a.name.localeCompare(b.name))

export const killed: ReadonlyArray<Killed> = [
  {
    name: "thread",
    title: "Thread",
    what: "the function raises an exception (a thread of Python cannot be killed)"
  },
  { name: "process", title: "Process", what: "the child is killed" },
  {
    name: "pipe",
    title: "Pipe",
    what: "the child is killed while the parent receives, and the parent has both ends open"
  },
  { name: "queue-get", title: "Queue", what: "the child that puts is killed while the parent gets" },
  { name: "joinable-queue", title: "JoinableQueue", what: "the child is killed between get and task_done" },
  { name: "lock", title: "Lock", what: "the child is killed, or the thread exits, while it holds the lock" },
  {
    name: "value",
    title: "Value",
    what: "the child is killed after it has counted, in Python inside get_lock"
  },
  {
    name: "shared-memory",
    title: "SharedMemory",
    what: "the child is killed while it writes"
  },
  { name: "manager", title: "BaseManager", what: "the process of the manager is killed during a call" },
  { name: "pool-map", title: "Pool.map", what: "a child is killed while it runs the third of four items" },
  { name: "pool-apply-async", title: "Pool.apply_async", what: "the child is killed while it runs the call" },
  { name: "pool-imap", title: "Pool.imap", what: "a child is killed while it runs the third of four items" },
  {
    name: "listener-client",
    title: "Listener and Client",
    what: "the client's process is killed while the listener's receives"
  },
  {
    name: "executor",
    title: "ProcessPoolExecutor",
    what: "one of two children is killed while it runs a call"
  }
]
