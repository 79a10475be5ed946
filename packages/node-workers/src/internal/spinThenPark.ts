/**
 * How a thread waits for its next task while tasks come one after another: at the doorbell, not in its event loop.
 *
 * A thread that sleeps in its event loop is woken through a pipe, and waking costs more than a short task. So after each
 * lone task the thread spins on a shared word for some microseconds, then parks on that word. It spins only once several
 * tasks in a row have come alone: the first and the last of a burst may each travel alone too.
 *
 * Spinning starves nothing. A thread spins only while it has no task but those that wait for a channel, and while nothing
 * is open in the thread but the ports that were open when it became ready: no timer, socket, file or port of a layer or a
 * handler. Each stay at the doorbell is one turn of the event loop and lasts at most one millisecond. After several turns
 * without a frame the thread waits in its event loop again, so that an idle thread uses no processor time.
 *
 * `spinThenParkMachine.ts` is the table of states. A frame is handed over outside of any step, so the runner may answer
 * it, and become quiet again, before the call returns.
 *
 * @since 0.1.0
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads"
import { type Frame, isLone } from "@heddle/core/protocol/messages/Message"
import * as Doorbell from "./doorbell.ts"
import * as Machine from "./spinThenParkMachine.ts"

/** Longest stay at the doorbell before the event loop turns, in milliseconds. */
const turnMillis = 1

/** Longest spin before the thread parks, in milliseconds: about the time a caller needs to send its next task. */
const spinMillis = 0.03

/** Turns without a frame after which the thread waits in its event loop. */
const maxVainTurns = 4

/** Most frames that are taken in one turn of the event loop. */
const framesPerTurn = 16

/**
 * Lone frames in a row after which the next frame is expected to be lone too. A caller that sends several tasks at a time does not
 * wait for each, and from two tasks a frame on, the event loop is cheaper for both sides.
 */
const loneInARow = 3

/** The part of a worker's endpoint that waits. The runner calls `quiet` when it has nothing to do. */
export interface SpinThenPark {
  readonly quiet: () => void
  readonly listen: (onFrame: (frame: Frame) => void) => void
}

/** `resources`: the kinds of all resources that are open in this thread. */
export const make = (
  port: MessagePort,
  bell: Doorbell.Doorbell,
  resources: () => ReadonlyArray<string> = () => process.getActiveResourcesInfo()
): SpinThenPark => {
  let onFrame: (frame: Frame) => void = () => {}
  /** The current state. Invariant: written by `step` alone. */
  let at = Machine.linked.busy
  /** Lone frames in a row. The first frames of a thread are expected to be lone. */
  let lone = loneInARow
  /** Turns in a row without a frame. */
  let vainTurns = 0
  /** Ports that were open when the worker became ready: ours, and the output's once something was printed. */
  let ports = 0

  const step = (cell: Machine.SpinLink): void => {
    at = cell.next ?? Machine.illegal(at, cell)
    // `schedule` is the only action.
    if (cell.actions.length > 0) setImmediate(turn)
  }

  const take = (frame: Frame): void => {
    vainTurns = 0
    lone = isLone(frame) ? lone + 1 : 0
    step(at.frame)
    onFrame(frame)
  }

  const turn = (): void => {
    step(at.turn)
    if (at.state !== "spinning") return
    if (hasOthers(resources(), ports)) return step(at.occupied)
    const until = performance.now() + turnMillis
    let frame = next(until)
    if (frame === undefined) return step(++vainTurns < maxVainTurns ? at.silent : at.spent)
    for (let taken = 1; frame !== undefined; taken++) {
      take(frame)
      frame = isScheduled() && lone >= loneInARow && taken < framesPerTurn ? next(until) : undefined
    }
  }

  /** Whether the runner became quiet within `take`. */
  const isScheduled = (): boolean => at.state === "scheduled"

  const next = (until: number): Frame | undefined => {
    const seen = Doorbell.rings(bell)
    const waiting = receive(port)
    if (waiting !== undefined) return waiting
    let now = performance.now()
    const spinUntil = Math.min(now + spinMillis, until)
    while (Doorbell.rings(bell) === seen && now < spinUntil) now = performance.now()
    if (Doorbell.rings(bell) !== seen) return receive(port)
    return now < until && Doorbell.park(bell, seen, until - now) ? receive(port) : undefined
  }

  return {
    quiet: () => step(lone >= loneInARow && vainTurns < maxVainTurns ? at.likely : at.quiet),
    listen: (f) => {
      onFrame = f
      // A port keeps its messages until it has a listener.
      port.on("message", take)
      ports = resources().filter((kind) => kind === "MessagePort").length
    }
  }
}

/** Whether more is open in the thread than so many ports. */
const hasOthers = (resources: ReadonlyArray<string>, ports: number): boolean =>
  resources.length > ports || resources.some((kind) => kind !== "MessagePort")

const receive = (port: MessagePort): Frame | undefined =>
  receiveMessageOnPort(port)?.message as Frame | undefined
