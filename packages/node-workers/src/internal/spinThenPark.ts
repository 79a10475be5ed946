/**
 * How a thread waits for its next task when tasks come one after another: at the doorbell, not in its event loop.
 *
 * A thread that sleeps in its event loop is woken through a pipe, which costs more than a short task. So for a while
 * after each lone task it looks for the next one itself: it spins for some microseconds, then sleeps on a shared word. It does
 * so once some have come one by one: the first and the last of many tasks at once may each travel alone.
 *
 * Nothing is starved by that. It lingers only while nothing runs and nothing is open in this thread but what was open
 * when it became ready: no timer, socket, file or port of a layer or a handler. It does so from a turn of its event loop, for
 * what is there or one millisecond, and then lets the loop turn. After some such turns without a frame it stops, so that an idle
 * thread uses no processor time; the next frame comes through the event loop, and lingering begins again.
 *
 * @since 0.1.0
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads"
import type { Frame } from "@heddle/core/protocol/messages/Message"
import * as Doorbell from "./doorbell.ts"

/** Longest stay at the bell before the event loop turns, in milliseconds. */
const turnMillis = 1

/** Longest look without sleep, in milliseconds: about what a caller on another core takes to answer an answer. */
const spinMillis = 0.03

/** Turns without a frame after which lingering ends. */
const idleTurns = 4

/** Most frames that are taken in one turn of the event loop. */
const framesPerTurn = 16

/**
 * A frame of more than this many elements holds more than one task: whoever sends several at a time does not wait for each. Then
 * the event loop is cheaper for both sides, from two tasks a frame on.
 */
const loneLength = 6

/** So many frames of one task each, in a row, are tasks that come one by one. */
const loneInARow = 3

/** What a runner calls when it has nothing to do; `listen` hands it the frames. */
export interface SpinThenPark {
  readonly quiet: () => void
  readonly listen: (onFrame: (frame: Frame) => void) => void
}

/** `resources`: the kinds of all that is open in this thread. */
export const make = (
  port: MessagePort,
  bell: Doorbell.Doorbell,
  resources: () => ReadonlyArray<string> = () => process.getActiveResourcesInfo()
): SpinThenPark => {
  let onFrame: (frame: Frame) => void = () => {}
  let isScheduled = false
  let isQuiet = false
  /** Frames of one task in a row; the first ones of a thread are taken to come one by one. */
  let lone = loneInARow
  let idle = 0
  /** How many ports were open when the worker became ready: ours, and that of its output once something was printed. */
  let ports = 0

  const take = (frame: Frame): void => {
    idle = 0
    isQuiet = false
    lone = frame.length <= loneLength ? lone + 1 : 0
    onFrame(frame)
  }

  const schedule = (): void => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(linger)
  }

  const linger = (): void => {
    isScheduled = false
    if (!isQuiet) return
    if (isElsewhere(resources(), ports)) return
    const until = performance.now() + turnMillis
    let frame = next(until)
    if (frame === undefined && ++idle < idleTurns) schedule()
    for (let taken = 1; frame !== undefined; taken++) {
      take(frame)
      frame = isQuiet && lone >= loneInARow && taken < framesPerTurn ? next(until) : undefined
    }
  }

  const next = (until: number): Frame | undefined => {
    const seen = Doorbell.rings(bell)
    const waiting = receive(port)
    if (waiting !== undefined) return waiting
    let now = performance.now()
    const spinUntil = Math.min(now + spinMillis, until)
    while (Doorbell.rings(bell) === seen && now < spinUntil) now = performance.now()
    if (Doorbell.rings(bell) !== seen) return receive(port)
    return now < until && Doorbell.sleep(bell, seen, until - now) ? receive(port) : undefined
  }

  return {
    quiet: () => {
      isQuiet = true
      if (lone >= loneInARow && idle < idleTurns) schedule()
    },
    listen: (f) => {
      onFrame = f
      // A port keeps what arrives until somebody listens.
      port.on("message", take)
      ports = resources().filter((kind) => kind === "MessagePort").length
    }
  }
}

/** Whether anything is open beyond so many ports. */
const isElsewhere = (resources: ReadonlyArray<string>, ports: number): boolean =>
  resources.length > ports || resources.some((kind) => kind !== "MessagePort")

const receive = (port: MessagePort): Frame | undefined =>
  receiveMessageOnPort(port)?.message as Frame | undefined
