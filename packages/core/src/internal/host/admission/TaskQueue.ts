/**
 * The queue of waiting tasks: first come first served within a priority, with ageing across priorities (G8).
 *
 * Receives tasks from the engine, hands them to the dispatcher. Enqueue, removal and dequeue cost O(1) for a single priority
 * and O(number of priorities in use, at most 201) for many: each priority is a doubly linked list through the tasks
 * themselves. Recalled tasks return near the head, where few tasks stand before them.
 *
 * Ageing: a task's key is `sequence + priority × ageing`, and the smallest key goes first. So each step of priority lets at
 * most `ageing` later arrivals overtake, and the wait of every task is bounded.
 *
 * @since 0.1.0
 */

/** The part of a task which the queue uses. Only the queue writes the links. */
export interface Queueable {
  /** Order of arrival. */
  readonly sequence: number
  readonly priority: number
  /** Invariant: `undefined` exactly while the task is in no queue. */
  line: Line | undefined
  before: Queueable | undefined
  after: Queueable | undefined
}

interface Line {
  /** The queue of this line: `remove` must ignore a task of another queue. */
  readonly owner: object
  readonly priority: number
  head: Queueable | undefined
  tail: Queueable | undefined
}

export class TaskQueue<A extends Queueable> {
  private readonly order: "fifo" | "lifo"
  private readonly ageing: number
  // Invariant: sorted by priority; holds non-empty lines only.
  private readonly lines: Array<Line> = []
  private count = 0

  constructor(order: "fifo" | "lifo", ageing: number) {
    this.order = order
    this.ageing = ageing
  }

  get length(): number {
    return this.count
  }

  /** Inserts a task by its sequence number: a new task at the end, a recalled task before later arrivals. */
  push(task: A): void {
    const line = this.lineOf(task.priority)
    const before = lastBefore(line, task.sequence)
    const after = before === undefined ? line.head : before.after
    task.line = line
    task.before = before
    task.after = after
    if (before === undefined) line.head = task
    else before.after = task
    if (after === undefined) line.tail = task
    else after.before = task
    this.count++
  }

  /** Removes a task; does nothing when the task is not in this queue. */
  remove(task: A): void {
    const line = task.line
    if (line === undefined || line.owner !== this) return
    if (task.before === undefined) line.head = task.after
    else task.before.after = task.after
    if (task.after === undefined) line.tail = task.before
    else task.after.before = task.before
    task.line = task.before = task.after = undefined
    this.count--
    if (line.head === undefined) this.lines.splice(this.lines.indexOf(line), 1)
  }

  /** Returns the next task to go, without removing the task. */
  peek(): A | undefined {
    const lines = this.lines
    const first = lines[0]
    if (first === undefined) return undefined
    if (this.order === "lifo") return first.tail as A
    let best = first.head!
    let bestKey = best.sequence + best.priority * this.ageing
    for (let i = 1; i < lines.length; i++) {
      const head = lines[i]!.head!
      const key = head.sequence + head.priority * this.ageing
      if (key < bestKey) {
        best = head
        bestKey = key
      }
    }
    return best as A
  }

  /** Returns whether `a` goes before `b`, wherever each of them stands. */
  isBefore(a: A, b: A): boolean {
    if (this.order === "lifo")
      return a.priority === b.priority ? a.sequence > b.sequence : a.priority < b.priority
    return a.sequence + a.priority * this.ageing < b.sequence + b.priority * this.ageing
  }

  /** Returns the first fitting task of the most urgent priority. */
  find(fits: (task: A) => boolean): A | undefined {
    for (const { head } of this.lines) {
      for (let task = head; task !== undefined; task = task.after) if (fits(task as A)) return task as A
    }
    return undefined
  }

  /** Returns the task which has waited longest, whatever the priority. */
  oldest(): A | undefined {
    let oldest: Queueable | undefined
    for (const { head } of this.lines) {
      if (oldest === undefined || head!.sequence < oldest.sequence) oldest = head
    }
    return oldest as A | undefined
  }

  /** Returns all tasks in no particular order. Removing tasks while iterating over the result is safe. */
  toArray(): Array<A> {
    const all: Array<A> = []
    for (const { head } of this.lines) {
      for (let task = head; task !== undefined; task = task.after) all.push(task as A)
    }
    return all
  }

  private lineOf(priority: number): Line {
    const lines = this.lines
    let i = 0
    while (i < lines.length && lines[i]!.priority < priority) i++
    const found = lines[i]
    if (found !== undefined && found.priority === priority) return found
    const line: Line = { owner: this, priority, head: undefined, tail: undefined }
    lines.splice(i, 0, line)
    return line
  }
}

/** Returns the last task before this sequence number, searching from the nearer end. */
const lastBefore = (line: Line, sequence: number): Queueable | undefined => {
  const { head, tail } = line
  if (head === undefined || tail === undefined || tail.sequence < sequence) return tail
  if (sequence - head.sequence < tail.sequence - sequence) {
    let after: Queueable | undefined = head
    while (after !== undefined && after.sequence < sequence) after = after.after
    return after === undefined ? tail : after.before
  }
  let before: Queueable | undefined = tail
  while (before !== undefined && before.sequence > sequence) before = before.before
  return before
}
