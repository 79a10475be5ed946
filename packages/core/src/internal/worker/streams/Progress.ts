/**
 * The progress that a handler reports: the newest report of a turn, and of a tenth of a second where the handler lets no turn end.
 *
 * @since 0.2.0
 */
import { InvalidOption } from "../../../InvalidOption.ts"
import type { ClaimRef } from "../../../protocol/claims/Claims.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import type { Posts } from "../Posts.ts"

/** Longest time to hold a report back, in milliseconds. */
const holdBackMillis = 100

type Report = readonly [done: number, total: number | undefined, note: string | undefined]

export class Progress {
  private readonly ref: ClaimRef
  private readonly posts: Posts
  private readonly now: () => number
  private latest: Report | undefined
  private postedAt = -Infinity

  constructor(ref: ClaimRef, posts: Posts, now: () => number) {
    this.ref = ref
    this.posts = posts
    this.now = now
  }

  report(...report: Report): void {
    if (this.latest === undefined) this.posts.beforePost(this.seal)
    this.latest = report
    if (this.now() - this.postedAt >= holdBackMillis) this.posts.flushMessage()
    else this.posts.schedule()
  }

  /** Lines up the newest report, before a post and before the reply of the task. */
  readonly seal = (): void => {
    if (this.latest === undefined) return
    const [done, total, note] = this.latest
    this.latest = undefined
    this.postedAt = this.now()
    Message.pushProgress(this.posts.open(0), this.ref, done, total, note)
  }
}

/** Checks a report, and reports it if anybody listens. */
export const report = (to: Progress | undefined, done: unknown, total: unknown, note: unknown): void => {
  const isCount = (value: unknown): value is number => typeof value === "number" && value >= 0
  if (!isCount(done)) throw new InvalidOption("done", "expected a number of at least 0")
  if (total !== undefined && !isCount(total))
    throw new InvalidOption("total", "expected a number of at least 0")
  if (note !== undefined && typeof note !== "string") throw new InvalidOption("note", "expected a text")
  to?.report(done, total, note)
}
