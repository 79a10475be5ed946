/**
 * When to post the messages lined up for a worker: a pure function of a few counts.
 *
 * A post costs the host more than a tiny task does, so messages travel together. Three moments are possible.
 *
 * - `now`: the worker has nothing to do, or a large batch is lined up, which the worker had better begin while more tasks are
 *   submitted. Never while the host reads replies: resumed callers submit more.
 * - `endOfTurn`: together with all other messages of this turn of the event loop.
 * - `withNextReply`: every task which the worker can run has been posted, and more unanswered tasks wait behind those than
 *   would be posted now. Without this, a steady flow decays to posts of a few tasks each.
 *
 * @since 0.1.0
 */

export type Posting = "now" | "endOfTurn" | "withNextReply"

/**
 * How many messages are posted before the end of a turn: submitting thousands of calls at once takes milliseconds. The next
 * such post is as large as all earlier ones together (`canWait`), so posts stay few.
 */
export const ladenSize = 16

/**
 * Returns whether the messages can wait for the worker's next reply.
 *
 * `lined`: how many tasks are lined up. `posted`: how many posted tasks, each in need of its own slot, are unanswered.
 * `slots`: how many tasks the worker runs at a time. `isUrgent`: the worker may be waiting for a message.
 */
export const canWait = (lined: number, posted: number, slots: number, isUrgent: boolean): boolean => {
  const behind = posted - slots
  return !isUrgent && behind > 0 && lined < behind
}

/** Returns when to post. `wasIdle`: the worker had no task before the first lined-up task. `isCorked`: the host reads replies. */
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
