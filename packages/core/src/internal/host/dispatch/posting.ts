/**
 * When the messages that are lined up for a worker are posted: a pure function of a few counts.
 *
 * A post costs the host more than a tiny task does, so messages travel together. Three moments are possible.
 *
 * - `now`: the worker has nothing to do, or so much is lined up that it had better begin while more is submitted. Never while
 *   the host reads replies: callers that are resumed meanwhile submit more.
 * - `endOfTurn`: with all else that this turn of the event loop lines up.
 * - `withNextReply`: the worker has everything posted that it can run, and more unanswered behind that than would be posted now.
 *   Without this, a steady flow decays to posts of a few tasks each.
 *
 * @since 0.1.0
 */

export type Posting = "now" | "endOfTurn" | "withNextReply"

/**
 * So many messages are posted before the end of a turn: thousands of calls at once take milliseconds to be submitted. The next
 * such post is as large as all before it (`canWait`), so that they stay few.
 */
export const ladenSize = 16

/**
 * Whether the messages can wait for the worker's next reply.
 *
 * `lined`: how many tasks are lined up. `posted`: how many tasks that need a slot of their own the worker was posted and has not
 * answered. `slots`: how many it runs at a time. `isUrgent`: a message may be what the worker waits for.
 */
export const canWait = (lined: number, posted: number, slots: number, isUrgent: boolean): boolean => {
  const behind = posted - slots
  return !isUrgent && behind > 0 && lined < behind
}

/** `wasIdle`: the worker had no task before the first one that is lined up. `isCorked`: the host reads replies. */
export const whenToPost = (
  lined: number,
  posted: number,
  slots: number,
  isUrgent: boolean,
  wasIdle: boolean,
  isCorked: boolean
): Posting => {
  if (canWait(lined, posted, slots, isUrgent)) return "withNextReply"
  return (wasIdle || lined >= ladenSize) && !isCorked ? "now" : "endOfTurn"
}
